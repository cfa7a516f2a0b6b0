package dev.pontoon.staticipam;

import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniArgs;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * The configuration, checked.
 *
 * @param ips those of {@code ipam.addresses} and of {@code IP} in CNI_ARGS; in their place those of
 *     {@code args.cni.ips}, and in the place of all those of {@code runtimeConfig.ips}, where they
 *     are given
 * @param routes passed on to the result
 * @param dns passed on to the result
 */
record StaticConfig(List<IpConfig> ips, List<Route> routes, Dns dns) {
    StaticConfig {
        ips = List.copyOf(ips);
        routes = List.copyOf(routes);
    }

    /** Throws code 7, 6 where a JSON type is wrong, 4 where CNI_ARGS is. */
    static StaticConfig read(NetworkConfig config, String cniArgs) {
        ConfigObject ipam =
                config.object()
                        .object("ipam")
                        .orElseThrow(() ->
                                new CniException(
                                        ErrorCode.INVALID_CONFIG,
                                        "the configuration has no \"ipam\"",
                                        "static takes its addresses from there"));
        List<IpConfig> ips = ips(config, ipam, CniArgs.read(cniArgs, List.of("IP", "GATEWAY")));
        requireExpressible(ips, config.version());
        List<Route> routes = new ArrayList<>();
        for (ConfigObject each : ipam.objects("routes")) {
            routes.add(Route.read(each));
        }
        ConfigObject dns = ipam.object("dns").orElse(ConfigObject.empty());
        return new StaticConfig(ips, routes, Dns.read(dns));
    }

    private static List<IpConfig> ips(NetworkConfig config, ConfigObject ipam, CniArgs args) {
        List<IpConfig> configured = configured(ipam);
        List<String> conventional = config.cniArgs().texts("ips");
        List<String> runtime = config.runtimeConfig().texts("ips");
        List<IpConfig> replaced = replacement(conventional, "args.cni.ips");
        List<IpConfig> replacing = replacement(runtime, "runtimeConfig.ips");
        if (!replacing.isEmpty()) {
            return replacing;
        }
        if (!replaced.isEmpty()) {
            return replaced;
        }
        configured.addAll(ofArgs(args));
        return configured;
    }

    private static List<IpConfig> configured(ConfigObject ipam) {
        List<IpConfig> ips = new ArrayList<>();
        for (ConfigObject each : ipam.objects("addresses")) {
            Cidr address =
                    Cidr.parse(each.text("address", ""))
                            .orElseThrow(() ->
                                    each.invalid(
                                            "address",
                                            "must be an address with its prefix length, such as 10.1.2.3/24"));
            ips.add(new IpConfig(address, gateway(each), null));
        }
        return ips;
    }

    private static @Nullable Ip gateway(ConfigObject address) {
        String text = address.text("gateway", "");
        return text.isEmpty()
                ? null
                : Ip.parse(text)
                        .orElseThrow(() ->
                                address.invalid("gateway", "must be an address such as 10.1.2.1"));
    }

    private static List<IpConfig> replacement(List<String> texts, String source) {
        List<IpConfig> ips = new ArrayList<>();
        for (String text : texts) {
            ips.add(new IpConfig(cidr(text, source, ErrorCode.INVALID_CONFIG), null, null));
        }
        return ips;
    }

    /** A gateway of CNI_ARGS is that of each address of CNI_ARGS whose network it is in. */
    private static List<IpConfig> ofArgs(CniArgs args) {
        List<Ip> gateways = new ArrayList<>();
        for (String text : list(args.value("GATEWAY").orElse(""))) {
            gateways.add(
                    Ip.parse(text)
                            .orElseThrow(() ->
                                    invalid(
                                            "CNI_ARGS GATEWAY",
                                            text,
                                            "must be an address such as 10.1.2.1",
                                            ErrorCode.INVALID_ENVIRONMENT)));
        }
        List<IpConfig> ips = new ArrayList<>();
        for (String text : list(args.value("IP").orElse(""))) {
            Cidr address = cidr(text, "CNI_ARGS IP", ErrorCode.INVALID_ENVIRONMENT);
            ips.add(new IpConfig(address, gatewayIn(address, gateways), null));
        }
        return ips;
    }

    private static @Nullable Ip gatewayIn(Cidr network, List<Ip> gateways) {
        Ip found = null;
        for (Ip each : gateways) {
            if (network.contains(each)) {
                found = each;
            }
        }
        return found;
    }

    private static List<String> list(String text) {
        List<String> parts = new ArrayList<>();
        StringTokenizer tokens = new StringTokenizer(text, ",");
        while (tokens.hasMoreTokens()) {
            parts.add(tokens.nextToken().strip());
        }
        return parts;
    }

    private static Cidr cidr(String text, String source, ErrorCode code) {
        return Cidr.parse(text)
                .orElseThrow(() ->
                        invalid(
                                source,
                                text,
                                "must be an address with its prefix length, such as 10.1.2.3/24",
                                code));
    }

    private static CniException invalid(String source, String text, String why, ErrorCode code) {
        return new CniException(code, source + " \"" + text + "\": " + why);
    }

    private static void requireExpressible(List<IpConfig> ips, CniVersion version) {
        int v4 = 0;
        for (IpConfig ip : ips) {
            v4 += ip.address().isV4() ? 1 : 0;
        }
        if (!version.atLeast(CniVersion.V0_3_0) && (v4 > 1 || ips.size() - v4 > 1)) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "CNI version " + version + " does not support more than 1 address per family",
                    "use a cniVersion of 0.3.0 or newer, or one address for each family");
        }
    }
}
