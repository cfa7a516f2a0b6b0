package dev.pontoon.conformance.suite;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.conformance.lab.Attachment;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an ADD reported, read the same way for every version of the result.
 *
 * @param result as the plugin printed it
 */
record Reported(JsonNode result) {

    /** No index into the interfaces: it is for the one interface there is. */
    private static final int UNSAID = -1;

    /**
     * An address.
     *
     * @param cidr with its prefix length, as printed
     * @param gateway empty when there is none
     * @param link index of its interface; negative when the result does not say
     */
    record Ip(String cidr, String gateway, int link) {

        /** Without the prefix length. */
        String host() {
            return cidr.replaceAll("/.*", "");
        }

        boolean isIpv6() {
            return cidr.contains(":");
        }

        /** As the kernel writes it. */
        String canonical() {
            int slash = cidr.indexOf('/');
            return slash < 0
                    ? cidr
                    : Reported.canonical(cidr.substring(0, slash)) + cidr.substring(slash);
        }
    }

    /**
     * A route.
     *
     * @param destination as printed
     * @param gateway empty when there is none
     */
    record Route(String destination, String gateway) {

        /** As {@code ip route} writes it. */
        String shown() {
            return destination.equals("0.0.0.0/0") || destination.equals("::/0")
                    ? "default"
                    : destination;
        }

        boolean isIpv6() {
            return destination.contains(":");
        }
    }

    static Reported of(Attachment attachment) {
        return new Reported(attachment.result());
    }

    private static String canonical(String address) {
        if (!address.contains(":")) {
            return address;
        }
        try {
            String groups = InetAddress.ofLiteral(address).getHostAddress();
            // The kernel leaves a run of zero groups out, as RFC 5952 has it.
            return groups.replaceFirst("(^|:)0(:0)+(:|$)", "::").replaceAll(":::+", "::");
        } catch (IllegalArgumentException _) {
            return address;
        }
    }

    /** All addresses. */
    List<Ip> ips() {
        List<Ip> ips = new ArrayList<>();
        for (JsonNode node : result.path("ips")) {
            ips.add(
                    new Ip(
                            text(node, "address"),
                            text(node, "gateway"),
                            node.path("interface").asInt(UNSAID)));
        }
        for (String family : List.of("ip4", "ip6")) {
            JsonNode node = result.path(family);
            if (node.has("ip")) {
                ips.add(new Ip(text(node, "ip"), text(node, "gateway"), UNSAID));
            }
        }
        return ips;
    }

    /**
     * The addresses of a container's interface; those that belong to no particular one are its own
     * too.
     */
    List<Ip> ips(String ifname) {
        return ips().stream().filter(ip -> ip.link() < 0 || isInside(ip.link(), ifname)).toList();
    }

    private boolean isInside(int index, String ifname) {
        JsonNode link = result.path("interfaces").path(index);
        return text(link, "name").equals(ifname) && !text(link, "sandbox").isEmpty();
    }

    /** All routes. */
    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        addRoutes(routes, result.path("routes"));
        addRoutes(routes, result.path("ip4").path("routes"));
        addRoutes(routes, result.path("ip6").path("routes"));
        return routes;
    }

    private static void addRoutes(List<Route> routes, JsonNode list) {
        list.forEach(node -> routes.add(new Route(text(node, "dst"), text(node, "gw"))));
    }

    /** All interfaces; none before 0.3.0. */
    List<JsonNode> interfaces() {
        List<JsonNode> found = new ArrayList<>();
        result.path("interfaces").forEach(found::add);
        return found;
    }

    /** The interface of that name inside the container, if the result lists it. */
    Optional<JsonNode> inside(String ifname) {
        return interfaces().stream()
                .filter(link ->
                        text(link, "name").equals(ifname) && !text(link, "sandbox").isEmpty())
                .findFirst();
    }

    private static String text(JsonNode node, String key) {
        return node.path(key).asText("");
    }
}
