package dev.pontoon.firewall;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.UnixSocket;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.nio.BufferUnderflowException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A connection to the D-Bus system bus, for a few calls. Whoever is at the other end of the socket
 * is told by the kernel who we are, so the handshake is three lines, sent together with the first
 * call.
 */
final class SystemBus implements AutoCloseable {
    private static final int MOST_AT_ONCE = 4096;
    private static final String STANDARD_SOCKET = "/run/dbus/system_bus_socket";
    private static final String BUS = "org.freedesktop.DBus";
    private static final String BUS_PATH = "/org/freedesktop/DBus";
    private static final String HANDSHAKE = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
    private static final long PATIENCE_SECONDS = 10;
    private static final int LINE = 256;

    private final UnixSocket socket;
    private final String name;
    private byte[] buffer = {};
    private int start;
    private int serial;

    private SystemBus(UnixSocket socket, String name) {
        this.socket = socket;
        this.name = name;
    }

    /**
     * Connects to the bus that the variables of the call name, else to the standard one; empty if
     * nobody listens there.
     */
    static Optional<SystemBus> connect(Map<String, String> variables) {
        String path = socketPath(variables.getOrDefault("DBUS_SYSTEM_BUS_ADDRESS", ""));
        try {
            SystemBus bus = new SystemBus(UnixSocket.to(Path.of(path)), path);
            bus.greet();
            return Optional.of(bus);
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ECONNREFUSED)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** The first address of the form {@code unix:path=}; others mean nothing on a node. */
    static String socketPath(String addresses) {
        for (String address : addresses.split(";")) {
            if (!address.startsWith("unix:")) {
                continue;
            }
            for (String pair : address.substring("unix:".length()).split(",")) {
                if (pair.startsWith("path=")) {
                    return unescaped(pair.substring("path=".length()));
                }
            }
        }
        return STANDARD_SOCKET;
    }

    private static String unescaped(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            boolean escaped = text.charAt(i) == '%' && i + 2 < text.length();
            if (escaped) {
                plain.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }

    private void greet() {
        try {
            byte[] handshake = HANDSHAKE.getBytes(StandardCharsets.US_ASCII);
            byte[] hello = BusMessage.call(++serial, BUS, BUS_PATH, BUS, "Hello");
            byte[] both = Arrays.copyOf(handshake, handshake.length + hello.length);
            System.arraycopy(hello, 0, both, handshake.length, hello.length);
            socket.write(both);
            long deadline = deadline();
            while (!isAccepted(readLine(deadline))) {
                // "DATA" asks for what was sent already.
            }
            BusMessage greeted = await(serial, deadline);
            if (greeted.isError()) {
                throw failure(greeted.errorName() + ": " + greeted.text());
            }
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private boolean isAccepted(String line) {
        if (line.startsWith("REJECTED") || line.startsWith("ERROR")) {
            throw failure("it does not let us in: " + line);
        }
        return line.startsWith("OK");
    }

    /** Whether somebody has that name on the bus. */
    boolean hasOwner(String wanted) {
        BusMessage answer = call(BUS, BUS_PATH, BUS, "NameHasOwner", wanted);
        return !answer.isError() && answer.flag();
    }

    /** Calls a method whose arguments are texts, and waits ten seconds at most for the answer. */
    BusMessage call(
            String destination,
            String path,
            String interfaceName,
            String member,
            String... arguments) {
        socket.write(
                BusMessage.call(++serial, destination, path, interfaceName, member, arguments));
        return await(serial, deadline());
    }

    private static long deadline() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    }

    /** Signals, such as that a name was acquired, come in between. */
    private BusMessage await(int awaited, long deadline) {
        while (true) {
            byte[] head = readBytes(BusMessage.HEAD, deadline);
            byte[] whole = Arrays.copyOf(head, lengthOf(head));
            byte[] rest = readBytes(whole.length - head.length, deadline);
            System.arraycopy(rest, 0, whole, head.length, rest.length);
            BusMessage message = read(whole);
            if (message.answers(awaited)) {
                return message;
            }
        }
    }

    private BusMessage read(byte[] whole) {
        try {
            return BusMessage.read(whole);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw failure("it sent what is no message").because(e);
        }
    }

    private int lengthOf(byte[] head) {
        try {
            return BusMessage.length(head);
        } catch (IllegalArgumentException e) {
            throw failure("it sent " + e.getMessage());
        }
    }

    private String readLine(long deadline) {
        StringBuilder line = new StringBuilder();
        while (line.length() < LINE) {
            char next = (char) readBytes(1, deadline)[0];
            if (next == '\n') {
                return line.toString().strip();
            }
            line.append(next);
        }
        throw failure("it answered " + line);
    }

    private byte[] readBytes(int count, long deadline) {
        byte[] bytes = new byte[count];
        int have = 0;
        while (have < count) {
            if (start == buffer.length) {
                fill(deadline);
            }
            int part = Math.min(count - have, buffer.length - start);
            System.arraycopy(buffer, start, bytes, have, part);
            start += part;
            have += part;
        }
        return bytes;
    }

    private void fill(long deadline) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0 || !socket.isReadable((int) left)) {
            throw failure("no answer within " + PATIENCE_SECONDS + " s");
        }
        start = 0;
        buffer = socket.read(MOST_AT_ONCE);
        if (buffer.length == 0) {
            throw failure("it closed the connection");
        }
    }

    private CniException failure(String why) {
        return new CniException(
                ErrorCode.PROGRAM_FAILED, "ask the system bus " + name + ": " + why);
    }

    @Override
    public void close() {
        socket.close();
    }
}
