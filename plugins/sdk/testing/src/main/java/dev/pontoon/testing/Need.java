package dev.pontoon.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opentest4j.TestAbortedException;

/**
 * Says what a test cannot do without. What is missing skips the test with {@code needs: X (why)}.
 *
 * <p>With {@code -Dkernel.tests=required}, missing root or namespaces fail the test instead: a run
 * that was meant to test something must not pass by testing nothing.
 */
public final class Need {

    private static final String REQUIRED = "kernel.tests";

    private static final Map<String, String> FEATURES =
            Map.ofEntries(
                    Map.entry(
                            "bandwidth",
                            "ip link add pd type veth peer name pe;"
                                    + " tc qdisc add dev pd root tbf rate 1mbit burst 10k latency 10ms"),
                    Map.entry("br_netfilter", "test -d /proc/sys/net/bridge"),
                    Map.entry("bridge", "ip link add pb type bridge"),
                    Map.entry(
                            "bridge vlan filtering", "ip link add pb type bridge vlan_filtering 1"),
                    Map.entry("dummy", "ip link add pd type dummy"),
                    Map.entry("ifb", "ip link add pi type ifb"),
                    Map.entry("iptables legacy", "iptables-legacy -t nat -L"),
                    Map.entry("iptables nft", "iptables-nft -t nat -L"),
                    Map.entry(
                            "ipv6",
                            "test -d /proc/sys/net/ipv6 && ip -6 addr add fd00::1/64 dev lo"),
                    Map.entry(
                            "ipvlan",
                            "ip link add pd type veth peer name pe;"
                                    + " ip link add pi link pd type ipvlan"),
                    Map.entry(
                            "macvlan",
                            "ip link add pd type veth peer name pe;"
                                    + " ip link add pm link pd type macvlan"),
                    Map.entry("nftables", "nft add table inet t"),
                    Map.entry(
                            "nftables nat",
                            "nft 'add table inet t; add chain inet t c"
                                    + " { type nat hook postrouting priority 100; }; add rule inet t c masquerade'"),
                    Map.entry("user namespaces", "unshare -U true"),
                    Map.entry("veth", "ip link add pv type veth peer name pw"),
                    Map.entry(
                            "vlan",
                            "ip link add pd type veth peer name pe;"
                                    + " ip link add pv link pd type vlan id 5"),
                    Map.entry("vrf", "ip link add pr type vrf table 100"));

    private Need() {}

    /** Root, with leave to make network and mount namespaces. */
    public static void root() {
        String refusal = tryInNamespaces("true");
        if (refusal.isEmpty()) {
            return;
        }
        String message = "needs: root and namespaces (" + refusal + ")";
        if ("required".equals(System.getProperty(REQUIRED))) {
            throw new AssertionError(message);
        }
        throw new TestAbortedException(message);
    }

    /** An executable on the path that commands inside a host get. */
    public static void tool(String name) {
        for (String folder : Command.FOLDERS) {
            if (Files.isExecutable(Path.of(folder, name))) {
                return;
            }
        }
        throw new TestAbortedException("needs: " + name + " (not in " + Command.PATH + ")");
    }

    /** A file or folder of the machine, such as a packaged plugin. */
    public static void file(Path path) {
        if (!Files.exists(path)) {
            throw new TestAbortedException("needs: " + path + " (no such file)");
        }
    }

    /**
     * A kernel feature, tried in a throw-away network namespace.
     *
     * @param feature one of bandwidth, br_netfilter, bridge, bridge vlan filtering, dummy, ifb,
     *     iptables legacy, iptables nft, ipv6, ipvlan, macvlan, nftables, nftables nat, user
     *     namespaces, veth, vlan, vrf
     */
    public static void kernel(String feature) {
        String probe = FEATURES.get(feature);
        if (probe == null) {
            throw new IllegalArgumentException(
                    "no probe for " + feature + "; known: " + new TreeMap<>(FEATURES).keySet());
        }
        kernel(feature, probe);
    }

    /** A kernel feature of the test's own: the script must exit with 0 in a fresh namespace. */
    public static void kernel(String feature, String script) {
        root();
        String refusal = tryInNamespaces(script);
        if (!refusal.isEmpty()) {
            throw new TestAbortedException("needs: " + feature + " (" + refusal + ")");
        }
    }

    /** Returns why the script failed; empty when it did not. */
    private static String tryInNamespaces(String script) {
        // Tools lock files in /run: the machine's are none of their business.
        String isolated = "mount -t tmpfs probe /run; " + script;
        var builder =
                new ProcessBuilder(
                        List.of(
                                "unshare",
                                "-n",
                                "-m",
                                "--propagation",
                                "private",
                                "sh",
                                "-e",
                                "-c",
                                isolated));
        builder.environment().clear();
        builder.environment().put("PATH", Command.PATH);
        try {
            Process process = builder.redirectErrorStream(true).start();
            process.getOutputStream().close();
            byte[] said = process.getInputStream().readAllBytes();
            int exit = process.waitFor();
            return exit == 0 ? "" : reason(exit, new String(said, StandardCharsets.UTF_8));
        } catch (IOException e) {
            return "unshare: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private static String reason(int exit, String said) {
        return said.isBlank() ? "exit " + exit : said.strip();
    }
}
