package dev.pontoon.tuning;

import dev.pontoon.protocol.ConfigObject;
import java.util.List;

/**
 * One sysctl that the configuration asks for.
 *
 * @param key as it is written in the configuration
 * @param path the parts of its name, from {@code net} on
 * @param value what is to be written
 */
record Setting(String key, List<String> path, String value) {
    private static final String IFNAME = "IFNAME";
    private static final String FIRST_PART = "net";

    /**
     * Reads the key's name and value. Dots and slashes separate parts; where a slash comes first, a
     * dot belongs to the name of an interface, as for sysctl(8). IFNAME stands for the container's
     * interface. Throws code 7 for a name that leads out of {@code /proc/sys/net}, where settings
     * are not the container's own.
     */
    static Setting read(ConfigObject sysctl, String key, String ifname) {
        List<String> path = path(key, ifname);
        boolean usable = path.size() > 1 && path.getFirst().equals(FIRST_PART);
        for (String part : path) {
            usable &= !part.isEmpty() && !part.equals(".") && !part.equals("..");
        }
        if (!usable || key.indexOf('\0') >= 0) {
            throw sysctl.invalid(
                    key, "is no setting of a container's network: it must be named net.… or net/…");
        }
        return new Setting(key, path, sysctl.text(key, ""));
    }

    private static List<String> path(String key, String ifname) {
        int slash = key.indexOf('/');
        int dot = key.indexOf('.');
        boolean dotsAreLiteral = slash >= 0 && (dot < 0 || slash < dot);
        String slashed = dotsAreLiteral ? key : key.replace('.', '/');
        // The name is put in last: it may have dots itself.
        return List.of(slashed.split("/", -1)).stream()
                .map(part -> part.replace(IFNAME, ifname))
                .toList();
    }

    /** The name by which the ledger knows it: {@code net/ipv4/conf/eth0/arp_notify}. */
    String name() {
        return String.join("/", path);
    }

    /** The parts, for the kernel's file. */
    static String[] parts(String name) {
        return name.split("/", -1);
    }
}
