package dev.pontoon.doctor;

import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.Route;
import dev.pontoon.linux.Routes;
import dev.pontoon.linux.Sysctl;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.RtNetlink;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What there is on a node: files as they were at the beginning, the kernel as it is when asked. */
final class Node implements AutoCloseable {
    private final HostSockets host = new HostSockets();
    private final Path confDir;
    private final Path binDir;
    private final Path runDir;
    private final List<ConfigurationFile> files;
    private final List<Network> networks = new ArrayList<>();
    private final List<AttachedContainer> living = new ArrayList<>();
    private final List<AttachedContainer> dead = new ArrayList<>();
    private @Nullable Tenants tenants;

    Node(Path confDir, Path binDir, Path runDir) throws IOException {
        this.confDir = confDir;
        this.binDir = binDir;
        this.runDir = runDir;
        this.files = ConfigurationFile.in(confDir);
        for (ConfigurationFile file : files) {
            Network network = file.network();
            if (network != null && network(network.name()).isEmpty()) {
                networks.add(network);
            }
        }
        readLedgers();
    }

    private void readLedgers() {
        for (Path folder : runDirs()) {
            Ledger ledger = new Ledger(folder);
            Map<Attachment, List<LedgerEntry>> entries = new LinkedHashMap<>();
            for (String network : ledger.networks()) {
                for (LedgerEntry entry : ledger.entries(network)) {
                    entries.computeIfAbsent(entry.attachment(), _ -> new ArrayList<>()).add(entry);
                }
            }
            entries.forEach((attachment, all) ->
                    sort(ledger, new AttachedContainer(attachment, folder, all)));
        }
        living.sort(Comparator.comparing(AttachedContainer::toString));
        dead.sort(Comparator.comparing(AttachedContainer::toString));
    }

    /** One that a call is at work on is neither. */
    private void sort(Ledger ledger, AttachedContainer container) {
        if (!ledger.isBusy(container.attachment())) {
            (container.isAlive(links()) ? living : dead).add(container);
        }
    }

    private Set<Path> runDirs() {
        Set<Path> folders = new LinkedHashSet<>();
        folders.add(runDir);
        for (Network network : networks) {
            network.plugins()
                    .forEach(plugin -> plugin.text("runDir").map(Path::of).ifPresent(folders::add));
        }
        return folders;
    }

    Path confDir() {
        return confDir;
    }

    Path binDir() {
        return binDir;
    }

    Path runDir() {
        return runDir;
    }

    /** The files that configure networks, in the order in which runtimes take them. */
    List<ConfigurationFile> files() {
        return files;
    }

    /** The networks; of those with one name the first. */
    List<Network> networks() {
        return networks;
    }

    Optional<Network> network(String name) {
        return networks.stream().filter(each -> each.name().equals(name)).findFirst();
    }

    /** The containers of the ledger that are there. */
    List<AttachedContainer> living() {
        return living;
    }

    /** Those of one network. */
    List<AttachedContainer> living(Network network) {
        return living.stream()
                .filter(each -> each.attachment().network().equals(network.name()))
                .toList();
    }

    /** The containers of the ledger of which nothing is left but what Pontoon made for them. */
    List<AttachedContainer> dead() {
        return dead;
    }

    /**
     * Whether the ledger knows a container in a network, dead or alive, or a call is at work on it.
     */
    boolean knows(String network, String containerId) {
        return runDirs().stream().anyMatch(each -> new Ledger(each).mentions(network, containerId));
    }

    HostSockets host() {
        return host;
    }

    Links links() {
        return new Links(host.route());
    }

    Routes routes() {
        return new Routes(host.route());
    }

    /** Empty if the kernel has none. */
    Optional<Nftables> nftables() {
        return Nftables.isAvailable(host.netfilter())
                ? Optional.of(new Nftables(host.netfilter()))
                : Optional.empty();
    }

    /** A setting; empty if the kernel does not have it. */
    Optional<String> sysctl(String... path) {
        try {
            return Optional.of(Sysctl.read(path).strip());
        } catch (KernelException e) {
            return Optional.empty();
        }
    }

    /** Whose addresses are on the other ends of this host's links, in the ledger or not. */
    Tenants tenants() throws IOException {
        if (tenants == null) {
            tenants = Tenants.of(links());
        }
        return tenants;
    }

    /** The link by which packets leave for the rest of the world, of IPv4 or else IPv6. */
    Optional<Link> uplink() {
        return uplink(true).or(() -> uplink(false));
    }

    Optional<Link> uplink(boolean v4) {
        int family = v4 ? Netlink.AF_INET : Netlink.AF_INET6;
        return routes().list(family, RtNetlink.RT_TABLE_MAIN).stream()
                .filter(each -> each.isDefault() && each.link() != 0)
                .min(Comparator.comparingInt(Route::metric))
                .flatMap(each -> links().find(each.link()));
    }

    /** Every subnet that a network or a route of the main table has. */
    List<Cidr> subnetsInUse() {
        List<Cidr> used = new ArrayList<>();
        for (Network network : networks) {
            network.subnets().forEach(each -> used.add(each.network()));
        }
        for (int family : new int[] {Netlink.AF_INET, Netlink.AF_INET6}) {
            for (Route route : routes().list(family, RtNetlink.RT_TABLE_MAIN)) {
                if (!route.isDefault()) {
                    used.add(new Cidr(Ip.of(route.destination()), route.prefixLength()));
                }
            }
        }
        return used;
    }

    @Override
    public void close() {
        host.close();
    }
}
