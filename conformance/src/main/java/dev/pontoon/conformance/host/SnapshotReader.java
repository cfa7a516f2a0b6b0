package dev.pontoon.conformance.host;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads what {@code snapshot.sh} prints. */
final class SnapshotReader {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Pattern PART = Pattern.compile("(?m)^@@@ ");

    /** The parts of one {@code ip -batch}, in the order of its questions. */
    private static final List<String> IP4 =
            List.of("link", "address", "route", "rule", "neighbour", "proxy");

    private static final List<String> IP6 = List.of("rule6");

    private static final Set<String> VOLATILE =
            Set.of(
                    "handle",
                    "ifindex",
                    "link_index",
                    "link_netnsid",
                    "operstate",
                    "expires",
                    "used",
                    "age",
                    "refcnt",
                    "packets",
                    "bytes",
                    "drops",
                    "overlimits",
                    "requeues",
                    "backlog",
                    "qlen",
                    "valid_life_time",
                    "preferred_life_time",
                    "bridge_id",
                    "root_id",
                    "id",
                    "no",
                    "designated_bridge",
                    "designated_root",
                    "designated_port",
                    "state",
                    "hello_timer",
                    "tcn_timer",
                    "topology_change_timer",
                    "gc_timer",
                    "message_age_timer",
                    "forward_delay_timer",
                    "hold_timer",
                    "root_port",
                    "root_path_cost",
                    "topology_change",
                    "topology_change_detected",
                    "topology_change_ack",
                    "config_pending",
                    "tentative",
                    "dadfailed",
                    "last",
                    "index",
                    "metainfo");

    private static final Set<String> VOLATILE_FLAGS =
            Set.of("LOWER_UP", "NO-CARRIER", "M-DOWN", "linkdown", "dead");

    /** The kernel's own link-local address, made from the MAC address. */
    private static final Pattern KERNEL_LINK_LOCAL = Pattern.compile("fe80:.*ff:fe.*");

    /** These tell how the kernel fared, not how it was set up. */
    private static final Pattern VOLATILE_SYSCTL =
            Pattern.compile(".*/(tcp_fastopen_key|ipfrag_secret_interval|netdev_rss_key|flush)");

    private final TreeMap<String, String> things = new TreeMap<>();

    private SnapshotReader() {}

    static Snapshot read(Output output) {
        if (output.exit() != 0) {
            throw new HarnessFault("take a snapshot: " + output.err() + output.out());
        }
        var reader = new SnapshotReader();
        for (String part : PART.split(output.out())) {
            int end = part.indexOf('\n');
            if (end > 0) {
                reader.part(part.substring(0, end), part.substring(end + 1));
            }
        }
        return new Snapshot(reader.things);
    }

    private void part(String title, String body) {
        String kind = title.split(" ", 2)[0];
        switch (kind) {
            case "ip4" -> batch(IP4, body);
            case "ip6" -> batch(IP6, body);
            case "vlan" -> each(body, node -> vlan(node));
            case "qdisc" -> each(body, node -> trafficControl("qdisc", node));
            case "class" -> classes(title.strip(), body);
            case "filter" -> each(body, node -> trafficControl(title.strip(), node));
            case "nft" -> {
                for (JsonNode answer : answers(body)) {
                    answer.path("nftables").forEach(this::nft);
                }
            }
            case "iptables" -> body.lines().forEach(line -> iptables(title, line));
            case "sysctl" -> body.lines().forEach(this::sysctl);
            default -> throw new HarnessFault("snapshot.sh printed a part " + title);
        }
    }

    private void batch(List<String> kinds, String body) {
        List<JsonNode> answers = answers(body);
        if (answers.size() != kinds.size()) {
            throw new HarnessFault("ip -batch answered " + answers.size() + " times: " + body);
        }
        for (int index = 0; index < kinds.size(); index++) {
            String kind = kinds.get(index);
            answers.get(index).forEach(node -> object(kind, node));
        }
    }

