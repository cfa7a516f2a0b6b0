package dev.pontoon.node;

import dev.pontoon.testing.Await;
import dev.pontoon.testing.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The control groups of one host's containers. They are the one thing of a container that no
 * namespace hides: the machine has them, in every hierarchy, until somebody removes them. Every
 * process a runtime made for a test is in here, so closing this ends what the runtime forgot.
 */
final class Cgroup implements AutoCloseable {

    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private final String name;

    Cgroup(Host host) {
        this.name = "pontoon-" + host.pid();
    }

    /** The absolute path that a runtime is given: {@code /pontoon-PID}. */
    String path() {
        return "/" + name;
    }

    /** A path below for one container. */
    String path(String id) {
        return path() + "/" + id;
    }

    /** Kills who is left and removes the groups from every hierarchy. */
    @Override
    public void close() {
        Await.until("the control groups " + name + " to go", this::removeAll);
    }

    /** A killed process leaves its group a little later, so this may have to be repeated. */
    private boolean removeAll() {
        try (Stream<Path> hierarchies = Files.list(ROOT)) {
            List<Path> trees =
                    Stream.concat(Stream.of(ROOT), hierarchies)
                            .map(hierarchy -> hierarchy.resolve(name))
                            .filter(Files::isDirectory)
                            .toList();
            trees.forEach(Cgroup::remove);
            return trees.stream().noneMatch(Files::exists);
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException("look for control groups " + name, e);
        }
    }

    private static void remove(Path tree) {
        try (Stream<Path> groups = Files.walk(tree)) {
            for (Path group :
                    groups.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
                for (String pid : Files.readAllLines(group.resolve("cgroup.procs"))) {
                    ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
                }
                Files.deleteIfExists(group);
            }
        } catch (IOException | UncheckedIOException _) {
            // Busy, or gone meanwhile: the caller looks again.
        }
    }
}
