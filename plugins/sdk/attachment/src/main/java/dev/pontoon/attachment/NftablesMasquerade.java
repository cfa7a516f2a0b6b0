package dev.pontoon.attachment;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.linux.NetlinkSocket;
import dev.pontoon.linux.nft.BaseChain;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.Counter;
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
 * Masquerading in our own table: two elements for each address, so that the cost of a packet and of
 * a call does not grow with the number of containers.
 *
 * <pre>
 *   table inet pontoon {
 *     map masq_v4 { type ipv4_addr : counter
 *                   elements = { 10.22.0.2 comment "net/id/eth0" : "masq_v4_24" } }
 *     set masq_v4_24 { type ipv4_addr . ipv4_addr; elements = { 10.22.0.2 . 10.22.0.0 } }
 *     counter masq_v4_24 { }
 *     chain postrouting { type nat hook postrouting priority srcnat
 *                         ip saddr . ip daddr & 255.255.255.0 @masq_v4_24 return
 *                         counter name ip saddr map @masq_v4 ip daddr != 224.0.0.0/4 masquerade
 *                         counter name ip6 saddr map @masq_v6 ip6 daddr != ff00::/8 masquerade }
 *   }
 * </pre>
 *
 * What belongs to a prefix length goes with its last address (see {@link SubnetSets}), and the
 * table with the last of these. Verdict maps would be simpler to read, and the kernel would walk
 * through all of their elements at each ADD.
 */
final class NftablesMasquerade {
    private static final Table TABLE = new Table(Family.INET, "pontoon");
    private static final String POSTROUTING = "postrouting";
    private static final SetDefinition V4 =
            SetDefinition.counterMap("masq_v4", DataType.IPV4_ADDRESS);
    private static final SetDefinition V6 =
            SetDefinition.counterMap("masq_v6", DataType.IPV6_ADDRESS);
    private static final Cidr MULTICAST_V4 = Cidr.parse("224.0.0.0/4").orElseThrow();
    private static final Cidr MULTICAST_V6 = Cidr.parse("ff00::/8").orElseThrow();
    private static final int ATTEMPTS = 16;

    private final Nftables nftables;
    private final SubnetSets subnets;

    NftablesMasquerade(NetlinkSocket netfilter) {
        this.nftables = new Nftables(netfilter);
        this.subnets = new SubnetSets(nftables, TABLE, POSTROUTING);
    }

    /** Masquerades what leaves these addresses for anywhere but their own subnets and multicast. */
    void add(Attachment attachment, List<Cidr> addresses, Predicate<String> isLive) {
        for (int attempt = 1; ; attempt++) {
            NftBatch batch = new NftBatch();
            List<Rule> rules = nftables.rules(TABLE, POSTROUTING);
            ensureTable(batch, rules);
            Set<String> ensured = new HashSet<>();
            for (Cidr address : addresses) {
                if (ensured.add(subnetSet(address).name())) {
                    subnets.ensure(batch, subnetSet(address), toOwnSubnet(address), rules);
                }
                addElements(batch, attachment, address, isLive);
            }
            try {
                nftables.commit(batch);
                return;
            } catch (KernelException e) {
                // A DEL removed a set or the table since we looked, or an ADD made them or an
                // element.
                if (attempt == ATTEMPTS || !(e.is(Errno.ENOENT) || e.is(Errno.EEXIST))) {
                    throw e;
                }
            }
        }
    }

    private void ensureTable(NftBatch batch, List<Rule> rules) {
        boolean hasV4 = Rule.anyLooksInto(V4.name(), rules);
        boolean hasV6 = Rule.anyLooksInto(V6.name(), rules);
        if (hasV4 && hasV6) {
            return;
        }
        batch.ensureTable(TABLE).ensureSet(TABLE, V4).ensureSet(TABLE, V6);
        BaseChain hooked = BaseChain.nat(Hook.POSTROUTING, BaseChain.SOURCE_NAT);
        if (nftables.chain(TABLE, POSTROUTING).isEmpty()) {
            batch.createBaseChain(TABLE, POSTROUTING, hooked);
        } else {
            batch.ensureBaseChain(TABLE, POSTROUTING, hooked);
        }
        if (!hasV4) {
            batch.addRule(TABLE, POSTROUTING, masquerading(V4, MULTICAST_V4), "");
        }
        if (!hasV6) {
            batch.addRule(TABLE, POSTROUTING, masquerading(V6, MULTICAST_V6), "");
        }
    }

    private static Expressions masquerading(SetDefinition map, Cidr multicast) {
        return new Expressions(Family.INET)
                .load(source(multicast))
                .countedBy(map.name())
                .matchOutsideSubnet(
                        destination(multicast),
                        Value.address(multicast.address().bytes()),
                        multicast.prefixLength())
                .masquerade();
    }

    private static Expressions toOwnSubnet(Cidr address) {
        return new Expressions(Family.INET)
                .load(source(address))
                .loadSubnet(destination(address), address.prefixLength())
                .in(subnetSet(address).name())
                .then(Verdict.returning());
    }

    private static Field source(Cidr ofVersion) {
        return ofVersion.isV4() ? Field.IPV4_SOURCE : Field.IPV6_SOURCE;
    }

