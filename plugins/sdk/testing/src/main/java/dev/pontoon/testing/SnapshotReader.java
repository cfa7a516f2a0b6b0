package dev.pontoon.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Runs {@code snapshot.sh} and reads each of its parts, dropping what changes by itself. */
final class SnapshotReader {

    static final List<String> COMMAND =
            List.of("sh", "-c", Holder.Resource.text("snapshot.sh"), "snapshot");

    private static final Pattern PART = Pattern.compile("\n@@@ ");

    /** The kernel decides about these when carrier comes and goes, or duplicates are looked for. */
    private static final Set<String> VOLATILE_FLAGS =
            Set.of("LOWER_UP", "NO-CARRIER", "M-DOWN", "linkdown", "dead", "tentative");

    private static final Pattern VOLATILE_LINK =
            Pattern.compile(
                    "ifindex|link_index|link_netnsid|operstate|.*_timer"
                            + "|linkinfo\\.info_data\\.(bridge_id|root_.*|topology_change.*)"
                            + "|linkinfo\\.info_slave_data\\.(state|id|no|designated_.*|bridge_id|root_id"
                            + "|topology_change_ack|config_pending)");

    private static final Pattern VOLATILE_ADDRESS =
            Pattern.compile("family|local|prefixlen|.*_life_time|tentative|dadfailed|optimistic");

    /** The kernel's own link-local address, made from the MAC address. */
    private static final Pattern KERNEL_LINK_LOCAL = Pattern.compile("fe80:.*ff:fe.*");

    private static final Pattern VOLATILE_ROUTE = Pattern.compile("dst|dev|table|expires|used|age");

    private static final Pattern VOLATILE_TC =
            Pattern.compile(" refcnt \\d+| (?:8[0-9a-f]{3}|0):(?= )|(?:sent|backlog) .*");

    private final Snapshot.Builder found = new Snapshot.Builder();

    private SnapshotReader() {}

    static Snapshot read(Command command) {
        Output output = command.run();
        var reader = new SnapshotReader();
        for (String part : PART.splitAsStream(output.ok()).toList()) {
            int end = part.indexOf('\n');
            if (end > 0) {
                reader.part(part.substring(0, end), part.substring(end + 1), output);
            }
        }
        return reader.found.build();
    }

    private void part(String title, String body, Output output) {
        int space = title.indexOf(' ');
        String kind = space < 0 ? title : title.substring(0, space);
        String rest = space < 0 ? "" : title.substring(space + 1).strip();
        switch (kind) {
            case "nft" -> NftText.read(body, found);
            case "iptables" -> iptables(rest, body);
            case "sysctl" -> body.lines().forEach(this::sysctl);
            case "tc" -> trafficControl("tc", body);
            case "tc-of" -> trafficControl("tc " + rest, body);
            default -> {
                if (!body.isBlank()) {
                    Json.read(body, output::transcript).forEach(node -> object(kind, node));
                }
            }
        }
    }

    private void object(String kind, JsonNode node) {
        switch (kind) {
            case "link" -> link(node);
            case "addr" ->
                    node.path("addr_info").forEach(info -> address(text(node, "ifname"), info));
            case "route" -> route(node);
            case "rule4", "rule6" -> found.thing(kind + " " + flat(node), Map.of());
            case "neigh" -> neighbour("neigh ", node);
            case "proxy" -> neighbour("neigh-proxy ", node);
            case "vlan" -> node.path("vlans").forEach(vlan -> vlan(text(node, "ifname"), vlan));
            default -> throw new IllegalStateException("snapshot.sh printed a part " + kind);
        }
    }

    private void link(JsonNode node) {
        // An interface without any property left would go unseen.
        var properties = flat(node);
        properties.keySet().removeIf(name -> VOLATILE_LINK.matcher(name).matches());
        found.thing("link " + properties.remove("ifname"), properties);
    }