    private static List<JsonNode> answers(String body) {
        List<JsonNode> answers = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(body)) {
            while (parser.nextToken() != null) {
                answers.add(parser.readValueAsTree());
            }
            return answers;
        } catch (IOException e) {
            throw new HarnessFault("read a tool's JSON: " + e.getMessage() + ": " + body, e);
        }
    }

    private static void each(String body, java.util.function.Consumer<JsonNode> reader) {
        for (JsonNode answer : answers(body)) {
            answer.forEach(reader);
        }
    }

    private void object(String kind, JsonNode node) {
        switch (kind) {
            case "link" -> thing("link " + text(node, "ifname"), node);
            case "address" ->
                    node.path("addr_info").forEach(info -> address(text(node, "ifname"), info));
            case "route" -> route(node);
            case "rule", "rule6" -> thing(kind + " " + canonical(node), JSON.createObjectNode());
            case "neighbour", "proxy" ->
                    thing(kind + " " + text(node, "dev") + " " + text(node, "dst"), node);
            default -> throw new HarnessFault("no reader for " + kind);
        }
    }

    private void address(String device, JsonNode info) {
        String local = text(info, "local");
        if (!KERNEL_LINK_LOCAL.matcher(local).matches()) {
            thing("address " + device + " " + local + "/" + text(info, "prefixlen"), info);
        }
    }

    private void route(JsonNode node) {
        String destination = text(node, "dst");
        String table = node.path("table").asText("main");
        boolean kernel6 = text(node, "protocol").equals("kernel") && node.has("pref");
        // These come and go with carrier and duplicate address detection; the address is a thing.
        if (kernel6
                && (table.equals("local")
                        || destination.startsWith("fe80:")
                        || destination.startsWith("ff00:")
                        || text(node, "type").equals("multicast"))) {
            return;
        }
        String device = node.has("dev") ? " dev " + text(node, "dev") : "";
        String type = node.path("type").asText("unicast");
        thing("route " + table + " " + type + " " + destination + device, node);
    }

    private void vlan(JsonNode node) {
        node.path("vlans")
                .forEach(vlan ->
                        thing("vlan " + text(node, "ifname") + " " + text(vlan, "vlan"), vlan));
    }

    private void trafficControl(String prefix, JsonNode node) {
        // The kernel gives every link one of these by itself.
        if (!prefix.equals("qdisc") || !Set.of("noqueue", "noop").contains(text(node, "kind"))) {
            String device = node.has("dev") ? " " + text(node, "dev") : "";
            thing(prefix + device + " " + text(node, "kind"), node);
        }
    }

    /** Some versions of tc print classes as text even if asked for JSON. */
    private void classes(String title, String body) {
        if (body.isBlank() || body.strip().startsWith("[")) {
            each(body, node -> trafficControl(title, node));
        } else {
            lines(body)
                    .filter(line -> !line.isBlank())
                    .forEach(line -> put(title + " " + line, ""));
        }
    }

    private void nft(JsonNode node) {
        node.properties()
                .forEach(entry -> {
                    if (!entry.getKey().equals("metainfo")) {
                        nft(entry.getKey(), entry.getValue());
                    }
                });
    }

    private void nft(String kind, JsonNode object) {
        String where =
                "nft "
                        + kind
                        + " "
                        + text(object, "family")
                        + " "
                        + text(object, kind.equals("table") ? "name" : "table");
        switch (kind) {
            case "table" -> thing(where, JSON.createObjectNode());
            case "rule" ->
                    thing(
                            where + " " + text(object, "chain") + " " + canonical(object),
                            JSON.createObjectNode());
            case "set", "map" -> {
                ObjectNode itself = object.deepCopy();
                itself.remove("elem");
                String name = where + " " + text(object, "name");
                thing(name, itself);
                object.path("elem")
                        .forEach(element ->
                                thing(
                                        name + " element " + canonical(element),
                                        JSON.createObjectNode()));
            }
            default -> thing(where + " " + text(object, "name"), object);
        }
    }

    private void iptables(String title, String line) {
        String rule = line.replaceAll("\\[\\d+:\\d+\\]", "").strip();
        if (!rule.isEmpty() && !rule.startsWith("#") && !rule.equals("COMMIT")) {
            put(title + " " + rule, "");
        }
    }

    /** Reads {@code /proc/sys/net/ipv4/ip_forward:0}. */
    private void sysctl(String line) {
        int colon = line.indexOf(':');
        if (colon > 0 && !VOLATILE_SYSCTL.matcher(line.substring(0, colon)).matches()) {
            put(
                    "sysctl " + line.substring("/proc/sys/".length(), colon),
                    line.substring(colon + 1));
        }
    }

    private static Stream<String> lines(String body) {
        return body.lines().filter(line -> !line.isEmpty());
    }

    private void thing(String name, JsonNode properties) {
        put(name, canonical(properties));
    }

    private void put(String name, String value) {
        String unique = name;
        for (int count = 2; things.containsKey(unique); count++) {
            unique = name + " (" + count + ")";
        }
        things.put(unique, value);
    }

    private static String text(JsonNode node, String name) {
        return node.path(name).asText("");
    }

    /** JSON text with sorted keys and without what changes by itself. */
    private static String canonical(JsonNode node) {
        try {
            JsonNode settled = settled(node);
            return settled.isObject() && settled.isEmpty() ? "" : JSON.writeValueAsString(settled);
        } catch (JsonProcessingException e) {
            throw new HarnessFault("write JSON", e);
        }
    }

    private static JsonNode settled(JsonNode node) {
        if (node.isObject()) {
            var sorted = new TreeMap<String, JsonNode>();
            node.properties().stream()
                    .filter(entry -> !VOLATILE.contains(entry.getKey()))
                    .forEach(entry -> sorted.put(entry.getKey(), settled(entry.getValue())));
            ObjectNode object = JSON.createObjectNode();
            sorted.forEach(object::set);
            return object;
        }
        if (node.isArray()) {
            ArrayNode array = JSON.createArrayNode();
            node.forEach(element -> {
                if (!VOLATILE_FLAGS.contains(element.asText())) {
                    array.add(settled(element));
                }
            });
            return array;
        }
        return node;
    }
}
