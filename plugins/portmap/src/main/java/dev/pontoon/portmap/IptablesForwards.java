package dev.pontoon.portmap;

import dev.pontoon.attachment.IptablesTable;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.plugin.LedgerEntry;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Environment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Maps ports with the {@code iptables} program, for networks that ask for it. Nothing in its tables
 * tells the interface that a rule is for, so who has which port is read in the ledger.
 */
final class IptablesForwards {
    /** The table that all of it is in. */
    static final String TABLE = "nat";

    private final Ledger ledger;
    private final Attachment attachment;
    private final String path;

    /** For one attachment; programs are looked for in the PATH of the environment. */
    IptablesForwards(Ledger ledger, Attachment attachment, Environment environment) {
        this.ledger = ledger;
        this.attachment = attachment;
        this.path = environment.programPath();
    }

    /** The entries of all others whose ports are mapped by iptables. */
    private List<PortmapRecord> others() {
        List<PortmapRecord> others = new ArrayList<>();
        for (String network : ledger.networks()) {
            for (LedgerEntry entry : ledger.entries(network, PortmapPlugin.NAME)) {
                PortmapRecord record = new PortmapRecord(entry);
                if (!entry.attachment().equals(attachment) && record.uses(Backend.IPTABLES)) {
                    others.add(record);
                }
            }
        }
        return others;
    }

    /**
     * Those who have one of the ports in iptables and are gone: their rules would go before new
     * ones. Throws code 102 if somebody who lives has one.
     */
    List<PortmapRecord> goneOwners(List<Forward> forwards, Predicate<String> isLive) {
        List<PortmapRecord> gone = new ArrayList<>();
        for (PortmapRecord other : others()) {
            Optional<Forward> taken = firstOverlap(other, forwards);
            if (taken.isPresent()) {
                String owner = OwnerTag.of(other.attachment());
                if (isLive.test(owner)) {
                    throw PortTaken.by(owner, taken.get());
                }
                gone.add(other);
            }
        }
        return gone;
    }

    private static Optional<Forward> firstOverlap(PortmapRecord other, List<Forward> forwards) {
        List<Forward> theirs = other.forwards();
        return forwards.stream()
                .filter(ours -> theirs.stream().anyMatch(each -> each.overlaps(ours)))
                .findFirst();
    }

    /** Makes the rules, those of an IP version all at once. */
    void add(PortmapConfig config, List<Forward> forwards, ContainerAddresses container) {
        for (boolean v4 : new boolean[] {true, false}) {
            Cidr address = container.of(v4);
            List<Forward> ofVersion = ofVersion(forwards, v4);
            if (address == null || ofVersion.isEmpty()) {
                continue;
            }
            IptablesRules rules = new IptablesRules(attachment, config, ofVersion, address);
            IptablesTable table = IptablesTable.ofHost(path, v4, TABLE);
            List<String> listed = table.list();
            for (String chain : rules.sharedChains()) {
                table.ensureChain(chain, listed);
            }
            table.ensureChain(ReferenceNames.chain(attachment), listed);
            List<String> changes = new ArrayList<>(rules.missingShared(listed));
            changes.addAll(rules.own());
            table.change(changes);
        }
    }

    /** The first thing that is missing of what {@link #add} made; empty if nothing is. */
    String fault(PortmapConfig config, List<Forward> forwards, ContainerAddresses container) {
        for (boolean v4 : new boolean[] {true, false}) {
            Cidr address = container.of(v4);
            List<Forward> ofVersion = ofVersion(forwards, v4);
            if (address != null && !ofVersion.isEmpty()) {
                String fault =
                        new IptablesRules(attachment, config, ofVersion, address)
                                .fault(IptablesTable.ofHost(path, v4, TABLE).list());
                if (!fault.isEmpty()) {
                    return fault;
                }
            }
        }
        return "";
    }

    private static List<Forward> ofVersion(List<Forward> forwards, boolean v4) {
        return forwards.stream().filter(each -> each.isV4() == v4).toList();
    }

    /** What route_localnet of an interface was before any of ours; nftables may remember it. */
    String localnetBefore(String ifname, List<Localnet.Setting> recorded) {
        for (Localnet.Setting each : recorded) {
            if (each.ifname().equals(ifname)) {
                return each.value();
            }
        }
        for (PortmapRecord other : others()) {
            if (other.localnet().equals(ifname)) {
                return other.localnetWas();
            }
        }
        return Localnet.read(ifname).value();
    }

    /** Whether another attachment needs route_localnet of an interface. */
    boolean othersNeedLocalnet(String ifname) {
        return others().stream().anyMatch(each -> each.localnet().equals(ifname));
    }
}
