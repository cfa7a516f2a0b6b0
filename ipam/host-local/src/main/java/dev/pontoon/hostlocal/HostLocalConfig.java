package dev.pontoon.hostlocal;

import dev.pontoon.protocol.CniArgs;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.protocol.Route;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The configuration, checked.
 *
 * @param dataDir the folder that holds one folder for each network
 * @param sets where addresses come from, one for each set
 * @param routes passed on to the result
 * @param dns what the file named by {@code resolvConf} says
 */
record HostLocalConfig(Path dataDir, List<RangeSet> sets, List<Route> routes, Dns dns) {
    private static final String STANDARD_FOLDER = "/var/lib/cni/networks";

    HostLocalConfig {
        sets = List.copyOf(sets);
        routes = List.copyOf(routes);
    }

    /**
     * {@code folder} is where relative paths begin. Throws code 7, 6 where a JSON type is wrong, 5
     * if the file named by {@code resolvConf} is unreadable.
     */
    static HostLocalConfig read(NetworkConfig config, Path folder) {
        ConfigObject ipam =
                config.object()
                        .object("ipam")
                        .orElseThrow(() ->
                                new CniException(
                                        ErrorCode.INVALID_CONFIG,
                                        "the configuration has no \"ipam\"",
                                        "host-local takes its ranges from there"));
        List<RangeSet> sets = RangeReader.read(config, ipam);
        requireExpressible(sets, config.version());
        List<Route> routes = new ArrayList<>();
        for (ConfigObject each : ipam.objects("routes")) {
            routes.add(Route.read(each));
        }
        return new HostLocalConfig(dataDir(config), sets, routes, ResolvConf.read(ipam, folder));
    }

    /** The store's folder, which is all that DEL and GC need to know. */
    static Path dataDir(NetworkConfig config) {
        ConfigObject ipam = config.object().object("ipam").orElse(ConfigObject.empty());
        String folder = ipam.text("dataDir", STANDARD_FOLDER);
        if (!folder.startsWith("/") || folder.indexOf('\0') >= 0) {
            throw ipam.invalid("dataDir", "must be an absolute path");
        }
        return Path.of(folder);
    }

    private static void requireExpressible(List<RangeSet> sets, CniVersion version) {
        int v4 = 0;
        for (RangeSet set : sets) {
            v4 += set.isV4() ? 1 : 0;
        }
        if (!version.atLeast(CniVersion.V0_3_0) && (v4 > 1 || sets.size() - v4 > 1)) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "CNI version " + version + " does not support more than 1 address per family",
                    "use a cniVersion of 0.3.0 or newer, or one range set for each family");
        }
    }

    /**
     * The addresses asked for, each once. {@code IP} in CNI_ARGS does not count where {@code
     * args.cni.ips} is given, as the conventions of CNI want it. A prefix length behind an address
     * is ignored.
     */
    static List<Requested> requested(NetworkConfig config, String cniArgs) {
        List<Requested> requested = new ArrayList<>();
        CniArgs args = CniArgs.read(cniArgs, List.of("IP"));
        List<String> conventional = config.cniArgs().texts("ips");
        if (conventional.isEmpty()) {
            String text = args.value("IP").orElse("");
            if (!text.isEmpty()) {
                add(text, "CNI_ARGS IP", ErrorCode.INVALID_ENVIRONMENT, requested);
            }
        }
        for (String text : conventional) {
            add(text, "args.cni.ips", ErrorCode.INVALID_CONFIG, requested);
        }
        for (String text : config.runtimeConfig().texts("ips")) {
            add(text, "runtimeConfig.ips", ErrorCode.INVALID_CONFIG, requested);
        }
        return requested;
    }

    private static void add(String text, String source, ErrorCode code, List<Requested> to) {
        int slash = text.indexOf('/');
        Ip address =
                Ip.parse(slash < 0 ? text : text.substring(0, slash))
                        .orElseThrow(() ->
                                new CniException(
                                        code,
                                        source
                                                + " "
                                                + text
                                                + ": must be an address such as 10.1.2.3"));
        for (Requested each : to) {
            if (each.address().equals(address)) {
                return;
            }
        }
        to.add(new Requested(address, source, code));
    }
}
