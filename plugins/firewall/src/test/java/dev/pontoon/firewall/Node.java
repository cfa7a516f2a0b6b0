package dev.pontoon.firewall;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.ColdJava;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Running;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A host with the plugin that forwards both IP versions, bridges with containers as an earlier
 * plugin of the chain would make them, and a machine outside. With {@code -Dpontoon.dist} the
 * packaged plugin is tested, else the classes of this module.
 */
final class Node {
    static final ObjectNode CONF = Conf.of("{'cniVersion':'1.1.0','name':'n1','type':'firewall'}");
    static final String OUTSIDE_V4 = "198.51.100.2";
    static final String OUTSIDE_V6 = "fd99::2";
    static final Path REFERENCE = Path.of("/usr/lib/cni");

    private final Host host;
    private final Path bin;

    Node(Host host) {
        this.host = host;
        this.bin = host.temp().resolve("bin");
        ColdJava.install(host, bin, "firewall", FirewallMain.class);
        host.sh(
                "echo 1 > /proc/sys/net/ipv4/ip_forward;"
                        + " echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
    }

    /** Makes the bridge {@code brN}, which has 10.N.0.1/24 and fd00:N::1/64. */
    void bridge(int n) {
        host.sh(
                "ip link add br%1$d type bridge; ip link set br%1$d up;".formatted(n)
                        + "ip addr add 10.%1$d.0.1/24 dev br%1$d;".formatted(n)
                        + "ip addr add fd00:%1$d::1/64 dev br%1$d nodad".formatted(n));
    }

    /** Makes a container on {@code brN} with the addresses 10.N.0.M and fd00:N::M. */
    MountedContainer container(String name, int n, int m) {
        MountedContainer container = host.container(name);
        attach(container, "eth0", n, m);
        container.sh(
                "ip link set lo up; ip route add default via 10.%1$d.0.1;".formatted(n)
                        + "ip -6 route add default via fd00:%1$d::1".formatted(n));
        return container;
    }

    /** Makes an interface of a container, without a default route. */
    void attach(Container container, String ifname, int n, int m) {
        String veth = "v-" + container.name() + "-" + ifname;
        host.sh(
                "ip link add %s type veth peer name %s netns %s; ip link set %s master br%d up"
                        .formatted(veth, ifname, container.name(), veth, n));
        container.sh(
                "ip link set %s up; ip addr add 10.%d.0.%d/24 dev %s;"
                                .formatted(ifname, n, m, ifname)
                        + "ip addr add fd00:%d::%d/64 dev %s nodad".formatted(n, m, ifname));
    }

    /** A machine beyond the host, which knows the way to the containers. */
    MountedContainer outside() {
        MountedContainer outside = host.container("outside");
        host.sh(
                "ip link add up0 type veth peer eth0 netns outside; ip link set up0 up;"
                        + " ip addr add 198.51.100.1/24 dev up0;"
                        + " ip addr add fd99::1/64 dev up0 nodad");
        outside.sh(
                "ip link set lo up; ip link set eth0 up; ip addr add 198.51.100.2/24 dev eth0;"
                        + " ip addr add fd99::2/64 dev eth0 nodad;"
                        + " ip route add default via 198.51.100.1;"
                        + " ip -6 route add default via fd99::1");
        return outside;
    }

    /** What an earlier plugin would have answered for {@link #container}. */
    static ObjectNode behind(ObjectNode configuration, int n, int m) {
        return behind(
                configuration,
                "br" + n,
                "10.%d.0.%d/24".formatted(n, m),
                "fd00:%d::%d/64".formatted(n, m));
    }

    static ObjectNode behind(ObjectNode configuration, String bridge, String... addresses) {
        List<String> ips = new ArrayList<>();
        for (String each : addresses) {
            ips.add(
                    "{'version':'%s','address':'%s','interface':1}"
                            .formatted(each.contains(":") ? "6" : "4", each));
        }
        return Conf.with(
                configuration,
                ("{'prevResult':{'cniVersion':'%s','interfaces':[{'name':'%s'},"
                                + "{'name':'eth0','sandbox':'/run/netns/c1'}],'ips':[%s]}}")
                        .formatted(
                                configuration.path("cniVersion").asText(),
                                bridge,
                                String.join(",", ips)));
    }

    CniCall call(ObjectNode configuration, Container container) {
        return plain(configuration).container(container);
    }

    /** A call without a container. */
    CniCall plain(ObjectNode configuration) {
        return host.cni(bin, "firewall").stdin(configuration);
    }

    /** As {@link #call}, of Debian's reference plugin. */
    CniCall reference(ObjectNode configuration, Container container) {
        return host.cni(REFERENCE, "firewall").stdin(configuration).container(container);
    }

    /** The elements of a set or map of our table as nft lists them; empty if there is none. */
    List<String> elements(String set) {
        JsonNode listed;
        if (host.run("nft", "list", "set", "inet", "pontoon", set).exit() == 0) {
            listed = host.json("nft", "-j", "list", "set", "inet", "pontoon", set);
        } else if (host.run("nft", "list", "map", "inet", "pontoon", set).exit() == 0) {
            listed = host.json("nft", "-j", "list", "map", "inet", "pontoon", set);
        } else {
            return List.of();
        }
        List<String> elements = new ArrayList<>();
        for (JsonNode each : listed.findPath("elem")) {
            JsonNode inner = each.has("elem") ? each.path("elem") : each;
            String comment = inner.path("comment").asText();
            String value = inner.has("val") ? inner.path("val").asText() : inner.toString();
            elements.add(comment.isEmpty() ? value.replace("\"", "") : value + " " + comment);
        }
        return elements;
    }

    String ruleset() {
        return host.ok("nft", "list", "ruleset");
    }

    List<String> rules(String program) {
        return host.ok(program, "-S").lines().toList();
    }

    void drop() {
        host.ok("iptables", "-P", "FORWARD", "DROP");
        host.ok("ip6tables", "-P", "FORWARD", "DROP");
    }

    /** Starts a service that answers with what it is sent. */
    static Running listen(Container where, int port) {
        Running server =
                where.start(
                        "socat",
                        "-d",
                        "-d",
                        "TCP6-LISTEN:" + port + ",fork,ipv6only=0",
                        "EXEC:cat");
        Await.until("a service", () -> server.stderr().contains("listening"));
        return server;
    }

    /** Whether a connection is answered. */
    static boolean connects(Container from, String to, int port) {
        String address = to.contains(":") ? "TCP6:[" + to + "]:" : "TCP4:" + to + ":";
        return from.command("socat", "-t2", "-", address + port + ",connect-timeout=1")
                .stdin("hello")
                .run()
                .stdout()
                .equals("hello");
    }
}
