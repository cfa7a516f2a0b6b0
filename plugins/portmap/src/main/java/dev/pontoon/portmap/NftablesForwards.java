package dev.pontoon.portmap;

import dev.pontoon.attachment.SubnetSets;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.linux.nft.Value;
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
                ensure(batch, dispatch, masquerades.get(i));
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

    /**
     * Adds to a batch whatever is missing of chains, sets and rules: they may have been flushed.
     */
    private void ensure(NftBatch batch, Dispatch dispatch, Masquerade masquerade) {
        DispatchRules rules = new DispatchRules(dispatch);
        if (!isWhole(dispatch)) {
            rules.ensure(batch);
        }
        List<Rule> postrouting = nftables.rules(TABLE, dispatch.postrouting());
        if (masquerade.namesLocalhost(dispatch.isV4())) {
            rules.ensureLocal(batch, postrouting);
        }
        if (masquerade.any()) {
            SetDefinition sources = dispatch.sources(masquerade);
            new SubnetSets(nftables, TABLE, dispatch.postrouting())
                    .ensure(
                            batch,
                            sources,
                            rules.masquerading(sources, masquerade.prefixLength()),
                            postrouting);
        } else if (nftables.counter(TABLE, dispatch.from(masquerade)).isEmpty()) {
            batch.createCounter(TABLE, dispatch.from(masquerade));
        }
    }

    /** Whether every chain is there, and has as many rules as it is to have. */
    private boolean isWhole(Dispatch dispatch) {
        for (String name : List.of(dispatch.prerouting(), dispatch.output())) {
            Optional<Chain> chain = hooked(dispatch, name);
            if (chain.isEmpty() || chain.get().uses() != dispatch.rules(name)) {
                return false;
            }
        }
        if (hooked(dispatch, dispatch.postrouting()).isEmpty()) {
            return false;
        }
        // What leads to it counts as well.
        int uses = dispatch.rules(dispatch.lookup()) + 2 * dispatch.alternatives().size();
        Optional<Chain> lookup = nftables.chain(TABLE, dispatch.lookup());
        return lookup.isPresent() && lookup.get().uses() == uses;
    }

    private Optional<Chain> hooked(Dispatch dispatch, String name) {
        return nftables.chain(TABLE, name).filter(dispatch::isHooked);
    }

    private void add(
            NftBatch batch,
            String owner,
            List<Forward> forwards,
            Dispatch dispatch,
            Masquerade masquerade,
            Claims claims) {
        Set<Value> ports = new HashSet<>();
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
            if (ports.add(Elements.portKey(forward))) {
                addPort(batch, owner, Elements.portKey(forward), dispatch, masquerade);
            }
        }
    }

    private void addPort(
            NftBatch batch, String owner, Value key, Dispatch dispatch, Masquerade masquerade) {
        String ports = dispatch.ports().name();
        nftables.element(TABLE, ports, key).ifPresent(left -> removeLeft(batch, dispatch, left));
        Elements.sources(dispatch, key, masquerade)
                .forEach((set, source) -> batch.addElement(TABLE, set, SetElement.of(source)));
        batch.createElement(
                TABLE,
                ports,
                SetElement.of(key).countedBy(dispatch.from(masquerade)).commented(owner));
    }

    /** An address that somebody had who is gone may have left its elements. */
    private void removeLeft(NftBatch batch, Dispatch dispatch, SetElement port) {
        batch.deleteElement(TABLE, dispatch.ports().name(), port.key());
        Elements.sources(dispatch, port)
                .forEach((set, source) -> {
                    if (nftables.element(TABLE, set, source).isPresent()) {
                        batch.deleteElement(TABLE, set, source);
                    }
                });
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
