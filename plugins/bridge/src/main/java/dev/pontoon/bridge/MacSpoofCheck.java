package dev.pontoon.bridge;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.nft.BaseChain;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.DataType;
import dev.pontoon.linux.nft.Expressions;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Field;
import dev.pontoon.linux.nft.Hook;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.linux.nft.Verdict;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Attachment;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Drops frames that a container sends with another source MAC than its own: two sets and one rule
 * for all containers, in a table of our own.
 *
 * <pre>
 *   table bridge pontoon {
 *     set spoof_ports { type ifname }
 *     set spoof_macs  { type ifname . ether_addr }
 *     chain prerouting { type filter hook prerouting priority dstnat
 *                        iifname @spoof_ports iifname . ether saddr != @spoof_macs drop }
 *   }
 * </pre>
 */
final class MacSpoofCheck {
    private static final Table TABLE = new Table(Family.BRIDGE, "pontoon");
    private static final String PREROUTING = "prerouting";
    private static final SetDefinition PORTS =
            SetDefinition.set("spoof_ports", DataType.INTERFACE_NAME);
    private static final SetDefinition MACS =
            SetDefinition.set("spoof_macs", DataType.INTERFACE_NAME, DataType.ETHER_ADDRESS);
    private static final int ATTEMPTS = 16;

    private final Nftables nftables;

    MacSpoofCheck(NetlinkSocket netfilter) {
        this.nftables = new Nftables(netfilter);
    }

    /** Lets that port send with that source MAC only. */
    void add(Attachment attachment, String port, byte[] mac) {
        String owner = OwnerTag.of(attachment);
        for (int attempt = 1; ; attempt++) {
            NftBatch batch = new NftBatch();
            ensureTable(batch);
            batch.addElement(TABLE, MACS.name(), SetElement.of(pair(port, mac)).commented(owner))
                    .addElement(
                            TABLE,
                            PORTS.name(),
                            SetElement.of(Value.interfaceName(port)).commented(owner));
            try {
                nftables.commit(batch);
                return;
            } catch (KernelException e) {
                // A DEL removed the table since we looked.
                if (attempt == ATTEMPTS || !e.is(Errno.ENOENT)) {
                    throw e;
                }
            }
        }
    }

    private void ensureTable(NftBatch batch) {
        if (isHooked()) {
            return;
        }
        batch.ensureTable(TABLE)
                .ensureSet(TABLE, PORTS)
                .ensureSet(TABLE, MACS)
                .ensureBaseChain(
                        TABLE,
                        PREROUTING,
                        BaseChain.filter(Hook.PREROUTING, BaseChain.BRIDGE_DESTINATION_NAT))
                .flushChain(TABLE, PREROUTING)
                .addRule(
                        TABLE,
                        PREROUTING,
                        new Expressions(Family.BRIDGE)
                                .load(Field.INPUT_INTERFACE)
                                .in(PORTS.name())
                                .load(Field.INPUT_INTERFACE)
                                .load(Field.ETHER_SOURCE)
                                .notIn(MACS.name())
                                .then(Verdict.drop()),
                        "");
    }

    private boolean isHooked() {
        Optional<Chain> chain = nftables.chain(TABLE, PREROUTING);
        if (chain.isEmpty() || chain.get().base() == null) {
            return false;
        }
        for (Rule rule : nftables.rules(TABLE, PREROUTING)) {
            if (rule.lookups().equals(List.of(PORTS.name(), MACS.name()))) {
                return true;
            }
        }
        return false;
    }

    /** Whether frames of that port with another source MAC are dropped. */
    boolean has(String port, byte[] mac) {
        return isHooked()
                && nftables.element(TABLE, PORTS.name(), Value.interfaceName(port)).isPresent()
                && nftables.element(TABLE, MACS.name(), pair(port, mac)).isPresent();
    }

    /** Removes what belongs to a port. */
    void remove(String port, byte[] mac) {
        NftBatch batch = new NftBatch();
        Value name = Value.interfaceName(port);
        if (nftables.element(TABLE, PORTS.name(), name).isPresent()) {
            batch.deleteElement(TABLE, PORTS.name(), name);
        }
        if (nftables.element(TABLE, MACS.name(), pair(port, mac)).isPresent()) {
            batch.deleteElement(TABLE, MACS.name(), pair(port, mac));
        }
        commitRemoval(batch);
    }

    /** Removes everything whose owner is of that kind. */
    void removeIf(Predicate<String> owner) {
        // Both sets are read before any owner is judged: see StaleOwners.
        List<SetElement> ports = nftables.elements(TABLE, PORTS.name());
        List<SetElement> macs = nftables.elements(TABLE, MACS.name());
        NftBatch batch = new NftBatch();
        deleteIf(owner, ports, PORTS.name(), batch);
        deleteIf(owner, macs, MACS.name(), batch);
        commitRemoval(batch);
    }

    private static void deleteIf(
            Predicate<String> owner, List<SetElement> elements, String set, NftBatch batch) {
        for (SetElement element : elements) {
            if (owner.test(element.comment())) {
                batch.deleteElement(TABLE, set, element.key());
            }
        }
    }

    private void commitRemoval(NftBatch batch) {
        if (batch.isEmpty()) {
            return;
        }
        nftables.commitRemoval(batch);
        removeTableIfEmpty();
    }

    private void removeTableIfEmpty() {
        nftables.commitAsRead(() -> {
            boolean isEmpty =
                    nftables.elements(TABLE, PORTS.name()).isEmpty()
                            && nftables.elements(TABLE, MACS.name()).isEmpty()
                            && nftables.hasTable(TABLE);
            return isEmpty ? new NftBatch().deleteTable(TABLE) : new NftBatch();
        });
    }

    private static Value pair(String port, byte[] mac) {
        return Value.concat(Value.interfaceName(port), Value.mac(mac));
    }
}
