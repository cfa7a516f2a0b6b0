package dev.pontoon.doctor;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the Pontoon lives that this process is of. */
final class Home {
    private Home() {}

    private static Path folder() {
        return Path.of(System.getProperty("pontoon.home", "/opt/pontoon/current"));
    }

    /** What a link to one of its plugins leads to, whether there is such a plugin or not. */
    static Path plugin(String type) {
        return lasting("bin").resolve(type);
    }

    /** Its command. */
    static String command() {
        Path current = lasting("current").resolve("pontoon");
        return (Files.exists(current) ? current : folder().resolve("pontoon")).toString();
    }

    /** Below PREFIX rather than PREFIX/releases/BUILD, which goes with the next upgrade. */
    private static Path lasting(String part) {
        Path prefix = folder().resolveSibling("").resolveSibling("");
        boolean isInstalled = Files.exists(prefix.resolve("manifest"));
        return (isInstalled ? prefix : folder()).resolve(part);
    }
}
