package dev.pontoon.portmap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.ColdJava;
import dev.pontoon.testing.Command;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.MountedContainer;
import dev.pontoon.testing.Need;
import java.nio.file.Path;
import java.util.List;

/**
 * A host with the plugin, with a bridge as an earlier plugin of the chain would make it, and with a
 * machine beyond it. With {@code -Dpontoon.dist} the packaged plugin is tested, else the classes of
 * this module.
 */
final class Node {
    static final ObjectNode CONF = Conf.of("{'cniVersion':'1.1.0','name':'n1','type':'portmap'}");

    /** Of the host on the containers' network, and towards the machine beyond. */
    static final String GATEWAY = "10.1.0.1";

    static final String GATEWAY_V6 = "fd00:1::1";
    static final String UPLINK = "192.0.2.1";
    static final String UPLINK_V6 = "2001:db8::1";

    private static final String WEB = "8080,80,tcp";

    final Host host;
    final MountedContainer outside;
    private final Path bin;

    Node(Host host) {
        Need.kernel("bridge");
        Need.kernel("ipv6");
        this.host = host;
        this.bin = host.temp().resolve("bin");
        ColdJava.install(host, bin, "portmap", PortmapMain.class);
        this.outside = host.container("outside");
        host.sh(
                """
                echo 1 > /proc/sys/net/ipv4/ip_forward
                echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
                ip link add cni0 type bridge
                ip addr add 10.1.0.1/24 dev cni0
                ip addr add fd00:1::1/64 dev cni0 nodad
                ip link set cni0 up
                ip link add uplink type veth peer name eth0 netns outside
                ip addr add 192.0.2.1/24 dev uplink
                ip addr add 2001:db8::1/64 dev uplink nodad
                ip link set uplink up
                ip -n outside link set lo up
                ip -n outside addr add 192.0.2.2/24 dev eth0
                ip -n outside addr add 2001:db8::2/64 dev eth0 nodad
                ip -n outside link set eth0 up
                ip -n outside route add default via 192.0.2.1
                ip -n outside route add default via 2001:db8::1
                """);
    }

    /** A container on the bridge, with the addresses 10.1.0.LAST and fd00:1::LAST. */
    MountedContainer attach(String name, int last) {
        MountedContainer container = host.container(name);
        addInterface(name, "eth0", last);
        host.sh(
                "ip -n %s link set lo up; ip -n %s route add default via %s;"
                                .formatted(name, name, GATEWAY)
                        + "ip -n %s route add default via %s".formatted(name, GATEWAY_V6));
        return container;
    }

    /** One more interface of a container on the bridge. */
    void addInterface(String name, String ifname, int last) {
        String inside = "ip -n " + name;
        host.sh(
                "ip link add v-%s-%s type veth peer name %s netns %s;"
                                .formatted(name, ifname, ifname, name)
                        + "ip link set v-%s-%s master cni0 up;".formatted(name, ifname)
                        // Where bridges are filtered, what a container sends to its own port comes
                        // back by the port of the bridge that it came by.
                        + "ip link set v-%s-%s type bridge_slave hairpin on;"
                                .formatted(name, ifname)
                        + "%s addr add 10.1.0.%d/24 dev %s;".formatted(inside, last, ifname)
                        + "%s addr add fd00:1::%x/64 dev %s nodad;".formatted(inside, last, ifname)
                        + "%s link set %s up".formatted(inside, ifname));
    }

    /**
     * Port mappings: {@code 8080,80,tcp} or {@code 8080,80,tcp,10.1.0.1} each, as podman and
     * cnitool write them.
     */
    static ObjectNode mapping(ObjectNode configuration, String... mappings) {
        StringBuilder list = new StringBuilder();
        for (String each : mappings) {
            String[] parts = each.split(",");
            list.append(list.isEmpty() ? "" : ",")
                    .append("{'hostPort':%s,'containerPort':%s".formatted(parts[0], parts[1]))
                    .append(",'protocol':'%s'".formatted(parts[2]))
                    .append(parts.length > 3 ? ",'hostIP':'%s'}".formatted(parts[3]) : "}");
        }
        return Conf.with(configuration, "{'runtimeConfig':{'portMappings':[" + list + "]}}");
    }

    /** The configuration with 8080 to 80. */
    static ObjectNode web() {
        return mapping(CONF, WEB);
    }

