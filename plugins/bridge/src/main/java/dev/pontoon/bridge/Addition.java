package dev.pontoon.bridge;

import dev.pontoon.attachment.ContainerNetwork;
import dev.pontoon.attachment.EarlierAdd;
import dev.pontoon.attachment.Forwarding;
import dev.pontoon.attachment.LiveOwners;
import dev.pontoon.attachment.MasqueradeBackend;
import dev.pontoon.attachment.Masquerading;
import dev.pontoon.attachment.VethPair;
import dev.pontoon.linux.Address;
import dev.pontoon.linux.Addresses;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.Neighbours;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Delegate;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.Undo;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One ADD. What it makes is taken back by the same code that serves DEL, from the same record,
 * whether it is this call that fails or a later one that finds the record of a call that was
 * killed.
 */
final class Addition {
    private final Request.Add request;
    private final BridgeConfig config;
    private final Optional<Delegate> ipam;
    private final Ledger ledger;
    private final NetworkNamespace netns;
    private final HostSockets host;
    private final NetlinkSocket container;
    private final Call call;
    private final Attachment attachment;
    private final Removal removal;
    private BridgeRecord record;
    private Port port;
    private boolean addressesTaken;

    Addition(
            Request.Add request,
            BridgeConfig config,
            Optional<Delegate> ipam,
            Ledger ledger,
            NetworkNamespace netns,
            HostSockets host,
            NetlinkSocket container,
            Call call) {
        this.request = request;
        this.config = config;
        this.ipam = ipam;
        this.ledger = ledger;
        this.netns = netns;
        this.host = host;
        this.container = container;
        this.call = call;
        this.attachment = request.attachment();
        this.removal = new Removal(host, ledger, request.environment());
        this.port = VethPort.of(config);
        this.record = BridgeRecord.begun(attachment, config, port, netns);
    }

    /** Attaches the container. The caller holds the attachment's lock. */
    AddResult run() {
        refuseIfAttached();
        choosePort();
        try (Undo undo = new Undo(call.stop())) {
            undo.push("remove what was made for " + attachment, this::takeBack);
            ledger.write(record.entry());
            Link bridge = connect();
            call.timing().did("link");
            AddResult addresses = takeAddresses();
            call.timing().did("ipam");
            Optional<Link> gateway = serveAsGateway(bridge, addresses.ips());
            call.timing().did("gateway");
            masquerade();
            call.timing().did("masquerade");
            Optional<Ends> ends = configureContainer(addresses);
            AddResult result = result(bridge, gateway, ends, addresses);
            call.timing().did("container");
            call.stop().check();
            record = record.finish();
            ledger.write(record.entry());
            undo.commit();
            return result;
        }
    }

    /** An attachment that lives is refused, and what an earlier ADD left is removed. */
    private void refuseIfAttached() {
        Optional<LedgerEntry> known = ledger.find(attachment, BridgePlugin.NAME);
        if (known.isPresent()) {
            BridgeRecord earlier = new BridgeRecord(known.get());
            new EarlierAdd(earlier.common(), () -> isAlive(earlier))
                    .requireDead(netns, container, call.stop());
            call.log().line("removing what an earlier ADD left of " + attachment);
            remove(earlier, true);
        }
    }

    /** What an earlier plugin of the chain made is used; else the container must have room. */
    private void choosePort() {
        Optional<EarlierLink> earlier =
                EarlierLink.find(request, config, new Links(host.route()), new Links(container));
        if (earlier.isPresent()) {
            port = earlier.get();
            record = BridgeRecord.begun(attachment, config, port, netns);
        }
        if (earlier.isEmpty() || !port.reachesContainer()) {
            requireFree();
        }
    }

    private void requireFree() {
        VethPair.requireFree(attachment.ifname(), netns, new Links(container));
    }

    private boolean isAlive(BridgeRecord other) {
        return EarlierLinkRecord.isAlive(other, new Links(host.route()));
    }

    private void takeBack() {
        remove(record, addressesTaken);
    }

    private void remove(BridgeRecord which, boolean withAddresses) {
        ledger.takeBack(
                which.entry(),
                cleanup -> {
                    removal.recorded(which.entry(), cleanup);
                    if (withAddresses && ipam.isPresent()) {
                        cleanup.step("release the addresses", this::releaseAddresses);
                    }
                });
    }

