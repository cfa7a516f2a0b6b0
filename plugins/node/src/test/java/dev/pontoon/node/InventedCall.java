package dev.pontoon.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A call of a plugin as no sane runtime makes it: a valid one with a few things changed, which ones
 * a number decides. The same number always makes the same call.
 *
 * @param plugin whom it is for
 * @param variables the protocol variables
 * @param stdin the bytes that are to be a network configuration
 */
record InventedCall(String plugin, Map<String, String> variables, byte[] stdin) {

    /** Writes deeper documents than anybody should read. */
    private static final ObjectMapper JSON =
            new ObjectMapper(
                    JsonFactory.builder()
                            .streamWriteConstraints(
                                    StreamWriteConstraints.builder().maxNestingDepth(9999).build())
                            .build());

    private static final List<String> PLUGINS =
            List.of("bridge", "host-local", "static", "loopback");

    /** Mostly ADD, as it reads most; a DEL that is not refused costs the most. */
    private static final List<String> COMMANDS =
            List.of(
                    "ADD", "ADD", "ADD", "ADD", "ADD", "ADD", "ADD", "CHECK", "CHECK", "CHECK",
                    "STATUS", "VERSION", "DEL", "GC");

    private static final List<String> VERSIONS =
            List.of("1.1.0", "1.1.0", "1.1.0", "1.0.0", "0.4.0", "0.3.1", "0.2.0", "0.1.0");

    private static final String HOST_LOCAL =
            """
            {"type":"host-local","ranges":[[{"subnet":"10.77.0.0/24","rangeStart":"10.77.0.9",
             "rangeEnd":"10.77.0.99","gateway":"10.77.0.1"}],[{"subnet":"fd77::/64"}]],
             "routes":[{"dst":"0.0.0.0/0"},{"dst":"10.78.0.0/16","gw":"10.77.0.2","mtu":1400,
             "priority":7,"table":100,"scope":0,"advmss":1300}],"dataDir":"/var/lib/cni/networks"}
            """;
    private static final String OLD_HOST_LOCAL =
            """
            {"type":"host-local","subnet":"10.76.0.0/24","rangeStart":"10.76.0.4","gateway":"10.76.0.1"}
            """;
    private static final String STATIC =
            """
            {"type":"static","addresses":[{"address":"10.75.0.4/24","gateway":"10.75.0.1"},
             {"address":"fd75::4/64"}],"routes":[{"dst":"0.0.0.0/0","gw":"10.75.0.1"}],
             "dns":{"nameservers":["10.75.0.2"],"domain":"d","search":["s"],"options":["o"]}}
            """;
    private static final String BRIDGE_KEYS =
            """
            "bridge":"fuzz0","isGateway":true,"isDefaultGateway":true,"forceAddress":false,
            "ipMasq":true,"ipMasqBackend":"nftables","mtu":1400,"hairpinMode":true,
            "promiscMode":false,"vlan":0,"preserveDefaultVlan":false,
            "macspoofchk":true,"enabledad":false,"portIsolation":true,
            "disableContainerInterface":false,"removeUnusedBridge":true,"runDir":"/run/pontoon",
            """;
    private static final String PREVIOUS =
            """
            {"cniVersion":"1.1.0","interfaces":[{"name":"fuzz0","mac":"02:00:00:00:00:01"},
             {"name":"veth01","mac":"02:00:00:00:00:02","mtu":1400},
             {"name":"eth0","mac":"02:00:00:00:00:03","sandbox":"/run/netns/none"}],
             "ips":[{"address":"10.77.0.9/24","gateway":"10.77.0.1","interface":2}],
             "routes":[{"dst":"0.0.0.0/0","gw":"10.77.0.1"}],"dns":{"nameservers":["10.1.1.1"]}}
            """;
    private static final String SURROUNDINGS =
            """
            "args":{"cni":{"ips":["10.77.0.20"],"mac":"02:00:00:00:00:07"},"x":[1,{"y":null}]},
            "runtimeConfig":{"mac":"02:00:00:00:00:08","ips":["10.77.0.21"],
             "ipRanges":[[{"subnet":"10.74.0.0/24"}]],"portMappings":[]},
            "capabilities":{"mac":true,"ips":true},"dns":{"nameservers":["10.1.1.1"],"domain":"x"},
            "cni.dev/valid-attachments":[{"containerID":"c1","ifname":"eth0"}],"disableCheck":true,
            """;

