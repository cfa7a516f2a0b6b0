package dev.pontoon.portmap;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.linux.nft.Verdict;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Maps ports in our own table: makes elements and looks at them. See {@link Dispatch}. */
final class NftablesForwards {
    private static final Table TABLE = Dispatch.TABLE;
    private static final int ATTEMPTS = 16;

    private final Nftables nftables;

    NftablesForwards(Nftables nftables) {
        this.nftables = nftables;
    }

    /**
     * Maps all ports or none, in one transaction. Throws code 102 if one belongs to somebody who
     * lives. The caller keeps others from adding ports meanwhile.
     *
     * @param masquerades what connections to these forwards look like to the container
     * @param dispatches for each forward, by its IP version
     * @param isLive whether an owner is attached
     */
    void add(
            Attachment attachment,
            Map<Forward, Masquerade> masquerades,
            List<Dispatch> dispatches,
            Predicate<String> isLive) {
        for (int attempt = 1; ; attempt++) {
            NftBatch batch = new NftBatch();
            for (Dispatch dispatch : dispatches) {
                if (!isWhole(dispatch)) {
                    dispatch.ensure(batch);
                }
                add(batch, OwnerTag.of(attachment), masquerades, dispatch, isLive);
            }
            try {
                nftables.commit(batch);
                return;
            } catch (KernelException e) {
                // A DEL removed a chain or the table since we looked, or its element.
                if (attempt == ATTEMPTS || !(e.is(Errno.ENOENT) || e.is(Errno.EEXIST))) {
                    throw e;
                }
            }
        }
    }

    /** Whether every chain has as many rules as it is to have: somebody may have flushed one. */
    private boolean isWhole(Dispatch dispatch) {
        for (String name :
                List.of(dispatch.prerouting(), dispatch.output(), dispatch.postrouting())) {
            Optional<Chain> chain = nftables.chain(TABLE, name);
            if (chain.isEmpty()
                    || chain.get().uses() != dispatch.rules(name)
                    || !dispatch.base(name).equals(chain.get().base())) {
                return false;
            }
        }
        // What leads to it counts as well.
        int uses = dispatch.rules(dispatch.lookup()) + 2 * dispatch.alternatives().size();
        Optional<Chain> lookup = nftables.chain(TABLE, dispatch.lookup());
        return lookup.isPresent() && lookup.get().uses() == uses;
    }

    private void add(
            NftBatch batch,
            String owner,
            Map<Forward, Masquerade> masquerades,
            Dispatch dispatch,
            Predicate<String> isLive) {
        Set<String> ensured = new HashSet<>();
        Set<Value> masqueraded = new HashSet<>();
        Set<Ip> addresses = new HashSet<>();
        for (Map.Entry<Forward, Masquerade> each : masquerades.entrySet()) {
            Forward forward = each.getKey();
            if (forward.isV4() != dispatch.isV4()) {
                continue;
            }
            requireFree(batch, owner, forward, dispatch, isLive);
            Ip hostIp = forward.hostIp();
            if (hostIp != null && addresses.add(hostIp)) {
                batch.addElement(
                        TABLE, dispatch.addresses().name(), SetElement.of(Elements.host(hostIp)));
            }
            batch.createElement(
                    TABLE,
                    Elements.map(dispatch, forward).name(),
                    SetElement.of(Elements.key(forward))
                            .leadingTo(Elements.target(forward))
                            .commented(owner));
            if (masqueraded.add(Elements.masqKey(forward))) {
                String chain = dispatch.from(each.getValue());
                if (ensured.add(chain) && nftables.chain(TABLE, chain).isEmpty()) {
                    dispatch.ensureFrom(batch, each.getValue());
                }
                addMasquerade(batch, owner, forward, dispatch, chain);
            }
        }
    }

    /** An address that somebody had who is gone may have left its element. */
    private void addMasquerade(
            NftBatch batch, String owner, Forward forward, Dispatch dispatch, String chain) {
        String masq = dispatch.masq().name();
        Value key = Elements.masqKey(forward);
        if (nftables.element(TABLE, masq, key).isPresent()) {
            batch.deleteElement(TABLE, masq, key);
        }
        batch.createElement(
                TABLE, masq, SetElement.of(key).leadingTo(Verdict.jump(chain)).commented(owner));
    }

    /** Takes a port over from somebody who is gone; throws if somebody who lives has it. */
    private void requireFree(
            NftBatch batch,
            String owner,
            Forward forward,
            Dispatch dispatch,
            Predicate<String> isLive) {
        takeOver(batch, owner, forward, dispatch, isLive, true);
        if (forward.hostIp() != null) {
            takeOver(batch, owner, Elements.atEvery(forward), dispatch, isLive, false);
            return;
        }
        for (SetElement each : nftables.elements(TABLE, dispatch.addresses().name())) {
            Forward there = Elements.at(forward, Ip.of(each.key().bytes()));
            takeOver(batch, owner, there, dispatch, isLive, false);
        }
    }

    private void takeOver(
            NftBatch batch,
            String owner,
            Forward forward,
            Dispatch dispatch,
            Predicate<String> isLive,
            boolean evenOwn) {
        SetDefinition map = Elements.map(dispatch, forward);
        Value key = Elements.key(forward);
        Optional<SetElement> present = nftables.element(TABLE, map.name(), key);
        if (present.isEmpty()) {
            return;
        }
        String other = present.get().comment();
        if (other.equals(owner)) {
            if (evenOwn) {
                batch.deleteElement(TABLE, map.name(), key);
            }
            return;
        }
        if (isLive.test(other)) {
            throw PortTaken.by(other, forward);
        }
        batch.deleteElement(TABLE, map.name(), key);
    }

    /**
     * Throws code 102 if somebody who lives has one of the ports here, for a backend that does not
     * look by itself.
     */
    void requireFree(String owner, List<Forward> forwards, Predicate<String> isLive) {
        for (Forward forward : forwards) {
            Dispatch plain = Dispatch.named(forward.isV4() ? "hostport_v4" : "hostport_v6");
            requireFree(new NftBatch(), owner, forward, plain, isLive);
        }
    }
}
