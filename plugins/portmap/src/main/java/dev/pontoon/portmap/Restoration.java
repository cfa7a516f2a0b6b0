package dev.pontoon.portmap;

import dev.pontoon.attachment.LivingAttachments;
import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Findings;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.Recorded;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Environment;
import dev.pontoon.protocol.NetworkConfig;
import java.util.Optional;

/**
 * What a reload of the firewall takes from ports that are mapped: looks for it and makes it anew,
 * by the configuration that the ledger keeps.
 */
final class Restoration {
    private final PortmapRecord record;
    private final Ledger ledger;
    private final Environment environment;
    private final HostSockets host;
    private final Call call;

    Restoration(Recorded attachment, HostSockets host, Call call) {
        this.record = new PortmapRecord(attachment.entry());
        this.ledger = attachment.ledger();
        this.environment = attachment.environment();
        this.host = host;
        this.call = call;
    }

    /** The first thing that is missing, as a sentence; empty also if the container is gone. */
    Optional<String> missing() {
        Optional<NetworkConfig> configuration = record.configuration();
        if (configuration.isEmpty() || !new LivingAttachments(host).test(record.entry())) {
            return Optional.empty();
        }
        Inspection inspection =
                new Inspection(
                        record.attachment(),
                        PortmapConfig.read(configuration.get()),
                        container(configuration.get()),
                        host);
        return new Findings(record.attachment())
                .of(() ->
                        inspection.run(
                                record,
                                new IptablesForwards(ledger, record.attachment(), environment)));
    }

    private ContainerAddresses container(NetworkConfig configuration) {
        AddResult previous = configuration.prevResult().orElseThrow();
        return ContainerAddresses.of(previous, record.attachment().ifname());
    }

    void run() {
        NetworkConfig configuration = record.configuration().orElseThrow();
        Mapping mapping =
                new Mapping(
                        record.attachment(),
                        environment,
                        PortmapConfig.read(configuration),
                        container(configuration),
                        ledger,
                        host,
                        call);
        if (record.uses(Backend.IPTABLES)) {
            // What is left of its chains would stand beside the new rules.
            new Removal(host, ledger, environment, call.log()).removeIptables(record);
        }
        record.guard().ifPresent(this::guard);
        ledger.write(mapping.make(record).entry());
    }

    private void guard(Localnet.Setting before) {
        new Localnet(host).record(before);
        Localnet.set(before.ifname());
    }
}
