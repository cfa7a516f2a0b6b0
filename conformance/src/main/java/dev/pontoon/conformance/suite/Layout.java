package dev.pontoon.conformance.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.spec.CniVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * How a version of the spec lays a result out. Every check ends the case when the result is not so;
 * keys that no version knows are nobody's business.
 */
final class Layout {

    private static final String MAC = "[0-9a-f]{2}(:[0-9a-f]{2})+";

    private final ObjectNode result;
    private final CniVersion version;

    private Layout(ObjectNode result, CniVersion version) {
        this.result = result;
        this.version = version;
    }

    static Layout of(ObjectNode result, CniVersion version) {
        return new Layout(result, version);
    }

    /** All that the version asks for. */
    void whole() {
        labelled();
        if (version.before(CniVersion.V0_3_0)) {
            families();
        } else {
            lists();
        }
        dns();
    }

    /** {@code cniVersion} is exactly the version. */
    Layout labelled() {
        JsonNode label = result.path("cniVersion");
        Expect.that(
                label.isTextual() && label.asText().equals(version.toString()),
                "cniVersion of the result is \"" + version + "\"",
                () -> "it is " + shown(label));
        return this;
    }

    /** Before 0.3.0: one object for each family, with routes of its own. */
    void families() {
        lacks(result, "the result", "interfaces", "ips", "routes");
        Expect.that(
                result.has("ip4") || result.has("ip6"),
                "the result has ip4 or ip6",
                () -> "it is " + result);
        family("ip4", "4");
        family("ip6", "6");
    }

    private void family(String key, String family) {
        JsonNode part = result.path(key);
        if (part.isMissingNode() || part.isNull()) {
            return;
        }
        Expect.that(part.isObject(), key + " is an object", () -> "it is " + part);
        hostAddress(part.path("ip"), key + ".ip", family);
        optional(part, key, "gateway", "an IPv" + family + " address", isOf(family));
        List<JsonNode> routes = list(part, key, "routes");
        for (int n = 0; n < routes.size(); n++) {
            route(
                    routes.get(n),
                    key + ".routes[" + n + "]",
                    dst -> Cidr.family(dst.asText()).equals(family));
        }
    }

    /** From 0.3.0 on: lists of interfaces, addresses, and routes. */
    void lists() {
        lacks(result, "the result", "ip4", "ip6", "ip");
        interfaces();
        ips();
        List<JsonNode> routes = list(result, "the result", "routes");
        for (int n = 0; n < routes.size(); n++) {
            route(routes.get(n), "routes[" + n + "]", _ -> true);
            routeNumbers(routes.get(n), "routes[" + n + "]");
        }
    }

    /** Entries of {@code interfaces}: names, and right types. */
    Layout interfaces() {
        List<JsonNode> entries = list(result, "the result", "interfaces");
        for (int n = 0; n < entries.size(); n++) {
            String where = "interfaces[" + n + "]";
            JsonNode entry = entries.get(n);
            Expect.that(
                    !entry.path("name").asText("").isEmpty() && entry.path("name").isTextual(),
                    where + " has a name",
                    () -> "it is " + entry);
            optional(
                    entry,
                    where,
                    "mac",
                    "a lower-case hardware address with colons",
                    one -> one.asText().isEmpty() || one.asText().matches(MAC));
            optional(entry, where, "sandbox", "a text", _ -> true);
            newFields(entry, where);
        }
        return this;
    }

    private static void newFields(JsonNode entry, String where) {
        number(entry, where, "mtu");
        optional(
                entry,
                where,
                "socketPath",
                "an absolute path",
                one -> one.asText().isEmpty() || one.asText().startsWith("/"));
        optional(entry, where, "pciID", "a text", _ -> true);
    }

    /** Entries of {@code ips}, with the family's {@code version} where the spec had it. */
    Layout ips() {
        List<JsonNode> entries = list(result, "the result", "ips");
        for (int n = 0; n < entries.size(); n++) {
            JsonNode entry = entries.get(n);
            String where = "ips[" + n + "]";
            hostAddress(entry.path("address"), where + ".address", "");
            String family = Cidr.family(entry.path("address").asText());
            optional(entry, where, "gateway", "an IPv" + family + " address", isOf(family));
            number(entry, where, "interface");
            familyVersion(entry, where, family);
        }
        return this;
    }

