package dev.pontoon.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Files that configure no network, or one that another file configures already. */
final class ConfigurationCheck implements Check {
    private static final String EXAMPLE =
            "{\"cniVersion\":\"1.1.0\",\"name\":\"pods\",\"plugins\":["
                    + "{\"type\":\"bridge\",\"bridge\":\"cni0\",\"isDefaultGateway\":true,\"ipMasq\":true,"
                    + "\"ipam\":{\"type\":\"host-local\",\"ranges\":[[{\"subnet\":\"10.22.0.0/24\"}]]}},"
                    + "{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true}},"
                    + "{\"type\":\"firewall\"}]}";

    @Override
    public String name() {
        return "configuration";
    }

    @Override
    public String subject() {
        return "the files that configure networks";
    }

    @Override
    public List<Finding> look(Node node) {
        List<Finding> findings = new ArrayList<>();
        Map<String, Path> named = new HashMap<>();
        for (ConfigurationFile file : node.files()) {
            Network network = file.network();
            if (network == null) {
                findings.add(unusable(file));
                continue;
            }
            Path first = named.putIfAbsent(network.name(), file.path());
            if (first != null) {
                findings.add(shadowed(network, first));
            }
        }
        if (node.files().isEmpty()) {
            findings.add(none(node));
        }
        return findings;
    }

    private static Finding unusable(ConfigurationFile file) {
        return new Finding(
                Severity.BROKEN,
                file.path().toString(),
                "configures no network: " + file.problem(),
                "containerd takes no network from the folder as long as the file is there, and pods stay in"
                        + " ContainerCreating",
                Mend.by(aside(file.path()))
                        .knowing(
                                "or correct it, if the network is needed: the README has an example"));
    }

    private static Finding shadowed(Network network, Path first) {
        return new Finding(
                Severity.WILL_BREAK,
                network.file().toString(),
                "configures a network \"" + network.name() + "\", as " + first + " does already",
                "runtimes take the first file of the two, whatever this one says",
                Mend.by(aside(network.file()))
                        .knowing("or give the network another name, if both are needed"));
    }

    private static Finding none(Node node) {
        Path file = node.confDir().resolve("10-pods.conflist");
        return new Finding(
                Severity.BROKEN,
                node.confDir().toString(),
                "has no file that configures a network",
                "the node is NotReady (cni plugin not initialized), and no container gets a network",
                Mend.by(
                                "mkdir -p " + Shell.word(node.confDir().toString()),
                                "printf '%s\\n' "
                                        + Shell.quoted(EXAMPLE)
                                        + " > "
                                        + Shell.word(file.toString()))
                        .knowing(
                                "with a subnet of your own; runtimes may be told to look in another folder"));
    }

    private static String aside(Path file) {
        String name = Shell.word(file.toString());
        return "mv " + name + " " + Shell.word(file + ".off");
    }
}
