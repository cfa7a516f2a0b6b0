package dev.pontoon.protocol;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What an ADD made, in the model of the newest spec version; reading and writing convert from and
 * to the layout of any version (spec section 5; the older layouts in the tags spec-v0.2.0 and
 * spec-v0.4.0).
 *
 * @param interfaces the links made, host side included; empty in the result of an IPAM plugin
 * @param ips the addresses given out
 * @param routes the routes made
 * @param dns name resolution
 */
public record AddResult(
        List<NetworkInterface> interfaces, List<IpConfig> ips, List<Route> routes, Dns dns) {
    public AddResult {
        interfaces = List.copyOf(interfaces);
        ips = List.copyOf(ips);
        routes = List.copyOf(routes);
    }

    /** The result of an IPAM plugin: no links. */
    public static AddResult ofIpam(List<IpConfig> ips, List<Route> routes, Dns dns) {
        return new AddResult(List.of(), ips, routes, dns);
    }

    /**
     * Reads a result. Its own {@code cniVersion} says which layout it has; where that is missing
     * the configuration's does. Throws code 1 for an unknown version, 6 or 7 for a document that is
     * no result.
     */
    public static AddResult read(ConfigObject json, CniVersion configVersion) {
        String text = json.text("cniVersion", configVersion.text());
        CniVersion version =
                CniVersion.of(text)
                        .orElseThrow(() ->
                                new CniException(
                                        ErrorCode.INCOMPATIBLE_VERSION,
                                        "read a result: its cniVersion " + text + " is unknown"));
        return version.atLeast(CniVersion.V0_3_0) ? readLists(json) : readFamilies(json);
    }

    /** Reads the bytes that a delegate printed. */
    public static AddResult read(byte[] json, CniVersion configVersion) {
        return read(ConfigObject.read(json, "the result"), configVersion);
    }

    private static AddResult readLists(ConfigObject json) {
        List<NetworkInterface> interfaces = new ArrayList<>();
        for (ConfigObject each : json.objects("interfaces")) {
            interfaces.add(NetworkInterface.read(each));
        }
        List<IpConfig> ips = new ArrayList<>();
        for (ConfigObject each : json.objects("ips")) {
            ips.add(IpConfig.read(each));
        }
        return new AddResult(interfaces, ips, readRoutes(json), readDns(json));
    }

    private static AddResult readFamilies(ConfigObject json) {
        List<IpConfig> ips = new ArrayList<>();
        List<Route> routes = new ArrayList<>();
        for (String key : List.of("ip4", "ip6")) {
            ConfigObject family = json.object(key).orElse(null);
            if (family != null) {
                Ip gateway = Fields.ipOrNull(family, "gateway");
                ips.add(new IpConfig(Fields.cidr(family, "ip"), gateway, null));
                routes.addAll(readRoutes(family));
            }
        }
        return new AddResult(List.of(), ips, routes, readDns(json));
    }

    private static List<Route> readRoutes(ConfigObject json) {
        List<Route> routes = new ArrayList<>();
        for (ConfigObject each : json.objects("routes")) {
            routes.add(Route.read(each));
        }
        return routes;
    }

    private static Dns readDns(ConfigObject json) {
        ConfigObject dns = json.object("dns").orElse(null);
        return dns == null ? Dns.NONE : Dns.read(dns);
    }

    /**
     * This result behind that of a plugin which ran before in the chain: its links, addresses and
     * routes come first, and the indexes of this one's addresses count on from there.
     */
    public AddResult behind(AddResult earlier) {
        List<NetworkInterface> allInterfaces = new ArrayList<>(earlier.interfaces);
        allInterfaces.addAll(interfaces);
        List<IpConfig> allIps = new ArrayList<>(earlier.ips);
        for (IpConfig ip : ips) {
            Integer index = ip.interfaceIndex();
            allIps.add(index == null ? ip : ip.on(earlier.interfaces.size() + index));
        }
        List<Route> allRoutes = new ArrayList<>(earlier.routes);
        allRoutes.addAll(routes);
        return new AddResult(allInterfaces, allIps, allRoutes, dns.isEmpty() ? earlier.dns : dns);
    }

    /**
     * The document in the layout of that version. Throws {@link CniException} (code 7) for 0.1.0
     * and 0.2.0 if there is no address, which those versions cannot express.
     */
    public String toJson(CniVersion version) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("cniVersion", version.text());
        if (version.atLeast(CniVersion.V0_3_0)) {
            writeLists(json, version);
        } else {
            writeFamilies(json);
        }
        if (!dns.isEmpty() || !version.atLeast(CniVersion.V1_0_0)) {
            json.set("dns", dns.toJson());
        }
        return Json.write(json);
    }

    private void writeLists(ObjectNode json, CniVersion version) {
        if (!interfaces.isEmpty()) {
            ArrayNode list = json.putArray("interfaces");
            for (NetworkInterface each : interfaces) {
                list.add(each.toJson(version));
            }
        }
        if (!ips.isEmpty()) {
            ArrayNode list = json.putArray("ips");
            for (IpConfig each : ips) {
                list.add(each.toJson(version));
            }
        }
        if (!routes.isEmpty()) {
            ArrayNode list = json.putArray("routes");
            for (Route each : routes) {
                list.add(each.toJson());
            }
        }
    }

    private void writeFamilies(ObjectNode json) {
        boolean any = writeFamily(json, "ip4", true);
        any |= writeFamily(json, "ip6", false);
        if (!any) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "write a result for CNI 0.1.0 or 0.2.0: these versions need an address, and there is none",
                    "configure ipam, or a cniVersion of 0.3.0 or newer");
        }
    }

    private boolean writeFamily(ObjectNode json, String key, boolean v4) {
        for (IpConfig ip : ips) {
            if (ip.address().isV4() == v4) {
                ObjectNode family = json.putObject(key);
                family.put("ip", ip.address().toString());
                Ip gateway = ip.gateway();
                if (gateway != null) {
                    family.put("gateway", gateway.toString());
                }
                writeFamilyRoutes(family, v4);
                return true;
            }
        }
        return false;
    }

    private void writeFamilyRoutes(ObjectNode family, boolean v4) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Route route : routes) {
            if (route.destination().isV4() == v4) {
                list.add(route.shortJson());
            }
        }
        if (!list.isEmpty()) {
            family.set("routes", list);
        }
    }
}
