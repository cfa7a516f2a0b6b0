package dev.pontoon.attachment;

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
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Masquerading in our own table: one map element for each address, so that the cost of a packet and
 * of a call does not grow with the number of containers.
 *
 * <pre>
 *   table inet pontoon {
 *     map masq_v4 { type ipv4_addr : verdict
 *                   elements = { 10.22.0.2 comment "net/id/eth0" : jump masq_10.22.0.0/24 } }
 *     chain masq_10.22.0.0/24 { ip daddr 10.22.0.0/24 return
 *                               ip daddr 224.0.0.0/4 return
 *                               masquerade }
 *     chain postrouting { type nat hook postrouting priority srcnat
 *                         ip saddr vmap @masq_v4
 *                         ip6 saddr vmap @masq_v6 }
 *   }
 * </pre>
 *
 * The chain of a subnet goes with its last element, and the table with the last chain.
 */
final class NftablesMasquerade {
    private static final Table TABLE = new Table(Family.INET, "pontoon");
    private static final String POSTROUTING = "postrouting";
    private static final String CHAIN_PREFIX = "masq_";
    private static final SetDefinition V4 =
            SetDefinition.verdictMap("masq_v4", DataType.IPV4_ADDRESS);
    private static final SetDefinition V6 =
            SetDefinition.verdictMap("masq_v6", DataType.IPV6_ADDRESS);
    private static final Cidr MULTICAST_V4 = Cidr.parse("224.0.0.0/4").orElseThrow();
    private static final Cidr MULTICAST_V6 = Cidr.parse("ff00::/8").orElseThrow();
    private static final int ATTEMPTS = 16;

    private final Nftables nftables;

    NftablesMasquerade(NetlinkSocket netfilter) {
        this.nftables = new Nftables(netfilter);
    }