    private void address(String device, JsonNode info) {
        String local = text(info, "local");
        if (text(info, "scope").equals("link") && KERNEL_LINK_LOCAL.matcher(local).matches()) {
            return;
        }
        var properties = flat(info);
        boolean forEver = info.path("valid_life_time").asLong() == 4294967295L;
        properties.put("lifetime", forEver ? "forever" : "limited");
        properties.keySet().removeIf(name -> VOLATILE_ADDRESS.matcher(name).matches());
        found.thing("addr " + device + " " + local + "/" + text(info, "prefixlen"), properties);
    }

    private void route(JsonNode node) {
        String destination = text(node, "dst");
        String table = node.path("table").asText("main");
        String type = node.path("type").asText("unicast");
        boolean kernel6 = text(node, "protocol").equals("kernel") && node.has("pref");
        // These come and go with carrier and duplicate address detection; the address shows as
        // addr.
        if (kernel6 && (table.equals("local") || destination.equals("fe80::/64"))) {
            return;
        }
        var properties = flat(node);
        properties.keySet().removeIf(name -> VOLATILE_ROUTE.matcher(name).matches());
        String device = node.has("dev") ? " dev " + text(node, "dev") : "";
        found.thing("route " + table + " " + type + " " + destination + device, properties);
    }

    private void neighbour(String section, JsonNode node) {
        var properties = flat(node);
        properties.keySet().removeAll(Set.of("dst", "dev"));
        found.thing(section + text(node, "dev") + " " + text(node, "dst"), properties);
    }

    private void vlan(String device, JsonNode node) {
        found.thing("vlan " + device + " " + text(node, "vlan"), flat(node));
    }

    /** One property per leaf, named by its path. */
    private static Map<String, String> flat(JsonNode node) {
        var properties = new TreeMap<String, String>();
        flatten("", node, properties);
        return properties;
    }

    private static void flatten(String path, JsonNode node, Map<String, String> properties) {
        if (node.isObject()) {
            node.properties()
                    .forEach(field ->
                            flatten(join(path, field.getKey()), field.getValue(), properties));
        } else if (node.isArray() && node.path(0).isObject()) {
            for (int index = 0; index < node.size(); index++) {
                flatten(join(path, Integer.toString(index)), node.path(index), properties);
            }
        } else if (node.isArray()) {
            properties.put(path, flags(node));
        } else {
            properties.put(path, node.asText());
        }
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static String flags(JsonNode array) {
        return array.valueStream()
                .map(JsonNode::asText)
                .filter(flag -> !VOLATILE_FLAGS.contains(flag))
                .sorted()
                .reduce((a, b) -> a + "," + b)
                .orElse("");
    }

    private static String text(JsonNode node, String name) {
        return node.path(name).asText("");
    }

    private void trafficControl(String prefix, String body) {
        // tc continues an entry on indented lines.
        String joined = body.replaceAll("\n\\s+", " ");
        joined.lines()
                .filter(line -> !line.isBlank())
                .map(line -> VOLATILE_TC.matcher(line).replaceAll("").strip())
                .forEach(line -> found.thing(prefix + " " + line, Map.of()));
    }

    private void iptables(String family, String body) {
        String table = "";
        for (String line : body.lines().toList()) {
            String rule = line.replaceAll("\\[\\d+:\\d+\\]", "").strip();
            if (rule.startsWith("*")) {
                table = rule.substring(1);
            } else if (!rule.isEmpty() && !rule.startsWith("#") && !rule.equals("COMMIT")) {
                found.thing("iptables " + family + " " + table + " " + rule, Map.of());
            }
        }
    }

    /** Reads {@code /proc/sys/net/ipv4/conf/eth0/forwarding:0}. */
    private void sysctl(String line) {
        int colon = line.indexOf(':');
        if (colon < 0) {
            return;
        }
        String path = line.substring("/proc/sys/".length(), colon);
        String value = line.substring(colon + 1);
        int slash = path.lastIndexOf('/');
        // The many of one interface are one thing, so that a new interface is one line of
        // difference.
        if (path.matches("net/ipv[46]/(conf|neigh)/.*")) {
            found.property("sysctl " + path.substring(0, slash), path.substring(slash + 1), value);
        } else {
            found.property("sysctl " + path, "value", value);
        }
    }
}
