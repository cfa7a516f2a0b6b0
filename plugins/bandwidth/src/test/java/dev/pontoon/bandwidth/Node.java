package dev.pontoon.bandwidth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.ColdJava;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.Host;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A host with the plugin, and with veth pairs as an earlier plugin of the chain would make them.
 * With {@code -Dpontoon.dist} the packaged plugin is tested, else the classes of this module.
 */
final class Node {
    static final ObjectNode CONF = Conf.of("{'cniVersion':'1.1.0','name':'n1','type':'bandwidth'}");

    static final String INGRESS = "'ingressRate':8000000,'ingressBurst':800000";
    static final String EGRESS = "'egressRate':16000000,'egressBurst':3200000";

    /** 1 MB/s towards the container, 2 MB/s from it. */
    static final ObjectNode BOTH = Conf.with(CONF, "{" + INGRESS + "," + EGRESS + "}");

    private final Host host;
    private final Path bin;

    Node(Host host) {
        this.host = host;
        this.bin = host.temp().resolve("bin");
        ColdJava.install(host, bin, "bandwidth", BandwidthMain.class);
    }

    /**
     * Makes a container's interface, whose host's end is {@code v-CONTAINER-IFNAME}, in the subnet
     * {@code 10.SUBNET.0.0/24}: the host has .1, the container .2.
     */
    void attach(Container container, String ifname, int subnet) {
        String veth = veth(container, ifname);
        String inside = "ip -n " + container.name();
        host.sh(
                "ip link add %s type veth peer name %s netns %s;"
                                .formatted(veth, ifname, container.name())
                        + "ip addr add 10.%d.0.1/24 dev %s; ip link set %s up;"
                                .formatted(subnet, veth, veth)
                        + "%s addr add 10.%d.0.2/24 dev %s; %s link set %s up"
                                .formatted(inside, subnet, ifname, inside, ifname));
    }

    static String veth(Container container, String ifname) {
        return "v-" + container.name() + "-" + ifname;
    }

    /** The configuration behind what {@link #attach} made. */
    static ObjectNode behind(ObjectNode configuration, Container container, String ifname) {
        return Conf.with(
                configuration,
                "{'prevResult':{'cniVersion':'%s','interfaces':[{'name':'%s'},"
                                .formatted(
                                        configuration.path("cniVersion").asText(),
                                        veth(container, ifname))
                        + "{'name':'%s','sandbox':'%s'}],'ips':[{'version':'4',"
                                .formatted(ifname, container.netns())
                        + "'address':'10.1.0.2/24','interface':1}]}}");
    }

    /** A call for an interface, behind what {@link #attach} made. */
    CniCall call(ObjectNode configuration, Container container, String ifname) {
        return plain(behind(configuration, container, ifname)).container(container).ifname(ifname);
    }

    /** A call without a container. */
    CniCall plain(ObjectNode configuration) {
        return host.cni(bin, "bandwidth").stdin(configuration);
    }

    /** As {@link #call}, of Debian's reference plugin. */
    CniCall reference(ObjectNode configuration, Container container, String ifname) {
        return host.cni(Path.of("/usr/lib/cni"), "bandwidth")
                .stdin(behind(configuration, container, ifname))
                .container(container)
                .ifname(ifname);
    }

    /** What somebody made of a link's qdiscs, as tc lists it. */
    List<JsonNode> qdiscs(String link) {
        List<JsonNode> made = new ArrayList<>();
        for (JsonNode each : host.json("tc", "-j", "qdisc", "show", "dev", link)) {
            if (!each.path("handle").asText().equals("0:")) {
                made.add(each);
            }
        }
        return made;
    }

    /** A tbf as "rate burst latency" in bytes and microseconds; empty if the root is none. */
    String limit(String link) {
        for (JsonNode each : qdiscs(link)) {
            if (each.path("kind").asText().equals("tbf") && each.path("root").asBoolean()) {
                JsonNode options = each.path("options");
                return options.path("rate").asText()
                        + " "
                        + options.path("burst").asText()
                        + " "
                        + options.path("lat").asText();
            }
        }
        return "";
    }

    /** The filters of what a link takes in, as tc lists them. */
    String filters(String link) {
        return host.ok("tc", "filter", "show", "dev", link, "ingress");
    }

    List<String> ifbs() {
        return host.json("ip", "-j", "link", "show", "type", "ifb").findValuesAsText("ifname");
    }

    /** The name of the one ifb that there is. */
    String ifb() {
        List<String> all = ifbs();
        if (all.size() != 1) {
            throw new AssertionError("expected one ifb, not " + all);
        }
        return all.getFirst();
    }
}
