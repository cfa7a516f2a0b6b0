package dev.pontoon.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A test run that is killed cannot clean up; its hosts must do it themselves. */
class AbandonedHostIT {

    /** Makes a host, says what belongs to it, and waits to be killed. */
    static final class Abandoner {
        public static void main(String[] arguments) throws IOException {
            Host host = Host.create();
            ProcessContainer inside = host.process("c1");
            System.out.println(host.pid() + " " + inside.pid() + " " + host.temp());
            System.in.read();
        }
    }

    @Test
    void hostEndsWithTheJvmThatMadeIt() throws Exception {
        Need.root();
        Process other = startAbandoner();
        String[] said = other.inputReader().readLine().split(" ");
        Path holder = Path.of("/proc", said[0], "exe");
        Path inside = Path.of("/proc", said[1], "exe");
        assertThat(holder).exists();
        assertThat(inside).exists();
        other.destroyForcibly().waitFor();
        Await.until("the end of the abandoned holder", () -> !Files.exists(holder));
        Await.until("the end of the abandoned container", () -> !Files.exists(inside));
        deleteFolder(Path.of(said[2]).getParent());
    }

    /** The one thing an abandoned host leaves behind. */
    private static void deleteFolder(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static Process startAbandoner() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = System.getProperty("java.class.path");
        return new ProcessBuilder(java, "-cp", classes, Abandoner.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