    private void releaseAddresses() {
        ipam.orElseThrow()
                .del(new Request.Del(request.config(), attachment, request.environment()));
    }

    /** Makes the bridge where it is missing, and the port with its settings. */
    private Link connect() {
        if (!config.removeUnusedBridge()) {
            return joinBridge();
        }
        try (FileLock alone = ledger.lockShared(Removal.bridgeLock(config.bridge()), call.stop())) {
            return joinBridge();
        }
    }

    private Link joinBridge() {
        Links links = new Links(host.route());
        HostBridge hostBridge = new HostBridge(config, host.route());
        Link bridge = hostBridge.ensure();
        port.join(config, bridge, netns, attachment.ifname(), links);
        Link joined = hostBridge.keepMac(bridge);
        if (config.hasPortSettings()) {
            configurePort(links, hostLink().index());
        }
        if (config.macSpoofCheck()) {
            new MacSpoofCheck(host.netfilter())
                    .add(attachment, port.hostName(), port.containerMac());
        }
        call.stop().check();
        return joined;
    }

    private void configurePort(Links links, int index) {
        if (config.hairpin()) {
            links.setHairpin(index, true);
        }
        if (config.portIsolation()) {
            links.setIsolated(index, true);
        }
        PortVlans.apply(config, links, index);
    }

    private Link hostLink() {
        return new Links(host.route())
                .find(port.hostName())
                .orElseThrow(() -> new KernelException("find " + port.hostName(), Errno.ENODEV));
    }

