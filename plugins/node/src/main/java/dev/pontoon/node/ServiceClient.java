package dev.pontoon.node;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What one can ask of a service that runs. */
public final class ServiceClient {
    /** Where the service listens; only root gets into it. */
    public static final Path FOLDER = Service.FOLDER;

    private ServiceClient() {}

    /**
     * A running service.
     *
     * @param pid its process
     * @param text what it says of itself, lines for people
     */
    public record Status(int pid, String text) {
        /** The build it belongs to. */
        public String build() {
            return word("build");
        }

        /** Who starts it again should it end. */
        String keeper() {
            return word("kept by");
        }

        /** In a few words. */
        public String summary() {
            return "process " + pid + ", build " + build();
        }

        private String word(String name) {
            for (String line : text.split("\n")) {
                if (line.startsWith(name + " ")) {
                    return line.substring(name.length()).strip();
                }
            }
            return "";
        }
    }

    /** The service that runs; empty if none does. */
    public static Optional<Status> status() throws IOException {
        return ask("status");
    }

    /** What the service that runs has counted, for Prometheus; empty if none runs. */
    public static Optional<String> metrics() throws IOException {
        return ask("metrics").map(Status::text);
    }

    /** Has the service end when the calls under way have; the one it was, or empty for none. */
    public static Optional<Status> stop() throws IOException {
        return ask("stop");
    }

    private static Optional<Status> ask(String errand) throws IOException {
        try (Connection connection = new Connection(UnixSocket.to(Service.SOCKET))) {
            String build = System.getProperty("pontoon.build", "");
            connection.send(HandedCall.errand(errand, build).toMessage());
            String text = connection.await(Message.OUTPUT).text();
            return Optional.of(new Status(connection.peer().pid(), text));
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ECONNREFUSED)) {
                return Optional.empty();
            }
            throw new IOException(e.getMessage(), e);
        }
    }
}
