package dev.pontoon.portmap;

import dev.pontoon.linux.NetworkNamespace;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.Undo;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Request;
import java.util.Optional;

/**
 * One ADD. What it makes is taken back by the same code that serves DEL, from the same record,
 * whether it is this call that fails or a later one that finds the record of a call that was
 * killed.
 */
final class Addition {
    private final Request.Add request;
    private final PortmapConfig config;
    private final AddResult previous;
    private final Mapping mapping;
    private final Ledger ledger;
    private final Call call;
    private final Removal removal;

    /** Throws code 7 for ports that the container's addresses cannot serve; touches nothing. */
    Addition(
            Request.Add request,
            PortmapConfig config,
            AddResult previous,
            Ledger ledger,
            HostSockets host,
            Call call) {
        this.request = request;
        this.config = config;
        this.previous = previous;
        this.mapping =
                new Mapping(
                        request.attachment(),
                        request.environment(),
                        config,
                        ContainerAddresses.of(previous, request.attachment().ifname()),
                        ledger,
                        host,
                        call);
        this.ledger = ledger;
        this.call = call;
        this.removal = new Removal(host, ledger, request.environment(), call.log());
    }

    /** Maps the ports. The caller holds the lock of the attachment. */
    AddResult run(NetworkNamespace netns) {
        refuseIfMapped(netns);
        if (mapping.forwards().isEmpty()) {
            return previous;
        }
        PortmapRecord record =
                PortmapRecord.begun(
                        request.attachment(),
                        netns,
                        request.config(),
                        config.backend(),
                        mapping.forwards(),
                        mapping.dispatches());
        try (Undo undo = new Undo(call.stop())) {
            undo.push("remove the ports of " + request.attachment(), this::removeKnown);
            ledger.write(record.entry());
            PortmapRecord made = mapping.make(record);
            call.timing().did("ports");
            call.stop().check();
            ledger.write(made.finish().entry());
            undo.commit();
            return previous;
        }
    }

    /**
     * Ports that are mapped are refused before anything is touched. What was never finished, or was
     * for a container that had another namespace, is removed.
     */
    private void refuseIfMapped(NetworkNamespace netns) {
        Optional<LedgerEntry> known = ledger.find(request.attachment(), PortmapPlugin.NAME);
        if (known.isEmpty()) {
            return;
        }
        PortmapRecord earlier = new PortmapRecord(known.get());
        if (earlier.isFinished() && earlier.isOf(netns)) {
            throw new CniException(
                    ErrorCode.ALREADY_ATTACHED,
                    "map ports to " + request.attachment() + ": it has mapped ports already",
                    "DEL it first");
        }
        call.log().line("removing what an earlier ADD left of " + request.attachment());
        remove(earlier);
    }

    /** What the ledger has of this call by now. */
    private void removeKnown() {
        ledger.find(request.attachment(), PortmapPlugin.NAME)
                .ifPresent(entry -> remove(new PortmapRecord(entry)));
    }

    private void remove(PortmapRecord record) {
        ledger.takeBack(record.entry(), cleanup -> removal.recorded(record.entry(), cleanup));
    }
}
