package dev.pontoon.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The command line that runs a class with this test's own class path, for plugins that are tried
 * without the package.
 *
 * <p>Every call is a JVM of its own. A class archive halves what that costs, and Java makes one
 * only if no folder is on the class path: those are packed into jars first.
 */
public final class ColdJava {
    private static final ColdJava ONLY = new ColdJava();

    private final Path folder;
    private final String classPath;

    private ColdJava() {
        try {
            folder = Files.createTempDirectory("pontoon-plugin-");
            Runtime.getRuntime().addShutdownHook(new Thread(this::delete));
            List<String> jars = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(":")) {
                jars.add(Files.isDirectory(Path.of(entry)) ? pack(Path.of(entry)) : entry);
            }
            classPath = String.join(":", jars);
        } catch (IOException e) {
            throw new UncheckedIOException("prepare the class path of the plugin", e);
        }
    }

    /**
     * Puts a plugin into a folder of a host: the packaged one where {@code -Dpontoon.dist} says
     * where that is, else the class {@code main} of this module.
     */
    public static void install(Host host, Path bin, String plugin, Class<?> main) {
        String dist = System.getProperty("pontoon.dist");
        String command = dist == null ? command(main) : dist + "/bin/" + plugin;
        host.script(bin + "/" + plugin, "#!/bin/sh\nexec " + command + " \"$@\"\n");
    }

    /** As a line for a shell script; {@code main} is the class with the main method. */
    private static String command(Class<?> main) {
        return String.join(
                " ",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + ONLY.folder.resolve("classes.jsa"),
                "-Xlog:disable",
                "-Xlog:all=off",
                "-cp",
                ONLY.classPath,
                main.getName());
    }

    private String pack(Path classes) throws IOException {
        Path jar = Files.createTempFile(folder, "classes", ".jar");
        try (OutputStream file = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(file);
                Stream<Path> tree = Files.walk(classes)) {
            for (Path each : tree.filter(Files::isRegularFile).toList()) {
                zip.putNextEntry(new ZipEntry(classes.relativize(each).toString()));
                Files.copy(each, zip);
            }
        }
        return jar.toString();
    }

    private void delete() {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path each : tree.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("delete " + folder, e);
        }
    }
}
