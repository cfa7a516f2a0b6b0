package dev.pontoon.doctor;

import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Elements of our own tables of nftables whose owner nobody knows. */
final class AbandonedElementCheck implements Check {
    private static final int OWNER_PARTS = 3;
    private static final List<Table> TABLES =
            List.of(new Table(Family.INET, "pontoon"), new Table(Family.BRIDGE, "pontoon"));

    @Override
    public String name() {
        return "abandoned-elements";
    }

    @Override
    public String subject() {
        return "elements in Pontoon's own nftables";
    }

    @Override
    public List<Finding> look(Node node) throws IOException {
        Optional<Nftables> nftables = node.nftables();
        Map<String, List<Owned>> byOwner =
                nftables.isPresent() ? byOwner(nftables.get()) : new TreeMap<>();
        // Read afterwards: an ADD enters itself in the ledger before it makes anything.
        byOwner.keySet().removeIf(owner -> isKnown(node, owner));
        if (!byOwner.isEmpty()) {
            Tenants tenants = node.tenants();
            byOwner.values().removeIf(owned -> !tenants.complete() || isInUse(owned, tenants));
        }
        Detaching detaching = new Detaching(node);
        List<Finding> findings = new ArrayList<>();
        byOwner.forEach((owner, owned) -> findings.add(finding(owner, owned, detaching)));
        return findings;
    }

    private record Owned(Table table, String set, SetElement element) {
        /** Whose sets these are. */
        String plugin() {
            if (set.startsWith("hostport_")) {
                return "portmap";
            }
            return set.startsWith("firewall_") ? "firewall" : "bridge";
        }
    }

    private static Map<String, List<Owned>> byOwner(Nftables nftables) {
        Map<String, List<Owned>> byOwner = new TreeMap<>();
        for (Table table : TABLES) {
            for (String set : nftables.sets(table)) {
                for (SetElement each : nftables.elements(table, set)) {
                    if (each.comment().split("/", -1).length == OWNER_PARTS) {
                        byOwner.computeIfAbsent(each.comment(), _ -> new ArrayList<>())
                                .add(new Owned(table, set, each));
                    }
                }
            }
        }
        return byOwner;
    }

    private static boolean isKnown(Node node, String owner) {
        String[] parts = owner.split("/", -1);
        return node.knows(parts[0], parts[1]);
    }

    /** Somebody may have emptied the ledger's folder, and the containers are there all the same. */
    private static boolean isInUse(List<Owned> owned, Tenants tenants) {
        for (Owned each : owned) {
            byte[] key = each.element().key().bytes();
            byte[] data = each.element().data().map(Value::bytes).orElse(new byte[0]);
            for (Ip address : tenants.addresses()) {
                if (!address.isLoopback()
                        && (has(key, address.bytes()) || has(data, address.bytes()))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean has(byte[] all, byte[] part) {
        for (int i = 0; i + part.length <= all.length; i++) {
            if (Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    private static Finding finding(String owner, List<Owned> owned, Detaching detaching) {
        String[] parts = owner.split("/", -1);
        Set<String> sets = new TreeSet<>();
        Set<String> plugins = new TreeSet<>(Comparator.reverseOrder());
        for (Owned each : owned) {
            sets.add(each.table() + " " + each.set());
            plugins.add(each.plugin());
        }
        // A longer name is cut, and ends in a hash.
        boolean isWhole = owner.indexOf('#') < 0;
        return new Finding(
                Severity.ADVICE,
                "nftables set " + String.join(", ", sets),
                "has elements of " + owner + ", whom no ledger knows",
                "its address or ports lead to whoever gets the address next",
                isWhole
                        ? Mend.by(
                                detaching.of(
                                        new Attachment(parts[0], parts[1], parts[2]),
                                        List.copyOf(plugins)))
                        : Mend.byHand(
                                "have the runtime collect garbage (CNI GC) in network "
                                        + parts[0]));
    }
}
