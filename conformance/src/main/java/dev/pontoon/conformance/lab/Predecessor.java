package dev.pontoon.conformance.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.CniVersion;
import java.util.List;

/**
 * Does for a chained plugin what the plugins before it would have done: a bridge on the host with
 * 10.88.0.1/24, and for each attachment a veth pair with the next address and a default route.
 */
final class Predecessor {

    private static final String BRIDGE = "ccbr0";
    private static final String PORT = "ccport";

    private final Host host;
    private int ports;

    Predecessor(Host host) {
        this.host = host;
    }

    /** Wires an attachment and returns the result that the plugin before would have printed. */
    JsonNode prepare(Container container, String ifname, CniVersion version) {
        if (ports == 0) {
            host.script(
                    "ip link add $1 type bridge; ip address add 10.88.0.1/24 dev $1; ip link set $1 up",
                    BRIDGE);
        }
        ports++;
        String port = PORT + ports;
        String address = "10.88.0." + (ports + 1) + "/24";
        host.script(
                "ip link add $1 type veth peer name ccpeer;"
                        + " ip link set $1 master $2 up;"
                        + " nsenter --net=\"$3\" ip link show $4 > /dev/null 2>&1 && exit 3;"
                        + " ip link set ccpeer netns \"$3\";"
                        + " nsenter --net=\"$3\" ip link set ccpeer name $4;"
                        + " nsenter --net=\"$3\" ip address add $5 dev $4;"
                        + " nsenter --net=\"$3\" ip link set $4 up;"
                        + " nsenter --net=\"$3\" ip route replace default via 10.88.0.1 dev $4",
                port,
                BRIDGE,
                container.netns(),
                ifname,
                address);
        return result(container, ifname, version, port, address);
    }

    private JsonNode result(
            Container container, String ifname, CniVersion version, String port, String address) {
        ObjectNode result = Results.ipam(version, address, "");
        ArrayNode interfaces = result.putArray("interfaces");
        interfaces.addObject().put("name", BRIDGE).put("mac", mac(BRIDGE));
        interfaces.addObject().put("name", port).put("mac", mac(port));
        interfaces
                .addObject()
                .put("name", ifname)
                .put("mac", macInside(container, ifname))
                .put("sandbox", container.netns());
        ((ObjectNode) result.path("ips").path(0)).put("interface", 2);
        return result;
    }

    private String mac(String link) {
        return host.read("/sys/class/net/" + link + "/address").strip();
    }

    private static String macInside(Container container, String ifname) {
        String text = container.enter(List.of("ip", "-o", "link", "show", "dev", ifname)).out();
        return text.replaceAll("(?s).*link/ether (\\S+).*", "$1");
    }

    /** Whether a thing of a snapshot is one that was made here. */
    boolean made(String thing) {
        return thing.contains(" " + BRIDGE) || thing.contains(" " + PORT);
    }

    /** Takes it all away again. */
    void remove() {
        if (ports > 0) {
            host.tool(
                    "sh",
                    "-c",
                    "for link in /sys/class/net/"
                            + PORT
                            + "*; do ip link del ${link##*/}; done; ip link del "
                            + BRIDGE);
        }
    }
}
