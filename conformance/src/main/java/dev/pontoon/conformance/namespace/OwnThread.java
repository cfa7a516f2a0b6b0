package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Wait;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A runtime with many threads, one of which has a namespace of its own: no mount, no process. */
final class OwnThread extends ProbedBuilder {

    private static final String FOLDER = Host.OWN + "/own-thread";
    private static final String SOCKET = FOLDER + "/socket";
    private static final Duration LONGEST = Duration.ofSeconds(20);

    OwnThread() {
        super(
                "own-thread",
                "unshare(2) by one thread",
                List.of(),
                new Shape(
                        "a thread of a running program",
                        "that thread",
                        "/proc/PID/task/TID/ns/net",
                        "whenever the program likes",
                        "the live namespace",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        return new Keeper(host);
    }

    /** The program with the threads. */
    private static final class Keeper implements Workshop {
        private final Host host;
        private final Execution program;

        private Keeper(Host host) {
            this.host = host;
            host.script("rm -rf \"$1\"; mkdir -p \"$1\"", FOLDER);
            program =
                    host.start(
                            Invocation.tool(
                                    List.of(
                                            System.getProperty("java.home") + "/bin/java",
                                            "--enable-native-access=ALL-UNNAMED",
                                            "-XX:TieredStopAtLevel=1",
                                            "-XX:+UseSerialGC",
                                            "-XX:-UsePerfData",
                                            "-Xmx32m",
                                            "-cp",
                                            classPath(),
                                            ThreadKeeper.class.getName(),
                                            SOCKET)));
            if (!Wait.holds(LONGEST, () -> host.exists(SOCKET) || !program.isAlive())) {
                throw new HarnessFault("a JVM in a host is not ready after " + LONGEST);
            }
        }

        private static String classPath() {
            try {
                return Path.of(
                                ThreadKeeper.class
                                        .getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .toURI())
                        .toString();
            } catch (URISyntaxException e) {
                throw new HarnessFault("find the harness's own classes: " + e.getMessage(), e);
            }
        }

        @Override
        public Container build(String name) {
            SocketChannel thread = Wait.until("the JVM's socket", LONGEST, this::connect);
            try {
                String path = line(thread);
                if (!path.startsWith("/proc/")) {
                    thread.close();
                    throw new HarnessFault("make a namespace in a thread: " + path);
                }
                return new ThreadNamespace(host, name, path, thread);
            } catch (IOException e) {
                throw new HarnessFault("ask the JVM in a host: " + e.getMessage(), e);
            }
        }

        private Optional<SocketChannel> connect() {
            if (!program.isAlive()) {
                throw new HarnessFault("start a JVM in a host: " + program.await().err());
            }
            try {
                return Optional.of(
                        SocketChannel.open(UnixDomainSocketAddress.of(host.file(SOCKET))));
            } catch (IOException _) {
                // It has not come so far yet.
                return Optional.empty();
            }
        }

        private static String line(SocketChannel channel) throws IOException {
            var text = new StringBuilder();
            var buffer = ByteBuffer.allocate(256);
            while (text.indexOf("\n") < 0 && channel.read(buffer.clear()) >= 0) {
                text.append(StandardCharsets.UTF_8.decode(buffer.flip()));
            }
            return text.toString().strip();
        }

        @Override
        public void close() {
            program.signal("KILL");
            program.await();
            host.tool("rm", "-rf", FOLDER);
        }
    }

    /** A namespace that lives as long as the connection to its thread. */
    private static final class ThreadNamespace extends HostContainer {
        private final String path;
        private final SocketChannel thread;

        private ThreadNamespace(Host host, String name, String path, SocketChannel thread) {
            super(host, name);
            this.path = path;
            this.thread = thread;
        }

        @Override
        public String netns() {
            return path;
        }

        @Override
        public boolean stopsBeforeDel() {
            return false;
        }

        @Override
        public void stop() {
            destroy();
        }

        @Override
        public void destroy() {
            try {
                thread.close();
            } catch (IOException e) {
                throw new HarnessFault("let a thread end: " + e.getMessage(), e);
            }
            if (!Wait.holds(LONGEST, () -> !host().exists(path))) {
                throw new HarnessFault("the thread of " + path + " does not end");
            }
        }
    }
}
