package dev.pontoon.operator;

import dev.pontoon.plugin.Ledger;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which ledger a command looks at. */
final class RunDirOption {
    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            defaultValue = "/run/pontoon",
            description =
                    "Where the plugins keep their ledger (${DEFAULT-VALUE}); networks may say otherwise with runDir.")
    @SuppressWarnings("NullAway.Init") // picocli's to set
    private Path folder;

    Ledger ledger() {
        return new Ledger(folder.toAbsolutePath());
    }
}