    private static final List<String> TEXTS =
            List.of(
                    "",
                    " ",
                    "a",
                    ".",
                    "..",
                    "../../x",
                    "a/b",
                    "a:b",
                    "a\u0000b",
                    "\ud800",
                    "\ufeff",
                    "é\u00a0ü",
                    "%s%n",
                    "a\nb",
                    "0123456789abcdef",
                    "123456789012345",
                    "cni0",
                    "lo",
                    "eth0",
                    "bridge",
                    "host-local",
                    "static",
                    "loopback",
                    "dhcp",
                    "1.1.0",
                    "9.9.9",
                    "0.10.0",
                    "1.0",
                    "true",
                    "1",
                    "10.77.0.0/24",
                    "10.77.0.5/24",
                    "10.77.0.5",
                    "10.77.0.1/33",
                    "10.77.0.255",
                    "10.77.0.0/31",
                    "010.1.1.1",
                    "10.1",
                    "0.0.0.0/0",
                    "255.255.255.255/32",
                    "fd77::/64",
                    "fd77::5",
                    "fd77::/129",
                    "::ffff:10.1.1.1",
                    "::ffff:10.1.1.0/120",
                    "fe80::1%eth0",
                    "::/0",
                    "ff02::1",
                    "02:00:00:00:00:01",
                    "ff:ff:ff:ff:ff:ff",
                    "02-00-00-00-00-01",
                    "0200.0000.0001",
                    "iptables",
                    "nftables",
                    "/",
                    "/proc/self/ns/net",
                    "/proc/self/ns/mnt",
                    "/proc/1/ns/net",
                    "/dev/null",
                    "/run/fuzz",
                    "/var/lib/cni/fuzz",
                    "/run/netns/none",
                    "/etc/passwd",
                    "x".repeat(300),
                    "é".repeat(5000));

    private static final List<String> VALUES =
            List.of(
                    "null",
                    "true",
                    "false",
                    "0",
                    "-1",
                    "1",
                    "4094",
                    "4095",
                    "65536",
                    "2147483648",
                    "-9223372036854775809",
                    "1.5",
                    "1e999",
                    "1e2",
                    "[]",
                    "{}",
                    "[[]]",
                    "[null]",
                    "[{}]",
                    "{\"\":{}}",
                    "[1,\"a\",null]",
                    "[[{\"subnet\":\"10.0.0.0/8\"}]]",
                    "[{\"minID\":1,\"maxID\":4094},{\"id\":5}]",
                    "[".repeat(900) + "]".repeat(900));

    private static final List<String> KEYS =
            List.of(
                    "cniVersion",
                    "name",
                    "type",
                    "ipam",
                    "bridge",
                    "vlan",
                    "vlanTrunk",
                    "mtu",
                    "prevResult",
                    "args",
                    "runtimeConfig",
                    "cni.dev/valid-attachments",
                    "cni.dev/attachments",
                    "dns",
                    "ranges",
                    "subnet",
                    "rangeStart",
                    "rangeEnd",
                    "gateway",
                    "routes",
                    "addresses",
                    "dataDir",
                    "resolvConf",
                    "runDir",
                    "mac",
                    "MAC",
                    "ipMasq",
                    "ipMasqBackend",
                    "isDefaultGateway",
                    "promiscMode",
                    "");