    /** The configuration behind what {@link #attach} made; both IP versions. */
    static ObjectNode behind(ObjectNode conf, Container container, String ifname, int last) {
        String v6 = "{'version':'6','address':'fd00:1::%x/64','interface':1}".formatted(last);
        return behind(conf, container, ifname, v4(last) + "," + v6);
    }

    /** As {@link #behind}, for IPv4 alone. */
    static ObjectNode behindV4(ObjectNode conf, Container container, int last) {
        return behind(conf, container, "eth0", v4(last));
    }

    private static String v4(int last) {
        return "{'version':'4','address':'10.1.0.%d/24','interface':1}".formatted(last);
    }

    private static ObjectNode behind(
            ObjectNode conf, Container container, String ifname, String ips) {
        return Conf.with(
                conf,
                "{'prevResult':{'cniVersion':'%s','interfaces':[{'name':'cni0'},"
                                .formatted(conf.path("cniVersion").asText())
                        + "{'name':'%s','sandbox':'%s'}],'ips':[%s]}}"
                                .formatted(ifname, container.netns(), ips));
    }

    /** A call behind what {@link #attach} made. */
    CniCall call(ObjectNode conf, Container container, int last) {
        return plain(behind(conf, container, "eth0", last)).container(container);
    }

    /** A call without a container. */
    CniCall plain(ObjectNode configuration) {
        return host.cni(bin, "portmap").stdin(configuration);
    }

    /** A call of Debian's reference plugin. */
    CniCall reference(ObjectNode conf, Container container, int last) {
        return host.cni(Path.of("/usr/lib/cni"), "portmap")
                .stdin(behind(conf, container, "eth0", last))
                .container(container);
    }

    /** Has a container answer with its name and whom it sees, over TCP and UDP of both versions. */
    void serve(Container container, int port) {
        String answer = "SYSTEM:echo " + container.name() + " $SOCAT_PEERADDR";
        for (String listen :
                List.of("TCP4-LISTEN", "TCP6-LISTEN", "UDP4-RECVFROM", "UDP6-RECVFROM")) {
            String only = listen.contains("6") ? ",ipv6only=1" : "";
            container.start("socat", listen + ":" + port + ",fork,reuseaddr" + only, answer);
        }
        Await.until(
                "the servers",
                () ->
                        container
                                        .ok("ss", "-lntuH")
                                        .lines()
                                        .filter(l -> l.contains(":" + port + " "))
                                        .count()
                                == 4);
    }

    /** Where a client is: {@code host::command} or {@code container::command}. */
    @FunctionalInterface
    interface Place {
        Command command(String... words);
    }

    Place here() {
        return host::command;
    }

    /** What is answered at an address and a port, "c1 10.1.0.1"; empty if nothing is. */
    String ask(Place from, String address, int port) {
        String target = target("TCP", address, port) + ",connect-timeout=1";
        return from.command("timeout", "3", "socat", "-u", target, "STDOUT").run().stdout().strip();
    }

    /** As {@link #ask}, over UDP; {@code options} are socat's. */
    String askUdp(Place from, String address, int port, String options) {
        String target = target("UDP", address, port) + options;
        return from.command("timeout", "3", "socat", "-t1", "-T1", "-", target)
                .stdin("x")
                .run()
                .stdout()
                .strip();
    }

    private static String target(String protocol, String address, int port) {
        return address.contains(":")
                ? protocol + "6:[" + address + "]:" + port
                : protocol + "4:" + address + ":" + port;
    }

    /** Asks until there is an answer: neighbours have to be found first. */
    String answer(Place from, String address, int port) {
        return Await.until(
                "an answer at " + address + " port " + port,
                () -> ask(from, address, port),
                answer -> !answer.isEmpty());
    }

    /** An address as socat tells it in SOCAT_PEERADDR. */
    static String peer(String address) {
        return switch (address) {
            case "fd00:1::1" -> "[fd00:0001:0000:0000:0000:0000:0000:0001]";
            case "2001:db8::2" -> "[2001:0db8:0000:0000:0000:0000:0000:0002]";
            default -> address;
        };
    }

    String ruleset() {
        return host.ok("nft", "list", "ruleset");
    }

    /** The elements of a map of ours, as nft lists them. */
    JsonNode elements(String map) {
        JsonNode listed = host.json("nft", "-j", "list", "map", "inet", "pontoon", map);
        return listed.path("nftables").path(1).path("map").path("elem");
    }

    String localnet() {
        return host.ok("cat", "/proc/sys/net/ipv4/conf/cni0/route_localnet").strip();
    }

    String remembered() {
        return host.ok("cat", "/proc/net/nf_conntrack");
    }
}
