package dev.pontoon.node;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;

/** The folder that scripts/package made and the system property {@code pontoon.dist} names. */
record PackagedPontoon(Path folder) {

    /** Skips the test where nothing was packaged. */
    static PackagedPontoon require() {
        String folder = System.getProperty("pontoon.dist");
        assumeTrue(folder != null, "needs: -Dpontoon.dist, the folder that scripts/package made");
        return new PackagedPontoon(Path.of(folder).toAbsolutePath());
    }

    Path bin() {
        return folder.resolve("bin");
    }

    Path java() {
        return folder.resolve("runtime/bin/java");
    }

    Path lib() {
        return folder.resolve("lib");
    }
}
