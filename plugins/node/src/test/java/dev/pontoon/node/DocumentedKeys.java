package dev.pontoon.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What docs/configuration.md says there is: the first column of its tables has the keys, one by
 * one, with the way to them, such as {@code runtimeConfig.portMappings[].hostPort}.
 */
final class DocumentedKeys {
    static final List<String> PLUGINS =
            List.of(
                    "bridge",
                    "ptp",
                    "loopback",
                    "portmap",
                    "firewall",
                    "tuning",
                    "bandwidth",
                    "host-local",
                    "static");

    static final String EVERY_PLUGIN = "Every plugin";

    private static final UserDocument PAGE = UserDocument.named("docs/configuration.md");
    private static final Pattern KEY = Pattern.compile("`([^`]+)`");

    private DocumentedKeys() {}

    /** The ways to the keys of a section, in their order. */
    static List<String> paths(String section) {
        List<String> paths = new ArrayList<>();
        for (String line : PAGE.section(section)) {
            if (line.startsWith("| `")) {
                Matcher key = KEY.matcher(line.substring(0, line.indexOf('|', 1)));
                while (key.find()) {
                    paths.add(key.group(1));
                }
            }
        }
        return paths;
    }

    /** The names alone that may stand in a configuration of that plugin. */
    static Set<String> names(String plugin) {
        Set<String> names = new TreeSet<>(Set.of("type", "capabilities"));
        for (String section : List.of(plugin, EVERY_PLUGIN)) {
            for (String path : paths(section)) {
                names.addAll(List.of(path.replace("[]", "").split("\\.")));
            }
        }
        return names;
    }
}