    private static final List<String> ARGS =
            List.of(
                    "",
                    "IgnoreUnknown=1",
                    "IgnoreUnknown=1;K8S_POD_NAME=p",
                    "IP=10.77.0.30",
                    "IP=10.77.0.30/24;GATEWAY=10.77.0.1",
                    "MAC=02:00:00:00:00:09",
                    "A",
                    "A=b=c",
                    ";",
                    "IP=;MAC=",
                    "IgnoreUnknown=maybe",
                    "IP=10.77.0.30,fd77::30",
                    "MAC=x;IgnoreUnknown=true");

    /**
     * Makes the call with that number.
     *
     * @param netns the path of a namespace that may be used, which a few calls get
     * @param bin the folder that most calls have as CNI_PATH
     */
    static InventedCall of(long number, String netns, String bin) {
        // Neighbouring seeds make similar sequences until they are spread.
        return new Inventor(new Random(number * 0x9E3779B97F4A7C15L), netns, bin).call();
    }

    boolean hasNetns(String netns) {
        return netns.equals(variables.get("CNI_NETNS"));
    }

    @Override
    public String toString() {
        return plugin + " " + variables + " <<< " + new String(stdin, UTF_8).replace('\n', ' ');
    }

    /** One source of chance, and what it decides. */
    private record Inventor(Random random, String netns, String bin) {

        InventedCall call() {
            String plugin = pick(PLUGINS);
            ObjectNode valid = configuration(plugin);
            Map<String, String> variables = variables(plugin);
            byte[] stdin;
            if (random.nextInt(5) == 0) {
                stdin = garble(bytes(valid));
            } else {
                if (random.nextInt(20) == 0) {
                    // A plugin that is its own IPAM plugin, among others.
                    valid.withObject("/ipam").put("type", pick(PLUGINS));
                }
                int changes = random.nextInt(4);
                for (int i = 0; i < changes; i++) {
                    change(valid);
                }
                stdin = bytes(valid);
            }
            if (random.nextInt(3) == 0) {
                changeVariables(variables);
            }
            return new InventedCall(plugin, variables, stdin);
        }

        private ObjectNode configuration(String plugin) {
            String head =
                    "{\"cniVersion\":\""
                            + pick(VERSIONS)
                            + "\",\"name\":\"fuzz\",\"type\":\""
                            + plugin
                            + "\",";
            String keys = plugin.equals("bridge") ? BRIDGE_KEYS : "";
            String around = random.nextInt(3) == 0 ? SURROUNDINGS : "";
            String previous = random.nextInt(3) == 0 ? "\"prevResult\":" + PREVIOUS + "," : "";
            return parse(head + keys + around + previous + "\"ipam\":" + ipam(plugin) + "}");
        }

        private String ipam(String plugin) {
            if (plugin.equals("static")) {
                return STATIC;
            }
            if (plugin.equals("host-local")) {
                return random.nextBoolean() ? HOST_LOCAL : OLD_HOST_LOCAL;
            }
            return pick(List.of(HOST_LOCAL, OLD_HOST_LOCAL, STATIC));
        }

        private Map<String, String> variables(String plugin) {
            Map<String, String> variables = new TreeMap<>();
            variables.put("CNI_COMMAND", pick(COMMANDS));
            variables.put("CNI_CONTAINERID", "c" + random.nextInt(3));
            variables.put("CNI_IFNAME", plugin.equals("loopback") ? "lo" : "eth0");
            boolean real = random.nextInt(200) == 0;
            variables.put("CNI_NETNS", real ? netns : "/run/netns/none");
            variables.put("CNI_PATH", bin);
            if (random.nextInt(4) == 0) {
                variables.put("CNI_ARGS", pick(ARGS));
            }
            return variables;
        }

        /** NUL cannot stand in a variable; everything else can. */
        private void changeVariables(Map<String, String> variables) {
            List<String> names = new ArrayList<>(variables.keySet());
            names.addAll(List.of("CNI_ARGS", "CNI_NETNS_OVERRIDE", "PATH"));
            String name = pick(names);
            if (random.nextInt(3) == 0) {
                variables.remove(name);
            } else {
                variables.put(name, pick(TEXTS).replace("\u0000", ""));
            }
            // The override would let a call work on the host itself, as it is meant to.
            variables.computeIfPresent(
                    "CNI_NETNS_OVERRIDE", (_, value) -> "1".equals(value) ? "0" : "x" + value);
        }

