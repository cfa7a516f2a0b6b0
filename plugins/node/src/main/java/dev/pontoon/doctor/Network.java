package dev.pontoon.doctor;

import dev.pontoon.hostlocal.AddressUse;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.NetworkConfig;
import dev.pontoon.runtime.NetworkList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network as a file configures it.
 *
 * @param list as runtimes read it
 * @param file where it is configured
 * @param text the file's text
 * @param plugins in their order, at least one; each has a {@code type}
 */
record Network(NetworkList list, Path file, String text, List<ConfigObject> plugins) {
    private static final String LEASES = "/var/lib/cni/networks";

    /** Throws {@link CniException} for what no plugin could use, or doctor could not look at. */
    static Network of(NetworkList list, Path file, String text) {
        List<ConfigObject> plugins = new ArrayList<>();
        for (NetworkList.Plugin plugin : list.plugins()) {
            plugins.add(list.networkConfigOf(plugin).object());
        }
        Network network = new Network(list, file, text, plugins);
        network.subnets();
        network.isGateway();
        network.isOnVlan();
        network.mtu();
        network.types();
        return network;
    }

    String name() {
        return list.name();
    }

    /** What each plugin reads from a runtime. */
    List<NetworkConfig> configs() {
        return list.plugins().stream().map(list::networkConfigOf).toList();
    }

    /** The plugin of that type; the first one if there are several. */
    Optional<ConfigObject> plugin(String type) {
        return plugins.stream().filter(each -> type(each).equals(type)).findFirst();
    }

    static String type(ConfigObject plugin) {
        return plugin.text("type", "");
    }

    /** The types of all plugins, those that give addresses included. */
    List<String> types() {
        List<String> types = new ArrayList<>();
        for (ConfigObject plugin : plugins) {
            types.add(type(plugin));
            plugin.object("ipam").flatMap(ipam -> ipam.text("type")).ifPresent(types::add);
        }
        return types;
    }

    /** The bridge that containers are attached to; empty if that is not how they are. */
    String bridge() {
        return plugin("bridge").map(plugin -> plugin.text("bridge", "cni0")).orElse("");
    }

    /** Whether the bridge has the gateways' addresses. */
    boolean isGateway() {
        return plugin("bridge")
                .map(bridge -> bridge.flag("isGateway") || bridge.flag("isDefaultGateway"))
                .orElse(false);
    }

    /** Whether its gateway is not the bridge itself, but a link for one VLAN on it. */
    boolean isOnVlan() {
        return plugin("bridge").map(bridge -> bridge.integer("vlan", 0) != 0).orElse(false);
    }

    /** Whether the host forwards what containers send. */
    boolean isRouted() {
        return isGateway() || plugin("ptp").isPresent();
    }

    /** The MTU that the configuration asks for; 0 if it does not. */
    int mtu() {
        return plugin("bridge")
                .or(() -> plugin("ptp"))
                .map(each -> each.integer("mtu", 0))
                .orElse(0);
    }

    /** What its host-local gives out; nothing if another plugin gives the addresses. */
    List<Subnet> subnets() {
        return ipam().map(Subnet::all).orElse(List.of());
    }

    /** The folder of host-local's leases; empty if another plugin gives the addresses. */
    Optional<Path> leases() {
        return ipam().map(ipam -> Path.of(ipam.text("dataDir", LEASES)).resolve(name()));
    }

    private Optional<ConfigObject> ipam() {
        return plugins.getFirst()
                .object("ipam")
                .filter(ipam -> ipam.text("type", "").equals("host-local"));
    }

    /** What is given out of its ranges; nothing if another plugin gives the addresses. */
    List<AddressUse> uses() {
        return ipam().isPresent() ? AddressUse.of(configs().getFirst()) : List.of();
    }
}
