package dev.pontoon.operator;

import dev.pontoon.node.ServiceClient;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pontoon service}: the resident service, which answers calls faster. */
@Command(
        name = "service",
        description = {
            "The resident service: one JVM that stays and answers the plugins' calls, each in a few milliseconds.",
            "Without it every call starts a JVM of its own, which does the same more slowly. It keeps nothing: it"
                    + " may be started, stopped or killed at any time, and no call is lost by that."
        })
final class ServiceCommand implements Runnable {
    private static final int NOT_RUNNING = 3;

    /** Not below /run: a file that is open for writing keeps its file system writable. */
    private static final Path LOG = Path.of("/var/log/pontoon-service.log");

    private static final File NOWHERE = new File("/dev/null");
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final Duration STOP_LIMIT = Duration.ofMinutes(2);
    private static final int POLL_MILLIS = 5;

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name what to do with the service");
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(
            name = "run",
            description =
                    "Serves in the foreground until it is sent SIGTERM: for systemd and other supervisors. Takes the"
                            + " place of a service of another build, or that was started in the background; ends with"
                            + " 1 if another supervisor's runs already.")
    int runInForeground() {
        // The launcher starts Service itself for these words; only --help comes here.
        throw new ParameterException(spec.commandLine(), "run takes no arguments");
    }

    @Command(
            name = "start",
            description =
                    "Starts the service in the background, and returns once it answers. One of another build is"
                            + " replaced when the calls it is serving have ended.")
    int start() throws IOException, InterruptedException {
        String build = System.getProperty("pontoon.build", "");
        Optional<ServiceClient.Status> running = ServiceClient.status();
        if (running.isPresent() && running.get().build().equals(build)) {
            out().println("pontoon: the service runs already: " + running.get().summary());
            return 0;
        }
        Files.createDirectories(
                ServiceClient.FOLDER,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        String command = System.getProperty("pontoon.home", "") + "/pontoon";
        Process service =
                new ProcessBuilder(command, "service", "run", "--background")
                        .directory(Path.of("/").toFile())
                        .redirectInput(NOWHERE)
                        .redirectOutput(Files.isWritable(LOG.getParent()) ? LOG.toFile() : NOWHERE)
                        .redirectErrorStream(true)
                        .start();
        return awaitAnswer(service, build);
    }

    private int awaitAnswer(Process service, String build)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos() + STOP_LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<ServiceClient.Status> running = ServiceClient.status();
            if (running.isPresent() && running.get().build().equals(build)) {
                out().println("pontoon: the service runs: " + running.get().summary());
                out().println("next: pontoon service status; what it has to say is in " + LOG);
                return 0;
            }
            if (service.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                out().println(
                                "pontoon: the service ended at once, with status "
                                        + service.exitValue()
                                        + ":");
                out().print(Files.exists(LOG) ? Files.readString(LOG) : "");
                return 1;
            }
        }
        service.destroy();
        out().println("pontoon: the service does not answer; see " + LOG);
        return 1;
    }

    @Command(
            name = "stop",
            description =
                    "Ends the service when the calls it is serving have ended, and returns then. Later calls are"
                            + " served without it.")
    int stop() throws IOException, InterruptedException {
        Optional<ServiceClient.Status> stopped = ServiceClient.stop();
        if (stopped.isEmpty()) {
            out().println("pontoon: no service runs");
            return 0;
        }
        long deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        while (runs(stopped.get().pid())) {
            if (System.nanoTime() > deadline) {
                out().println(
                                "pontoon: the service still serves calls: "
                                        + stopped.get().summary());
                return 1;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        out().println("pontoon: the service has ended: " + stopped.get().summary());
        return 0;
    }

    /** One that has ended, and whose parent has not asked how yet, is still listed. */
    private static boolean runs(int pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            // No such file, or no such process while it was being read.
            return false;
        }
    }

    @Command(
            name = "status",
            description =
                    "Tells whether the service runs, and what it has done. Ends with 3 if none runs.")
    int status() throws IOException {
        Optional<ServiceClient.Status> running = ServiceClient.status();
        if (running.isEmpty()) {
            out().println("pontoon: no service runs; every call starts a JVM of its own");
            out().println("next: pontoon service start");
            return NOT_RUNNING;
        }
        out().print(running.get().text());
        String build = System.getProperty("pontoon.build", "");
        if (!running.get().build().equals(build)) {
            out().println("this is build " + build + ", which it does not serve");
            out().println("next: pontoon service start replaces it");
        }
        return 0;
    }
}
