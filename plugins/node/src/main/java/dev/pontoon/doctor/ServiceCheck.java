package dev.pontoon.doctor;

import dev.pontoon.node.ServiceClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The resident service, if one is wanted: of this build, and answering. */
final class ServiceCheck implements Check {
    @Override
    public String name() {
        return "service";
    }

    @Override
    public String subject() {
        return "the resident service";
    }

    @Override
    public List<Finding> look(Node node) throws IOException {
        Path socket = ServiceClient.FOLDER.resolve("pontoon.sock");
        Optional<ServiceClient.Status> running = ServiceClient.status();
        if (running.isEmpty()) {
            return Files.exists(socket)
                    ? List.of(
                            finding(
                                    socket.toString(),
                                    "is there, and no service answers: it was killed or has crashed"))
                    : List.of();
        }
        String build = System.getProperty("pontoon.build", "");
        return running.get().build().equals(build)
                ? List.of()
                : List.of(
                        finding(
                                "the service, process " + running.get().pid(),
                                "is of build " + running.get().build() + ", this is " + build));
    }

    private static Finding finding(String object, String fault) {
        return new Finding(
                Severity.ADVICE,
                object,
                fault,
                "every call starts a JVM of its own, which takes some 40 ms instead of 3",
                Mend.by(Home.command() + " service start"));
    }
}
