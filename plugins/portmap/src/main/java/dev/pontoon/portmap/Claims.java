package dev.pontoon.portmap;

import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.protocol.Ip;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The ports that somebody wants in one dispatch: whoever has one and is gone loses it, in the batch
 * that is to give it to its new owner.
 */
final class Claims {
    private final Nftables nftables;
    private final NftBatch batch;
    private final String owner;
    private final Dispatch dispatch;
    private final Predicate<String> isLive;
    private final Set<String> taken = new HashSet<>();

    Claims(
            Nftables nftables,
            NftBatch batch,
            String owner,
            Dispatch dispatch,
            Predicate<String> isLive) {
        this.nftables = nftables;
        this.batch = batch;
        this.owner = owner;
        this.dispatch = dispatch;
        this.isLive = isLive;
    }

    /**
     * Makes sure that a port is nobody else's, at any address of the host that it is for. Throws
     * code 102 if somebody who lives has it.
     */
    void claim(Forward forward) {
        take(forward, true);
        if (forward.hostIp() != null) {
            take(Elements.atEvery(forward), false);
            return;
        }
        for (SetElement each : nftables.elements(Dispatch.TABLE, dispatch.addresses().name())) {
            take(Elements.at(forward, Ip.of(each.key().bytes())), false);
        }
    }

    /** {@code evenOwn}: what the owner itself left there is in the way as well. */
    private void take(Forward forward, boolean evenOwn) {
        SetDefinition map = Elements.map(dispatch, forward);
        Value key = Elements.key(forward);
        Optional<SetElement> present = nftables.element(Dispatch.TABLE, map.name(), key);
        if (present.isEmpty()) {
            return;
        }
        String other = present.get().comment();
        boolean own = other.equals(owner);
        if (!own && isLive.test(other)) {
            throw PortTaken.by(other, forward);
        }
        if ((evenOwn || !own) && taken.add(map.name() + " " + key)) {
            batch.deleteElement(Dispatch.TABLE, map.name(), key);
        }
    }
}