    /** Masquerades what leaves these addresses for anywhere but their own subnets and multicast. */
    void add(Attachment attachment, List<Cidr> addresses, Predicate<String> isLive) {
        for (int attempt = 1; ; attempt++) {
            NftBatch batch = new NftBatch();
            ensureTable(batch);
            Set<String> ensured = new HashSet<>();
            for (Cidr address : addresses) {
                if (ensured.add(chainOf(address))) {
                    ensureSubnetChain(batch, address);
                }
                addElement(batch, attachment, address, isLive);
            }
            try {
                nftables.commit(batch);
                return;
            } catch (KernelException e) {
                // A DEL removed the subnet's chain or the table since we looked, or an ADD added
                // the element.
                if (attempt == ATTEMPTS || !(e.is(Errno.ENOENT) || e.is(Errno.EEXIST))) {
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
                .ensureSet(TABLE, V4)
                .ensureSet(TABLE, V6)
                .ensureBaseChain(
                        TABLE, POSTROUTING, BaseChain.nat(Hook.POSTROUTING, BaseChain.SOURCE_NAT))
                .flushChain(TABLE, POSTROUTING)
                .addRule(
                        TABLE,
                        POSTROUTING,
                        new Expressions(Family.INET).load(Field.IPV4_SOURCE).verdictFrom(V4.name()),
                        "")
                .addRule(
                        TABLE,
                        POSTROUTING,
                        new Expressions(Family.INET).load(Field.IPV6_SOURCE).verdictFrom(V6.name()),
                        "");
    }

    /** Whether packets reach both maps. */
    boolean isHooked() {
        Optional<Chain> chain = nftables.chain(TABLE, POSTROUTING);
        if (chain.isEmpty() || chain.get().base() == null) {
            return false;
        }
        List<String> lookups = new ArrayList<>();
        for (Rule rule : nftables.rules(TABLE, POSTROUTING)) {
            lookups.addAll(rule.lookups());
        }
        return lookups.contains(V4.name()) && lookups.contains(V6.name());
    }

    /** A chain that is there has its rules: they came in one batch with it. */
    private void ensureSubnetChain(NftBatch batch, Cidr address) {
        String chain = chainOf(address);
        if (nftables.chain(TABLE, chain).isPresent()) {
            return;
        }
        Field destination = address.isV4() ? Field.IPV4_DESTINATION : Field.IPV6_DESTINATION;
        batch.ensureChain(TABLE, chain)
                .flushChain(TABLE, chain)
                .addRule(TABLE, chain, returnFor(destination, address.network()), "")
                .addRule(
                        TABLE,
                        chain,
                        returnFor(destination, address.isV4() ? MULTICAST_V4 : MULTICAST_V6),
                        "")
                .addRule(TABLE, chain, new Expressions(Family.INET).masquerade(), "");
    }

    private static Expressions returnFor(Field destination, Cidr network) {
        return new Expressions(Family.INET)
                .matchSubnet(
                        destination,
                        Value.address(network.address().bytes()),
                        network.prefixLength())
                .then(Verdict.returning());
    }

    private void addElement(
            NftBatch batch, Attachment attachment, Cidr address, Predicate<String> isLive) {
        String map = mapOf(address);
        Value key = key(address.address());
        Optional<SetElement> present = nftables.element(TABLE, map, key);
        if (present.isPresent()) {
            String owner = present.get().comment();
            if (!owner.equals(OwnerTag.of(attachment)) && isLive.test(owner)) {
                throw new CniException(
                        ErrorCode.ALREADY_ATTACHED,
                        "masquerade " + address + ": the address belongs to " + owner,
                        "two networks of this host give out the same addresses; give them different subnets");
            }
            batch.deleteElement(TABLE, map, key);
        }
        batch.createElement(
                TABLE,
                map,
                SetElement.of(key)
                        .leadingTo(Verdict.jump(chainOf(address)))
                        .commented(OwnerTag.of(attachment)));
    }

    /** Whether the address is masqueraded for that attachment. */
    boolean has(Attachment attachment, Cidr address) {
        Optional<SetElement> element =
                nftables.element(TABLE, mapOf(address), key(address.address()));
        return element.isPresent()
                && element.get().comment().equals(OwnerTag.of(attachment))
                && nftables.rules(TABLE, chainOf(address)).size() >= 3;
    }

    /** Removes the attachment's addresses; those of another owner stay. */
    void remove(Attachment attachment, List<Cidr> addresses) {
        String owner = OwnerTag.of(attachment);
        NftBatch batch = new NftBatch();
        for (Cidr address : addresses) {
            Value key = key(address.address());
            Optional<SetElement> element = nftables.element(TABLE, mapOf(address), key);
            if (element.isPresent() && element.get().comment().equals(owner)) {
                batch.deleteElement(TABLE, mapOf(address), key);
            }
        }
        nftables.commitRemoval(batch);
        removeUnusedChains(addresses);
    }

    /** Removes every element whose owner is of that kind, for when the addresses are not known. */
    void removeIf(Predicate<String> owner) {
        // Both maps are read before any owner is judged: see StaleOwners.
        List<SetElement> v4 = nftables.elements(TABLE, V4.name());
        List<SetElement> v6 = nftables.elements(TABLE, V6.name());
        NftBatch batch = new NftBatch();
        deleteIf(owner, v4, V4.name(), batch);
        deleteIf(owner, v6, V6.name(), batch);
        nftables.commitRemoval(batch);
        for (Chain chain : nftables.chains(TABLE)) {
            if (chain.name().startsWith(CHAIN_PREFIX)) {
                removeIfUnused(chain.name());
            }
        }
        removeTableIfEmpty();
    }

    private static void deleteIf(
            Predicate<String> owner, List<SetElement> elements, String map, NftBatch batch) {
        for (SetElement element : elements) {
            if (owner.test(element.comment())) {
                batch.deleteElement(TABLE, map, element.key());
            }
        }
    }

    private void removeUnusedChains(List<Cidr> addresses) {
        boolean removed = false;
        for (Cidr address : addresses) {
            removed |= removeIfUnused(chainOf(address));
        }
        if (removed) {
            removeTableIfEmpty();
        }
    }

    private boolean removeIfUnused(String name) {
        Optional<Chain> chain = nftables.chain(TABLE, name);
        if (chain.isEmpty()) {
            return false;
        }
        // Uses are its rules and the elements that lead to it.
        if (chain.get().uses() > nftables.rules(TABLE, name).size()) {
            return false;
        }
        try {
            nftables.commit(new NftBatch().deleteChain(TABLE, name));
            return true;
        } catch (KernelException e) {
            // An ADD put an element there since we looked, or another DEL was quicker.
            if (e.is(Errno.EBUSY) || e.is(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
    }

    private void removeTableIfEmpty() {
        nftables.commitAsRead(() -> {
            List<Chain> chains = nftables.chains(TABLE);
            boolean isEmpty = chains.size() == 1 && chains.getFirst().name().equals(POSTROUTING);
            return isEmpty ? new NftBatch().deleteTable(TABLE) : new NftBatch();
        });
    }

    private static String mapOf(Cidr address) {
        return address.isV4() ? V4.name() : V6.name();
    }

    /** nft reads names of letters, digits, '/', '_', '.' and '-'; a colon it does not. */
    private static String chainOf(Cidr address) {
        return CHAIN_PREFIX + address.network().toString().replace(':', '_');
    }

    private static Value key(Ip address) {
        return Value.address(address.bytes());
    }
}
