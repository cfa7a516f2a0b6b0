package dev.pontoon.portmap;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.linux.FileLock;
import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Detachment;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.Plugin;
import dev.pontoon.plugin.Recorded;
import dev.pontoon.plugin.Sandbox;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Request;
import java.util.Optional;

/** The {@code portmap} plugin: leads ports of the host to a container. */
public final class PortmapPlugin implements Plugin {
    static final String NAME = "portmap";

    private static final Detachment DETACHMENT = Detachment.chained(NAME, Removal::new);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        PortmapConfig config = PortmapConfig.read(request.config());
        AddResult previous = request.config().prevResult().orElseThrow(PortmapPlugin::notChained);
        Ledger ledger = Ledger.of(request.config());
        if (config.mappings().isEmpty() && ledger.find(request.attachment(), NAME).isEmpty()) {
            return previous;
        }
        try (HostSockets host = call.caller().hostSockets()) {
            Addition addition = new Addition(request, config, previous, ledger, host, call);
            try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                    FileLock lock = ledger.lock(request.attachment(), call.stop())) {
                return addition.run(netns);
            }
        }
    }

    private static CniException notChained() {
        return new CniException(
                ErrorCode.INVALID_CONFIG,
                "must be called as chained plugin: the configuration has no prevResult",
                "put portmap into \"plugins\" behind the plugin that attaches the container");
    }

    @Override
    public void check(Request.Check request, Call call) {
        PortmapConfig config = PortmapConfig.read(request.config());
        if (config.mappings().isEmpty()) {
            return;
        }
        AddResult previous = request.config().prevResult().orElseThrow(PortmapPlugin::notChained);
        Attachment attachment = request.attachment();
        Ledger ledger = Ledger.of(request.config());
        try (NetworkNamespace netns = Sandbox.open(request.environment(), call);
                HostSockets host = call.caller().hostSockets()) {
            new Inspection(
                            attachment,
                            config,
                            ContainerAddresses.of(previous, attachment.ifname()),
                            host)
                    .run(
                            ledger.find(attachment, NAME).map(PortmapRecord::new).orElse(null),
                            new IptablesForwards(ledger, attachment, request.environment()));
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

    @Override
    public void status(Request.Status request, Call call) {
        PortmapConfig config = PortmapConfig.read(request.config());
        Ledger.of(request.config()).requireWritable();
        if (config.backend() == Backend.IPTABLES) {
            String path = request.environment().programPath();
            IptablesTable.ofHost(path, true, IptablesForwards.TABLE).requireInstalled();
            return;
        }
        try (HostSockets host = call.caller().hostSockets()) {
            if (!Nftables.isAvailable(host.netfilter())) {
                throw new CniException(
                        ErrorCode.NOT_AVAILABLE,
                        "this kernel has no nftables, which mapped ports need",
                        "load the module nf_tables, or set backend to iptables");
            }
        }
    }

    @Override
    public Optional<String> missing(Recorded attachment, Call call) {
        try (HostSockets host = call.caller().hostSockets()) {
            return new Restoration(attachment, host, call).missing();
        }
    }

    @Override
    public void restore(Recorded attachment, Call call) {
        try (HostSockets host = call.caller().hostSockets()) {
            new Restoration(attachment, host, call).run();
        }
    }
}
