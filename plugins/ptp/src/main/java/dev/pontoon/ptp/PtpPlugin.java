package dev.pontoon.ptp;

import dev.pontoon.attachment.AttachmentRecord;
import dev.pontoon.attachment.Forwarding;
import dev.pontoon.attachment.IpamReadiness;
import dev.pontoon.attachment.LiveOwners;
import dev.pontoon.attachment.Masquerading;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Delegate;
import dev.pontoon.plugin.Detachment;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Recorded;
import dev.pontoon.plugin.Sandbox;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Request;
import java.util.Optional;

/** The {@code ptp} plugin: joins a container to the host by a link that only these two share. */
public final class PtpPlugin implements Plugin {
    static final String NAME = "ptp";

    /** Where the container's interface stands in the list of a result: behind the host's end. */
    static final int CONTAINER_INDEX = 1;

    private static final Detachment DETACHMENT =
            Detachment.withAddresses(
                    NAME, (host, ledger, environment, _) -> new Removal(host, ledger, environment));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        PtpConfig config = PtpConfig.read(request.config());
        // Read before anything is touched: it may be none.
        request.config().prevResult();
        Ledger ledger = Ledger.of(request.config());
        Delegate ipam = Delegate.ipam(request.config(), request.environment(), call).orElseThrow();
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                FileLock lock = ledger.lock(request.attachment(), call.stop());
                HostSockets host = call.caller().hostSockets();
                NetlinkSocket container = netns.routeSocket()) {
            return new Addition(request, config, ipam, ledger, netns, host, container, call).run();
        }
    }

    @Override
    public void check(Request.Check request, Call call) {
        PtpConfig config = PtpConfig.read(request.config());
        AddResult previous = request.config().prevResult().orElseThrow();
        Delegate.ipam(request.config(), request.environment(), call).orElseThrow().check(request);
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                HostSockets host = call.caller().hostSockets();
                NetlinkSocket container = netns.routeSocket()) {
            new Inspection(request, config, previous, host, container).run();
        }
    }

    @Override
    public void del(Request.Del request, Call call) {
        DETACHMENT.del(request, call);
    }

    @Override
    public void gc(Request.Gc request, Call call) {
        DETACHMENT.gc(request, call);
    }

    /**
     * Whether an ADD could be served now, and whether containers that are attached suffer already:
     * their packets are not forwarded.
     */
    @Override
    public void status(Request.Status request, Call call) {
        PtpConfig config = PtpConfig.read(request.config());
        Ledger ledger = Ledger.of(request.config());
        ledger.requireWritable();
        IpamReadiness.require(request, call);
        try (HostSockets host = call.caller().hostSockets()) {
            new Masquerading(host, request.environment()).requireAvailable(config.masquerade());
        }
        Forwarding.requireFor(ledger.entries(request.config().name(), NAME));
    }

    @Override
    public Optional<String> missing(Recorded attachment, Call call) {
        AttachmentRecord record = new AttachmentRecord(attachment.entry());
        try (HostSockets host = call.caller().hostSockets()) {
            return record.isAlive(new Links(host.route()))
                    ? new Masquerading(host, attachment.environment()).missing(record)
                    : Optional.empty();
        }
    }

    @Override
    public void restore(Recorded attachment, Call call) {
        try (HostSockets host = call.caller().hostSockets()) {
            Links links = new Links(host.route());
            new Masquerading(host, attachment.environment())
                    .restore(
                            new AttachmentRecord(attachment.entry()),
                            new LiveOwners(
                                    attachment.ledger(),
                                    entry -> new AttachmentRecord(entry).isAlive(links)));
        }
    }
}
