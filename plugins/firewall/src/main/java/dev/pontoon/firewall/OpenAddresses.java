package dev.pontoon.firewall;

import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Nftables;
import dev.pontoon.linux.nft.SetElement;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.plugin.OwnerTag;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.Ip;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The addresses of containers in our own table, each with a comment that says whose it is. Two
 * networks may give out the same address: then it says that there are several, and the ledger is
 * asked before it goes. As long as there is one the ledger need not be asked, however long it is.
 */
final class OpenAddresses {
    /** No owner's tag: those have slashes. */
    private static final String SHARED = "several attachments";

    private final Nftables nftables;

    OpenAddresses(Nftables nftables) {
        this.nftables = nftables;
    }

    /**
     * Adds the address to a batch; {@code accepted} tells that the chain FORWARD has its rules
     * already, which may be another attachment's by another backend.
     */
    void add(NftBatch batch, Ip address, Attachment attachment, boolean accepted, Claims claims) {
        String owner = OwnerTag.of(attachment);
        Optional<SetElement> present = find(address);
        if (present.isEmpty() && accepted && claims.has(address)) {
            owner = SHARED;
        }
        if (present.isPresent()) {
            String before = present.get().comment();
            if (before.equals(owner) || before.equals(SHARED)) {
                return;
            }
            batch.deleteElement(OwnTable.TABLE, setOf(address), key(address));
            owner = claims.has(address) ? SHARED : owner;
        }
        batch.createElement(
                OwnTable.TABLE, setOf(address), SetElement.of(key(address)).commented(owner));
    }

    /** Adds to a batch that the address is not one attachment's alone any more, if it is there. */
    void share(NftBatch batch, Ip address) {
        Optional<SetElement> present = find(address);
        if (present.isPresent() && !present.get().comment().equals(SHARED)) {
            batch.deleteElement(OwnTable.TABLE, setOf(address), key(address))
                    .createElement(
                            OwnTable.TABLE,
                            setOf(address),
                            SetElement.of(key(address)).commented(SHARED));
        }
    }

    /**
     * Adds the removal of the address to a batch, if nobody else has it by this backend; whether
     * nobody has it by any. An element that somebody has removed already tells nothing, so the
     * ledger is asked.
     */
    boolean remove(NftBatch batch, Ip address, Attachment attachment, Claims claims) {
        Optional<SetElement> present = find(address);
        String owner = present.isPresent() ? present.get().comment() : SHARED;
        boolean shared = owner.equals(SHARED);
        if (!shared && !owner.equals(OwnerTag.of(attachment))) {
            return false;
        }
        if (present.isPresent() && !(shared && claims.has(address, Backend.NFTABLES))) {
            batch.deleteElement(OwnTable.TABLE, setOf(address), key(address));
        }
        return !shared || !claims.has(address);
    }

    /** Adds the removal of everything whose owner is of that kind to a batch. */
    void removeIf(NftBatch batch, Predicate<String> owner) {
        // Both sets are read before any owner is judged: see StaleOwners.
        List<SetElement> v4 = nftables.elements(OwnTable.TABLE, OwnTable.V4.name());
        List<SetElement> v6 = nftables.elements(OwnTable.TABLE, OwnTable.V6.name());
        removeIf(batch, owner, OwnTable.V4.name(), v4);
        removeIf(batch, owner, OwnTable.V6.name(), v6);
    }

    private static void removeIf(
            NftBatch batch, Predicate<String> owner, String set, List<SetElement> elements) {
        for (SetElement each : elements) {
            if (!each.comment().equals(SHARED) && owner.test(each.comment())) {
                batch.deleteElement(OwnTable.TABLE, set, each.key());
            }
        }
    }

    /** Whether the address is there for that attachment, alone or with others. */
    boolean has(Ip address, Attachment attachment) {
        String owner = find(address).map(SetElement::comment).orElse("");
        return owner.equals(OwnerTag.of(attachment)) || owner.equals(SHARED);
    }

    private Optional<SetElement> find(Ip address) {
        return nftables.element(OwnTable.TABLE, setOf(address), key(address));
    }

    static String setOf(Ip address) {
        return address.isV4() ? OwnTable.V4.name() : OwnTable.V6.name();
    }

    private static Value key(Ip address) {
        return Value.address(address.bytes());
    }
}
