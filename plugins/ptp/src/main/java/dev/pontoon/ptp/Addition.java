package dev.pontoon.ptp;

import dev.pontoon.attachment.AttachmentRecord;
import dev.pontoon.attachment.EarlierAdd;
import dev.pontoon.attachment.Forwarding;
import dev.pontoon.attachment.LiveOwners;
import dev.pontoon.attachment.Masquerading;
import dev.pontoon.attachment.VethPair;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.Link;
import dev.pontoon.linux.Links;
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
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.NetworkInterface;
import dev.pontoon.protocol.Request;
import java.util.List;
import java.util.Optional;

/**
 * One ADD. What it makes is taken back by the same code that serves DEL, from the same record,
 * whether it is this call that fails or a later one that finds the record of a call that was
 * killed.
 */
final class Addition {
    private final Request.Add request;
    private final PtpConfig config;
    private final Delegate ipam;
    private final Ledger ledger;
    private final NetworkNamespace netns;
    private final HostSockets host;
    private final NetlinkSocket container;
    private final Call call;
    private final Attachment attachment;
    private final Removal removal;
    private final VethPair pair;
    private AttachmentRecord record;
    private boolean addressesTaken;

    Addition(
            Request.Add request,
            PtpConfig config,
            Delegate ipam,
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
        this.pair = VethPair.random();
        this.record =
                AttachmentRecord.begun(attachment, PtpPlugin.NAME, netns, config.masquerade())
                        .with(pair);
    }

    /** Attaches the container. The caller holds the attachment's lock. */
    AddResult run() {
        refuseIfAttached();
        VethPair.requireFree(attachment.ifname(), netns, new Links(container));
        try (Undo undo = new Undo(call.stop())) {
            undo.push("remove what was made for " + attachment, this::takeBack);
            ledger.write(record.entry());
            pair.create(netns, attachment.ifname(), config.mtu(), 0, new Links(host.route()));
            call.timing().did("link");
            AddResult addresses = takeAddresses();
            call.timing().did("ipam");
            serveAsGateway(addresses.ips());
            call.timing().did("gateway");
            masquerade();
            call.timing().did("masquerade");
            configureContainer(addresses);
            AddResult result = result(addresses);
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
        Optional<LedgerEntry> known = ledger.find(attachment, PtpPlugin.NAME);
        if (known.isPresent()) {
            AttachmentRecord earlier = new AttachmentRecord(known.get());
            new EarlierAdd(earlier, () -> isAlive(earlier))
                    .requireDead(netns, container, call.stop());
            call.log().line("removing what an earlier ADD left of " + attachment);
            remove(earlier, true);
        }
    }

    private boolean isAlive(AttachmentRecord other) {
        return other.isAlive(new Links(host.route()));
    }

    private void takeBack() {
        remove(record, addressesTaken);
    }

    private void remove(AttachmentRecord which, boolean withAddresses) {
        ledger.takeBack(
                which.entry(),
                cleanup -> {
                    removal.recorded(which.entry(), cleanup);
                    if (withAddresses) {
                        cleanup.step("release the addresses", this::releaseAddresses);
                    }
                });
    }

    private void releaseAddresses() {
        ipam.del(new Request.Del(request.config(), attachment, request.environment()));
    }

    /**
     * Asks the IPAM plugin, and writes its answer down: rules of iptables can only be found again
     * by their addresses.
     */
    private AddResult takeAddresses() {
        AddResult given = ipam.add(request);
        addressesTaken = true;
        AddResult plan = AddressPlan.of(given, config);
        record = record.withAddresses(AddressPlan.cidrs(plan.ips()));
        if (config.masquerades()) {
            ledger.write(record.entry());
        }
        call.stop().check();
        return plan;
    }

    private void serveAsGateway(List<IpConfig> ips) {
        Forwarding.enable(AddressPlan.cidrs(ips));
        new HostEnd(hostLink(), host.route()).serve(ips);
        call.stop().check();
    }

    private Link hostLink() {
        return new Links(host.route())
                .find(pair.hostName())
                .orElseThrow(() -> new KernelException("find " + pair.hostName(), Errno.ENODEV));
    }

    private void masquerade() {
        new Masquerading(host, request.environment())
                .add(
                        config.masquerade(),
                        attachment,
                        record.addresses(),
                        new LiveOwners(ledger, entry -> isAlive(new AttachmentRecord(entry))));
        call.stop().check();
    }

    private void configureContainer(AddResult addresses) {
        new ContainerEnd(netns, container, containerLink(), call.log()).configure(addresses);
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
    private AddResult result(AddResult addresses) {
        Link outside = VethPair.awaitUp(pair.hostName(), host.route());
        Link inside = containerLink();
        List<NetworkInterface> interfaces =
                List.of(
                        NetworkInterface.ofHost(outside.name(), outside.macText(), outside.mtu()),
                        NetworkInterface.ofContainer(
                                inside.name(),
                                inside.macText(),
                                inside.mtu(),
                                request.environment().netns()));
        Dns dns = config.dns() == null ? addresses.dns() : config.dns();
        AddResult own = new AddResult(interfaces, addresses.ips(), addresses.routes(), dns);
        return request.config().prevResult().map(own::behind).orElse(own);
    }
}
