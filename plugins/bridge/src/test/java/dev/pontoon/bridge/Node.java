package dev.pontoon.bridge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.CniCall;
import dev.pontoon.testing.ColdJava;
import dev.pontoon.testing.Command;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Container;
import dev.pontoon.testing.GivenIpam;
import dev.pontoon.testing.Host;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * A host with the plugin, and with an IPAM plugin that gives what the test tells it to. With {@code
 * -Dpontoon.dist} the packaged plugin is tested, else the classes of this module.
 */
final class Node {
    /** A network of links alone. */
    static final ObjectNode L2 =
            Conf.of("{'cniVersion':'1.1.0','name':'n1','type':'bridge','bridge':'br1'}");

    /** A network with addresses. */
    static final ObjectNode L3 = Conf.with(L2, "{'ipam':{'type':'given'}}");

    /** What the IPAM plugin gives unless told otherwise. */
    static final String ONE_ADDRESS = "{'ips':[{'address':'10.9.0.2/24'}]}";

    private final Host host;
    private final Path bin;
    private final GivenIpam ipam;

    Node(Host host) {
        this.host = host;
        this.bin = host.temp().resolve("bin");
        ColdJava.install(host, bin, "bridge", BridgeMain.class);
        this.ipam = new GivenIpam(host, bin);
        gives(ONE_ADDRESS);
    }

    Host host() {
        return host;
    }

    /** What the IPAM plugin answers to every ADD from now on. */
    void gives(String result) {
        ipam.gives(result);
    }

    /** What it answers to the ADD of one interface. */
    void gives(Container container, String ifname, String result) {
        ipam.gives(container, ifname, result);
    }

    /** From now on the IPAM plugin answers that command with an error. */
    void ipamFails(String command, int code) {
        ipam.fails(command, code);
    }

    /** It does what it is asked again. */
    void ipamMends(String command) {
        ipam.mends(command);
    }

    /** What the IPAM plugin was asked so far: {@code ADD c1 eth0}. */
    List<String> ipamCalls() {
        return ipam.calls();
    }

    /** The configuration that the IPAM plugin was given last. */
    String ipamInput() {
        return ipam.input();
    }

    /** A call of the plugin without a container. */
    CniCall call(ObjectNode configuration) {
        return host.cni(bin, "bridge").stdin(configuration);
    }

    /** A call of the plugin for that container's {@code eth0}. */
    CniCall call(Container container, ObjectNode configuration) {
        return call(configuration).container(container);
    }

    /** The link as {@code ip -d} shows it. */
    JsonNode link(String name) {
        return link(host::command, name);
    }

    /** The container's link as {@code ip -d} shows it. */
    static JsonNode link(Container container, String name) {
        return link(container::command, name);
    }

    private static JsonNode link(Function<List<String>, Command> place, String name) {
        var words = List.of("ip", "-j", "-d", "link", "show", "dev", name);
        return place.apply(words).json().path(0);
    }

    boolean hasLink(String name) {
        return links().contains(name);
    }

    /** The names of all links of the host. */
    List<String> links() {
        return host.json("ip", "-j", "link").findValuesAsText("ifname");
    }

    /** The ports of a bridge. */
    List<String> ports(String bridge) {
        return host.json("ip", "-j", "link", "show", "master", bridge).findValuesAsText("ifname");
    }

    /** A link's addresses but those the kernel gives, as {@code 10.9.0.1/24}. */
    List<String> addresses(String link) {
        return host.addresses(link);
    }

    /** The whole ruleset as nft prints it. */
    String ruleset() {
        return host.ok("nft", "list", "ruleset");
    }
}