    private void familyVersion(JsonNode entry, String where, String family) {
        if (version.atLeast(CniVersion.V1_0_0)) {
            lacks(entry, where, "version");
            return;
        }
        JsonNode given = entry.path("version");
        Expect.that(
                given.isTextual() && given.asText().equals(family),
                where + ".version is \"" + family + "\"",
                () -> "it is " + shown(given));
    }

    private static void route(JsonNode route, String where, Predicate<JsonNode> fits) {
        String dst = route.path("dst").asText("");
        Expect.that(
                route.path("dst").isTextual()
                        && Cidr.of(dst).isPresent()
                        && fits.test(route.path("dst")),
                where + ".dst is a subnet of the right family",
                () -> "it is " + shown(route.path("dst")));
        optional(route, where, "gw", "an address of the family of " + dst, isOf(Cidr.family(dst)));
    }

    private static void routeNumbers(JsonNode route, String where) {
        for (String key : List.of("mtu", "advmss", "priority", "table", "scope")) {
            number(route, where, key);
        }
    }

    /** {@code dns} is absent, or what it has is of the right types. */
    Layout dns() {
        JsonNode dns = result.path("dns");
        Expect.that(
                dns.isMissingNode() || dns.isNull() || dns.isObject(),
                "dns is absent or an object",
                () -> "it is " + dns);
        optional(dns, "dns", "domain", "a text", _ -> true);
        for (String key : List.of("nameservers", "search", "options")) {
            for (JsonNode one : list(dns, "dns", key)) {
                Expect.that(
                        one.isTextual(),
                        "dns." + key + " is a list of texts",
                        () -> "it has " + one);
            }
        }
        return this;
    }

    private static void hostAddress(JsonNode given, String where, String family) {
        var parsed = given.isTextual() ? Cidr.of(given.asText()) : Optional.<Cidr>empty();
        Expect.that(
                parsed.isPresent()
                        && (family.isEmpty() || family.equals(Cidr.family(given.asText()))),
                where
                        + " is an IPv"
                        + (family.isEmpty() ? "4 or IPv6" : family)
                        + " address in CIDR notation",
                () -> "it is " + shown(given));
        Expect.that(
                !parsed.orElseThrow().isNetwork(),
                where + " is a host's address, not only its network's",
                () -> "it is " + given);
    }

    private static void number(JsonNode holder, String where, String key) {
        JsonNode given = holder.path(key);
        Expect.that(
                given.isMissingNode() || given.isIntegralNumber() && given.asLong() >= 0,
                where + "." + key + " is absent or a number from 0",
                () -> "it is " + given);
    }

    private static void optional(
            JsonNode holder, String where, String key, String what, Predicate<JsonNode> fits) {
        JsonNode given = holder.path(key);
        Expect.that(
                given.isMissingNode() || given.isNull() || given.isTextual() && fits.test(given),
                where + "." + key + " is absent or " + what,
                () -> "it is " + given);
    }

    private static List<JsonNode> list(JsonNode holder, String where, String key) {
        JsonNode given = holder.path(key);
        Expect.that(
                given.isMissingNode() || given.isNull() || given.isArray(),
                key + " of " + where + " is absent or a list",
                () -> "it is " + given);
        List<JsonNode> all = new ArrayList<>();
        given.forEach(all::add);
        return all;
    }

    private static Predicate<JsonNode> isOf(String family) {
        return given ->
                given.asText().isEmpty()
                        || Cidr.address(given.asText()).isPresent()
                                && Cidr.family(given.asText()).equals(family);
    }

    private void lacks(JsonNode holder, String where, String... keys) {
        for (String key : keys) {
            Expect.that(
                    !holder.has(key),
                    where + " of version " + version + " has no `" + key + "`",
                    () -> "it has " + key + ": " + holder.get(key));
        }
    }

    private static String shown(JsonNode node) {
        return node.isMissingNode() ? "absent" : node.toString();
    }
}