        private void change(ObjectNode root) {
            List<JsonNode> containers = new ArrayList<>();
            collect(root, containers);
            JsonNode where = pick(containers);
            if (where instanceof ObjectNode object) {
                change(object, pick(containers));
            } else if (where instanceof ArrayNode array) {
                change(array, pick(containers));
            }
        }

        private void change(ObjectNode object, JsonNode other) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            String name = names.isEmpty() || random.nextInt(6) == 0 ? pick(KEYS) : pick(names);
            switch (random.nextInt(6)) {
                case 0 -> object.remove(name);
                case 1 -> object.set(name, other.deepCopy());
                case 2 -> renamed(object, name);
                case 3 -> object.put(name, pick(TEXTS));
                default -> object.set(name, value());
            }
        }

        /** Go reads keys whatever their case, and some runtimes write them so. */
        private void renamed(ObjectNode object, String name) {
            JsonNode value = object.remove(name);
            if (value != null && !name.isEmpty()) {
                object.set(name.substring(0, 1).toUpperCase() + name.substring(1), value);
            }
        }

        private void change(ArrayNode array, JsonNode other) {
            switch (random.nextInt(4)) {
                case 0 -> array.removeAll();
                case 1 -> array.add(other.deepCopy());
                case 2 -> array.add(pick(TEXTS));
                default -> array.insert(0, value());
            }
        }

        private JsonNode value() {
            return parseAny(random.nextInt(3) == 0 ? quoted(pick(TEXTS)) : pick(VALUES));
        }

        private String quoted(String text) {
            return JSON.getNodeFactory().textNode(text).toString();
        }

        private static void collect(JsonNode node, List<JsonNode> into) {
            if (node.isContainerNode()) {
                into.add(node);
                node.forEach(each -> collect(each, into));
            }
        }

        /** Damage that a JSON library never writes. */
        private byte[] garble(byte[] bytes) {
            int at = random.nextInt(bytes.length);
            return switch (random.nextInt(8)) {
                case 0 -> Arrays.copyOf(bytes, at);
                case 1 -> flipped(bytes, at);
                case 2 -> joined(bytes, bytes);
                case 3 -> joined(bytes, pick(TEXTS).getBytes(UTF_8));
                case 4 -> joined("\ufeff".getBytes(UTF_8), bytes);
                case 5 -> joined(Arrays.copyOf(bytes, at), new byte[] {(byte) random.nextInt(256)});
                case 6 -> joined(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at / 2, at));
                default -> pick(VALUES).getBytes(UTF_8);
            };
        }

        private byte[] flipped(byte[] bytes, int at) {
            byte[] copy = bytes.clone();
            copy[at] ^= (byte) (1 << random.nextInt(8));
            return copy;
        }

        private static byte[] joined(byte[] first, byte[] second) {
            byte[] both = Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, both, first.length, second.length);
            return both;
        }

        private <T> T pick(List<T> list) {
            return list.get(random.nextInt(list.size()));
        }

        /** Half of them escape what is not ASCII: only so can half a character be written. */
        private byte[] bytes(JsonNode node) {
            try {
                ObjectWriter writer = JSON.writer();
                return random.nextBoolean()
                        ? writer.with(JsonWriteFeature.ESCAPE_NON_ASCII).writeValueAsBytes(node)
                        : writer.writeValueAsBytes(node);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("cannot be written: " + e.getMessage(), e);
            }
        }

        private static ObjectNode parse(String text) {
            return (ObjectNode) parseAny(text);
        }

        private static JsonNode parseAny(String text) {
            try {
                return JSON.readTree(text);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("not JSON: " + text, e);
            }
        }
    }
}
