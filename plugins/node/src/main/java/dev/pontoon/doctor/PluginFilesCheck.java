package dev.pontoon.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Plugins that a network names and that cannot be run. */
final class PluginFilesCheck implements Check {
    @Override
    public String name() {
        return "plugin-files";
    }

    @Override
    public String subject() {
        return "the plugins that networks name";
    }

    @Override
    public List<Finding> look(Node node) {
        List<Finding> findings = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Network network : node.networks()) {
            for (String type : network.types()) {
                Path file = node.binDir().resolve(type);
                if (!Files.isExecutable(file) && seen.add(type)) {
                    findings.add(finding(network, type, file));
                }
            }
        }
        return findings;
    }

    private static Finding finding(Network network, String type, Path file) {
        boolean isThere = Files.isRegularFile(file);
        return new Finding(
                Severity.BROKEN,
                file.toString(),
                (isThere ? "is not executable" : "is missing")
                        + ", and "
                        + network.file()
                        + " names it",
                "no container gets into network \""
                        + network.name()
                        + "\", and those that are in it cannot be removed whole",
                isThere
                        ? Mend.by("chmod 755 " + Shell.word(file.toString()))
                        : install(network, type, file));
    }

    private static Mend install(Network network, String type, Path file) {
        Path own = Home.plugin(type);
        if (Files.isExecutable(own)) {
            return Mend.by(
                    "mkdir -p " + Shell.word(file.resolveSibling("").toString()),
                    "ln -sfn " + Shell.word(own.toString()) + " " + Shell.word(file.toString()));
        }
        return Mend.byHand(
                "install the plugin \""
                        + type
                        + "\" there, which is none of Pontoon's, or take it out of "
                        + network.file());
    }
}