    /**
     * Asks the IPAM plugin, and writes its answer down; an L2 network has no addresses and asks
     * nobody.
     */
    private AddResult takeAddresses() {
        if (ipam.isEmpty()) {
            return new AddResult(List.of(), List.of(), List.of(), Dns.NONE);
        }
        AddResult given = ipam.get().add(request);
        addressesTaken = true;
        if (given.ips().isEmpty()) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "attach "
                            + attachment
                            + ": the ipam plugin "
                            + ipam.get().name()
                            + " gave no address",
                    "configure addresses in ipam, or leave ipam out for a network without addresses");
        }
        AddResult complete = AddressPlan.of(given, config);
        record = record.with(cidrs(complete.ips()));
        return complete;
    }

    /** The link that carries the gateway's addresses, if the bridge is the gateway. */
    private Optional<Link> serveAsGateway(Link bridge, List<IpConfig> ips) {
        if (!config.isGateway() || ips.isEmpty()) {
            return Optional.empty();
        }
        List<Cidr> gateways = BridgePlugin.gateways(ips);
        HostBridge hostBridge = new HostBridge(config, host.route());
        Link gateway = hostBridge.gatewayLink(bridge);
        hostBridge.ensureAddresses(gateway, gateways);
        Forwarding.enable(gateways);
        forgetNeighbours(gateway, ips);
        call.stop().check();
        return Optional.of(gateway);
    }

    /** The host may remember another container that had the address. */
    private void forgetNeighbours(Link gateway, List<IpConfig> ips) {
        Neighbours neighbours = new Neighbours(host.route());
        for (IpConfig ip : ips) {
            neighbours.deleteIfPresent(gateway.index(), ip.address().address().bytes());
        }
    }

    private void masquerade() {
        if (!config.masquerades()) {
            return;
        }
        if (config.masquerade() == MasqueradeBackend.IPTABLES) {
            // Its rules can only be found again by their addresses.
            ledger.write(record.entry());
        }
        new Masquerading(host, request.environment())
                .add(
                        config.masquerade(),
                        attachment,
                        record.addresses(),
                        new LiveOwners(ledger, entry -> isAlive(new BridgeRecord(entry))));
        call.stop().check();
    }

    /** Both ends of the attachment, as they are once all is done. */
    private record Ends(Link host, Link container) {}

    private Ends readEnds() {
        return new Ends(hostLink(), containerLink());
    }

    private Optional<Ends> configureContainer(AddResult addresses) {
        if (config.disableContainerInterface() || !port.reachesContainer()) {
            return Optional.empty();
        }
        Link link = containerLink();
        ContainerNetwork network = new ContainerNetwork(netns, container, link, call.log());
        Segment segment = new Segment(netns, container, link);
        noteAdditions(network, addresses);
        if (addresses.ips().isEmpty()) {
            new Links(container).setUp(link.index());
        } else {
            network.setUp(addresses.ips(), config.enableDad(), 0);
            network.addRoutes(network.routesOf(addresses));
        }
        Ends ends = awaitUp();
        if (config.enableDad()) {
            segment.awaitDetection(addresses.ips(), call.stop());
        }
        Link inside = ends.container;
        segment.announce(inside, present(inside, addresses.ips()), addresses.ips());
        return Optional.of(ends);
    }

    /** An interface of our own has what it was just given, and need not be asked. */
    private List<Address> present(Link link, List<IpConfig> ips) {
        if (port instanceof EarlierLink) {
            return new Addresses(container).list(link.index());
        }
        List<Address> given = new ArrayList<>();
        for (IpConfig ip : ips) {
            byte[] bytes = ip.address().address().bytes();
            given.add(new Address(link.index(), bytes, ip.address().prefixLength(), 0, 0));
        }
        return given;
    }

    /** An interface of our own goes with all that it has; of another's the addition is undone. */
    private void noteAdditions(ContainerNetwork network, AddResult addresses) {
        if (port instanceof EarlierLink) {
            ForeignInterface given = new ForeignInterface(container, containerLink());
            record =
                    new EarlierLinkRecord(record)
                            .adding(
                                    given.missingAddresses(addresses.ips()),
                                    given.missingRoutes(network.routesOf(addresses)))
                            .record();
            ledger.write(record.entry());
        }
    }

    /**
     * The ends of a pair come up one by one, and what is sent before by either is lost. A tap has
     * no carrier before somebody opens it, which may be later.
     */
    private Ends awaitUp() {
        if (port instanceof EarlierLink earlier && !earlier.isPair()) {
            return readEnds();
        }
        return new Ends(
                VethPair.awaitUp(port.hostName(), host.route()),
                VethPair.awaitUp(attachment.ifname(), container));
    }

    private Link containerLink() {
        return new Links(container)
                .find(attachment.ifname())
                .orElseThrow(() ->
                        new KernelException(
                                "find " + attachment.ifname() + " in " + netns.path(),
                                Errno.ENODEV));
    }

    /** This ADD's own behind what earlier plugins of the chain made. */
    private AddResult result(
            Link bridge, Optional<Link> gateway, Optional<Ends> ends, AddResult addresses) {
        Dns dns = config.dns() == null ? addresses.dns() : config.dns();
        AddResult own =
                new AddResult(
                        interfaces(bridge, gateway, ends),
                        addresses.ips(),
                        addresses.routes(),
                        dns);
        AddResult previous = request.config().prevResult().orElse(null);
        if (previous == null) {
            return own;
        }
        return port instanceof EarlierLink earlier
                ? earlier.placed(own, previous)
                : own.behind(previous);
    }

    /** The links as they were read last: a MAC may have changed since they were made. */
    private List<NetworkInterface> interfaces(
            Link bridge, Optional<Link> gateway, Optional<Ends> ends) {
        List<NetworkInterface> interfaces = new ArrayList<>();
        interfaces.add(ofHost(bridge));
        if (port instanceof VethPort) {
            Ends pair = ends.orElseGet(this::readEnds);
            interfaces.add(ofHost(pair.host));
            interfaces.add(ofContainer(pair.container));
        }
        if (gateway.isPresent() && gateway.get().index() != bridge.index()) {
            interfaces.add(ofHost(gateway.get()));
        }
        return interfaces;
    }

    private NetworkInterface ofContainer(Link inside) {
        return NetworkInterface.ofContainer(
                inside.name(), inside.macText(), inside.mtu(), request.environment().netns());
    }

    private static NetworkInterface ofHost(Link link) {
        return NetworkInterface.ofHost(link.name(), link.macText(), link.mtu());
    }

    private static List<Cidr> cidrs(List<IpConfig> ips) {
        List<Cidr> cidrs = new ArrayList<>();
        for (IpConfig ip : ips) {
            cidrs.add(ip.address());
        }
        return cidrs;
    }
}
