package dev.pontoon.portmap;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.linux.nft.Verdict;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.util.HashSet;
import java.util.List;
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
     * @param dispatches those of the forwards' IP versions
     * @param masquerades for each of these, what connections look like to the container
     * @param isLive whether an owner is attached
     */
    void add(
            Attachment attachment,
            List<Forward> forwards,
            List<Dispatch> dispatches,
            List<Masquerade> masquerades,
            Predicate<String> isLive) {
        for (int attempt = 1; ; attempt++) {
            NftBatch batch = new NftBatch();
            for (int i = 0; i < dispatches.size(); i++) {
                Dispatch dispatch = dispatches.get(i);
                if (!isWhole(dispatch)) {
                    new DispatchRules(dispatch).ensure(batch);
                }
                String owner = OwnerTag.of(attachment);
                Claims claims = new Claims(nftables, batch, owner, dispatch, isLive);
                add(batch, owner, forwards, dispatch, masquerades.get(i), claims);
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
                    || !dispatch.isHooked(chain.get())) {
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
            List<Forward> forwards,
            Dispatch dispatch,
            Masquerade masquerade,
            Claims claims) {
        String chain = dispatch.from(masquerade);
        if (nftables.chain(TABLE, chain).isEmpty()) {
            new DispatchRules(dispatch).ensureFrom(batch, masquerade);
        }
        Set<Value> masqueraded = new HashSet<>();
        Set<Ip> addresses = new HashSet<>();
        for (Forward forward : forwards) {
            if (forward.isV4() != dispatch.isV4()) {
                continue;
            }
            claims.claim(forward);
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

    /**
     * For a backend that does not look by itself: takes ports from whoever has them here and is
     * gone. Throws code 102 if somebody who lives has one.
     */
    void takeOver(String owner, List<Forward> forwards, Predicate<String> isLive) {
        NftBatch batch = new NftBatch();
        for (String plain : List.of("hostport_v4", "hostport_v6")) {
            Dispatch dispatch = Dispatch.named(plain);
            Claims claims = new Claims(nftables, batch, owner, dispatch, isLive);
            forwards.stream().filter(each -> each.isV4() == dispatch.isV4()).forEach(claims::claim);
        }
        nftables.commitRemoval(batch);
    }
}
