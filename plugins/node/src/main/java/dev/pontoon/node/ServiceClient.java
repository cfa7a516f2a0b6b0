package dev.pontoon.node;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.UnixSocket;
import java.io.IOException;
import java.util.Optional;

/** What one can ask of a service that runs. */
final class ServiceClient {
    private ServiceClient() {}

    /**
     * A running service.
     *
     * @param pid its process
     * @param text what it says of itself, lines for people
     */
    record Status(int pid, String text) {
        /** The build it belongs to. */
        String build() {
            return word("build");
        }

        /** Who starts it again should it end. */
        String keeper() {
            return word("kept by");
        }

        /** In a few words. */
        String summary() {
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
    static Optional<Status> status() throws IOException {
        return ask("status");
    }

    /** Has the service end when the calls under way have; the one it was, or empty for none. */
    static Optional<Status> stop() throws IOException {
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
