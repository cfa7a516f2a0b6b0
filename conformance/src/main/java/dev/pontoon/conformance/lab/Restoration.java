package dev.pontoon.conformance.lab;

import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Snapshot;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Takes away from a host what came since a snapshot: links, nftables tables, files, and values of
 * sysctls. Whether that was all, another snapshot tells.
 */
final class Restoration {

    /** Changing it sets others of its family, which have to be set after it. */
    private static final String FORWARDING = "net/ipv4/ip_forward";

    private static final Pattern KEY = Pattern.compile("[a-zA-Z0-9_./-]+");

    private final StringBuilder script = new StringBuilder();
    private final List<String> arguments = new ArrayList<>();

    private Restoration() {}

    /** Removes what is there now and was not, whatever comes of it. */
    static void attempt(Host host, Snapshot was, Snapshot now) {
        var restoration = new Restoration();
        now.things().keySet().stream()
                .filter(thing -> !was.things().containsKey(thing))
                .forEach(restoration::remove);
        restoration.resetSysctls(was, now);
        List<String> line =
                new ArrayList<>(List.of("sh", "-c", restoration.script.toString(), "restore"));
        line.addAll(restoration.arguments);
        host.tool(line);
    }

    private void remove(String thing) {
        String[] word = thing.split(" ", 2);
        switch (word[0]) {
            case "link" -> step("ip link del \"$%d\"", word[1]);
            case "file", "folder" -> {
                if (isOfHostOnly(word[1])) {
                    step("rm -rf --one-file-system \"$%d\"", word[1]);
                }
            }
            case "nft" -> {
                if (word[1].startsWith("table ")) {
                    String[] table = word[1].split(" ", 3);
                    step("nft delete table " + table[1] + " \"$%d\"", table[2]);
                }
            }
            default -> {
                // It goes with one of those, or the host with it.
            }
        }
    }

    /**
     * What this machine has too is at most a changed copy of its own, and may have file systems
     * below it that are not copies.
     */
    private static boolean isOfHostOnly(String path) {
        return path.startsWith("/run/")
                || path.startsWith("/var/lib/cni/")
                || !Files.exists(Path.of(path), LinkOption.NOFOLLOW_LINKS);
    }

    private void step(String command, String argument) {
        arguments.add(argument);
        script.append(command.replace("$%d", "${" + arguments.size() + "}")).append('\n');
    }

    private void resetSysctls(Snapshot was, Snapshot now) {
        resetSysctl(FORWARDING, was, now);
        was.things().keySet().stream()
                .filter(thing -> thing.startsWith("sysctl "))
                .map(thing -> thing.substring("sysctl ".length()))
                .filter(key -> KEY.matcher(key).matches() && !key.equals(FORWARDING))
                .forEach(key -> resetSysctl(key, was, now));
    }

    private void resetSysctl(String key, Snapshot was, Snapshot now) {
        String before = was.things().get("sysctl " + key);
        if (before != null && !before.equals(now.things().get("sysctl " + key))) {
            step("echo \"$%d\" > /proc/sys/" + key, before);
        }
    }
}
