package dev.pontoon.conformance.namespace;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program for hosts: each connection to its socket gets a platform thread with a network
 * namespace of its own, made by that thread, for as long as the connection lasts. The answer is one
 * line: the path of the thread's namespace, or why there is none.
 *
 * <p>It needs nothing but the JDK, so that its class path is one entry. Ends when it is killed.
 */
final class ThreadKeeper {

    /** sched.h. */
    private static final int CLONE_NEWNET = 0x40000000;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();

    private static final MethodHandle UNSHARE =
            Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("unshare"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                            Linker.Option.captureCallState("errno"));

    private ThreadKeeper() {}

    /**
     * @param arguments the socket's path
     */
    public static void main(String[] arguments) throws IOException {
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(arguments[0]));
            while (true) {
                SocketChannel connection = server.accept();
                // Neither pooled nor virtual: the kernel gives the namespace to this very thread,
                // and takes it back with it.
                Thread.ofPlatform().start(() -> keep(connection));
            }
        }
    }

    private static void keep(SocketChannel connection) {
        try (connection) {
            connection.write(ByteBuffer.wrap((answer() + "\n").getBytes(StandardCharsets.UTF_8)));
            var rest = ByteBuffer.allocate(1);
            while (connection.read(rest) >= 0) {
                rest.clear();
            }
        } catch (IOException _) {
            // The harness went away; the namespace is of no use any more.
        }
    }

    private static String answer() throws IOException {
        int errno = unshare();
        if (errno != 0) {
            return "unshare(CLONE_NEWNET): errno " + errno;
        }
        // "PID/task/TID", as this process sees itself.
        return "/proc/" + Files.readSymbolicLink(Path.of("/proc/thread-self")) + "/ns/net";
    }

    private static int unshare() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int result = (int) UNSHARE.invokeExact(state, CLONE_NEWNET);
            return result == 0
                    ? 0
                    : state.get(
                            ValueLayout.JAVA_INT,
                            STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno")));
        } catch (Throwable e) {
            throw new IllegalStateException("call unshare(2)", e);
        }
    }
}
