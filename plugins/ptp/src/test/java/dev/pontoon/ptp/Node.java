package dev.pontoon.ptp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.CniResult;
import dev.pontoon.testing.ColdJava;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.GivenIpam;
import dev.pontoon.testing.Host;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A host with the plugin, and with an IPAM plugin that gives what the test tells it to. With {@code
 * -Dpontoon.dist} the packaged plugin is tested, else the classes of this module.
 */
final class Node {
    static final ObjectNode CONF =
            Conf.of("{'cniVersion':'1.1.0','name':'n1','type':'ptp','ipam':{'type':'given'}}");

    static final String V4 =
            "{'ips':[{'address':'10.1.2.2/24','gateway':'10.1.2.1'}],"
                    + "'routes':[{'dst':'0.0.0.0/0'}]}";

    /** What the IPAM plugin gives unless told otherwise. */
    static final String DUAL =
            "{'ips':[{'address':'10.1.2.2/24','gateway':'10.1.2.1'},"
                    + "{'address':'fd00:12::2/64','gateway':'fd00:12::1'}],"
                    + "'routes':[{'dst':'0.0.0.0/0'},{'dst':'::/0'}]}";

    private final Host host;
    private final Path bin;
    private final GivenIpam ipam;

    Node(Host host) {
        this.host = host;
        this.bin = host.temp().resolve("bin");
        ColdJava.install(host, bin, "ptp", PtpMain.class);
        this.ipam = new GivenIpam(host, bin);
        ipam.gives(DUAL);
    }

    GivenIpam ipam() {
        return ipam;
    }

    /** Where the plugins are. */
    Path bin() {
        return bin;
    }

    /** A call of the plugin without a container. */
    CniCall call(ObjectNode configuration) {
        return host.cni(bin, "ptp").stdin(configuration);
    }

    /** A call of the plugin for that container's {@code eth0}. */
    CniCall call(Container container, ObjectNode configuration) {
        return call(configuration).container(container);
    }

    /**
     * A container that the IPAM plugin gives an address of each family that ends in that number.
     */
    Container another(String name, int number) {
        Container container = host.container(name);
        String result =
                DUAL.replace("10.1.2.2/24", "10.1.2." + number + "/24")
                        .replace("fd00:12::2/64", "fd00:12::" + number + "/64");
        ipam.gives(container, "eth0", result);
        return container;
    }

    /** The name of the host's end, as a result tells it. */
    static String hostEnd(CniResult added) {
        return added.json().path("interfaces").path(0).path("name").asText();
    }

    /** The names of all links of the host but lo. */
    List<String> links() {
        List<String> links = host.json("ip", "-j", "link").findValuesAsText("ifname");
        links.remove("lo");
        return links;
    }

    /** The host's routes of both families. */
    List<String> routes() {
        List<String> routes = routes(host.json("ip", "-j", "route"));
        routes.addAll(routes(host.json("ip", "-j", "-6", "route")));
        return routes;
    }

    /** The container's routes of both families. */
    static List<String> routes(Container container) {
        List<String> routes = routes(container.json("ip", "-j", "route"));
        routes.addAll(routes(container.json("ip", "-j", "-6", "route")));
        return routes;
    }

    /** As {@code ip route} would say it, without what the kernel adds for link-local addresses. */
    private static List<String> routes(JsonNode shown) {
        List<String> routes = new ArrayList<>();
        for (JsonNode each : shown) {
            if (!each.path("dst").asText().equals("fe80::/64")) {
                routes.add(
                        each.path("dst").asText()
                                + word(each, "via", "gateway")
                                + word(each, "dev", "dev")
                                + word(each, "scope", "scope")
                                + word(each, "src", "prefsrc"));
            }
        }
        return routes;
    }

    private static String word(JsonNode route, String word, String key) {
        return route.has(key) ? " " + word + " " + route.path(key).asText() : "";
    }

    /** A link's addresses but those the kernel gives, as {@code 10.9.0.1/24}. */
    List<String> addresses(String link) {
        return host.addresses(link);
    }

    /** Whether the host gets an answer to one ping. */
    boolean pings(String address) {
        return host.run("ping", "-c1", "-W1", address).exit() == 0;
    }

    /** The whole ruleset as nft prints it. */
    String ruleset() {
        return host.ok("nft", "list", "ruleset");
    }

    /** Fails the test if anything of any attachment is still there. */
    void requireNothingLeft() {
        if (!links().isEmpty() || !routes().isEmpty() || !ruleset().isEmpty()) {
            throw new AssertionError("left: " + links() + " " + routes() + " " + ruleset());
        }
        List<String> ledger = host.list("/run/pontoon/ledger");
        if (!ledger.isEmpty()) {
            throw new AssertionError("left in the ledger: " + ledger);
        }
    }
}