    private static Field destination(Cidr ofVersion) {
        return ofVersion.isV4() ? Field.IPV4_DESTINATION : Field.IPV6_DESTINATION;
    }

    /** Whether packets reach both maps. */
    boolean isHooked() {
        Optional<Chain> chain = nftables.chain(TABLE, POSTROUTING);
        if (chain.isEmpty() || chain.get().base() == null) {
            return false;
        }
        List<Rule> rules = nftables.rules(TABLE, POSTROUTING);
        return Rule.anyLooksInto(V4.name(), rules) && Rule.anyLooksInto(V6.name(), rules);
    }

    private void addElements(
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
            deletePairIfPresent(batch, prefixed(present.get()));
        }
        String subnetSet = subnetSet(address).name();
        batch.addElement(TABLE, subnetSet, SetElement.of(pair(address)))
                .createElement(
                        TABLE,
                        map,
                        SetElement.of(key).countedBy(subnetSet).commented(OwnerTag.of(attachment)));
    }

    private void deletePairIfPresent(NftBatch batch, Cidr address) {
        String set = subnetSet(address).name();
        if (nftables.element(TABLE, set, pair(address)).isPresent()) {
            batch.deleteElement(TABLE, set, pair(address));
        }
    }

    /** The address of an element with the prefix length of its subnet. */
    private static Cidr prefixed(SetElement element) {
        String counter = element.counter();
        int length = Integer.parseInt(counter.substring(counter.lastIndexOf('_') + 1));
        return new Cidr(Ip.of(element.key().bytes()), length);
    }

    /** Whether the address is masqueraded for that attachment. */
    boolean has(Attachment attachment, Cidr address) {
        Optional<SetElement> element =
                nftables.element(TABLE, mapOf(address), key(address.address()));
        String set = subnetSet(address).name();
        return element.isPresent()
                && element.get().comment().equals(OwnerTag.of(attachment))
                && element.get().counter().equals(set)
                && nftables.element(TABLE, set, pair(address)).isPresent()
                && Rule.anyLooksInto(set, nftables.rules(TABLE, POSTROUTING));
    }

    /** Removes the attachment's addresses; those of another owner stay. */
    void remove(Attachment attachment, List<Cidr> addresses) {
        String owner = OwnerTag.of(attachment);
        List<SetElement> owned = new ArrayList<>();
        // Also of addresses whose elements are gone: a DEL may have been killed behind that.
        Set<String> prefixes = new HashSet<>();
        for (Cidr address : addresses) {
            prefixes.add(subnetSet(address).name());
            nftables.element(TABLE, mapOf(address), key(address.address()))
                    .filter(element -> element.comment().equals(owner))
                    .ifPresent(owned::add);
        }
        remove(owned, prefixes);
    }

    /** Removes every element whose owner is of that kind, for when the addresses are not known. */
    void removeIf(Predicate<String> owner) {
        // Both maps are read before any owner is judged: see StaleOwners.
        List<SetElement> all = new ArrayList<>(nftables.elements(TABLE, V4.name()));
        all.addAll(nftables.elements(TABLE, V6.name()));
        all.removeIf(element -> !owner.test(element.comment()));
        Set<String> prefixes = new HashSet<>();
        for (Counter each : nftables.counters(TABLE)) {
            if (each.name().startsWith(V4.name()) || each.name().startsWith(V6.name())) {
                prefixes.add(each.name());
            }
        }
        remove(all, prefixes);
    }

    /** Elements, and then what belongs to prefix lengths that nobody needs any more. */
    private void remove(List<SetElement> elements, Set<String> prefixes) {
        NftBatch batch = new NftBatch();
        for (SetElement each : elements) {
            Cidr address = prefixed(each);
            batch.deleteElement(TABLE, mapOf(address), each.key())
                    .deleteElement(TABLE, each.counter(), pair(address));
        }
        nftables.commitRemoval(batch);
        boolean unused = prefixes.isEmpty();
        for (String each : prefixes) {
            unused |= subnets.removeIfUnused(each);
        }
        if (unused) {
            removeTableIfEmpty();
        }
    }

    private void removeTableIfEmpty() {
        nftables.commitAsRead(() -> {
            List<Chain> chains = nftables.chains(TABLE);
            boolean isEmpty =
                    chains.size() == 1
                            && chains.getFirst().name().equals(POSTROUTING)
                            && nftables.counters(TABLE).isEmpty();
            return isEmpty ? new NftBatch().deleteTable(TABLE) : new NftBatch();
        });
    }

    private static String mapOf(Cidr address) {
        return address.isV4() ? V4.name() : V6.name();
    }

    /** Addresses beside their own subnets, for subnets of that prefix length. */
    private static SetDefinition subnetSet(Cidr address) {
        DataType type = address.isV4() ? DataType.IPV4_ADDRESS : DataType.IPV6_ADDRESS;
        return SetDefinition.set(mapOf(address) + "_" + address.prefixLength(), type, type);
    }

    private static Value pair(Cidr address) {
        return Value.concat(key(address.address()), key(address.network().address()));
    }

    private static Value key(Ip address) {
        return Value.address(address.bytes());
    }
}
