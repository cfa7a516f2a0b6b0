package dev.pontoon.portmap;

import dev.pontoon.linux.nft.BaseChain;
import dev.pontoon.linux.nft.Chain;
import dev.pontoon.linux.nft.DataType;
import dev.pontoon.linux.nft.Expressions;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Hook;
import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.protocol.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What leads packets of one IP version to mapped ports, in our own table: an element for each port,
 * so that the cost of a packet and of a call does not grow with their number. Networks with
 * conditions have one of their own for each set of conditions.
 *
 * <pre>
 *   table inet pontoon {
 *     map hostport_v4_at  { type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service }
 *     map hostport_v4_any { type inet_proto . inet_service : ipv4_addr . inet_service
 *                           elements = { tcp . 8080 comment "net/id/eth0" : 10.22.0.2 . 80 } }
 *     set hostport_v4_addresses { type ipv4_addr }    # those that "at" has, or had
 *     map hostport_v4_ports { type inet_proto . ipv4_addr . inet_service : counter
 *                             elements = { tcp . 10.22.0.2 . 80 comment "net/id/eth0" : "hostport_v4_from_24" } }
 *     set hostport_v4_from_24 { type ipv4_addr . ipv4_addr . inet_proto . inet_service
 *                               elements = { 10.22.0.2 . 10.22.0.0 . tcp . 80 } }
 *     set hostport_v4_from_local { ...; elements = { 10.22.0.2 . 127.0.0.0 . tcp . 80 } }
 *     counter hostport_v4_from_24 { }
 *     chain hostport_v4_prerouting { type nat hook prerouting priority dstnat
 *                                    meta nfproto ipv4 fib daddr type local jump hostport_v4_lookup }
 *     chain hostport_v4_output { type nat hook output priority -100; the same }
 *     chain hostport_v4_lookup { dnat ip to meta l4proto . ip daddr . th dport map @hostport_v4_at
 *                                dnat ip to meta l4proto . th dport map @hostport_v4_any }
 *     chain hostport_v4_postrouting { type nat hook postrouting priority srcnat
 *         ct status dnat ip daddr . ip saddr & 255.255.255.0 . meta l4proto . th dport @hostport_v4_from_24 masquerade
 *         ct status dnat ip daddr . ip saddr & 255.0.0.0 . meta l4proto . th dport @hostport_v4_from_local masquerade }
 *   }
 *     set hostport_localnet { type ifname; elements = { "cni0" comment "0" } }
 *     chain hostport_localnet_guard { type filter hook prerouting priority raw
 *                                     iifname @hostport_localnet ip daddr 127.0.0.0/8 drop }
 * </pre>
 *
 * Every mapped port has an element in {@code ports}, which refers to a counter that says what
 * connections look like to the container (see {@link Masquerade}): the kernel counts how many do,
 * and so tells the last one.
 *
 * @param name how all its names begin: {@code hostport_v4}, and a hash of the conditions
 * @param alternatives the conditions; see {@link Conditions}
 */
record Dispatch(String name, List<List<Consumer<Expressions>>> alternatives) {
    static final Table TABLE = new Table(Family.INET, "pontoon");

    /** Interfaces whose route_localnet we set; the comment is what was there before. */
    static final SetDefinition LOCALNET =
            SetDefinition.set("hostport_localnet", DataType.INTERFACE_NAME);

    /** Keeps those who are behind these interfaces from what listens at 127.0.0.1. */
    static final String LOCALNET_GUARD = "hostport_localnet_guard";

    static final Cidr LOCALHOST = Cidr.parse("127.0.0.0/8").orElseThrow();

    private static final Pattern CHAIN =
            Pattern.compile(
                    "(hostport_v[46](_[0-9a-f]{16})?)_(prerouting|output|postrouting|lookup)");

    /** For packets of that IP version, under these conditions. */
    static Dispatch of(boolean v4, Conditions conditions) {
        String hash = conditions.hash();
        String name = "hostport_" + (v4 ? "v4" : "v6") + (hash.isEmpty() ? "" : "_" + hash);
        return new Dispatch(name, conditions.alternatives());
    }

    /** One whose conditions are not known, for everything but making its rules. */
    static Dispatch named(String name) {
        return new Dispatch(name, List.of(List.of()));
    }

    /** The name of the dispatch that a chain belongs to; empty if it belongs to none. */
    static String ofChain(String chain) {
        Matcher matcher = CHAIN.matcher(chain);
        return matcher.matches() ? matcher.group(1) : "";
    }

    boolean isV4() {
        return name.startsWith("hostport_v4");
    }

    /** Whether it has conditions; it is asked before the one that has none. */
    boolean isConditional() {
        return name.length() > "hostport_v4".length();
    }

    private DataType address() {
        return isV4() ? DataType.IPV4_ADDRESS : DataType.IPV6_ADDRESS;
    }

    /** Ports of one address of the host. */
    SetDefinition at() {
        return SetDefinition.map(
                name + "_at",
                List.of(DataType.INET_PROTOCOL, address(), DataType.INET_SERVICE),
                List.of(address(), DataType.INET_SERVICE));
    }

    /** Ports of every address of the host. */
    SetDefinition any() {
        return SetDefinition.map(
                name + "_any",
                List.of(DataType.INET_PROTOCOL, DataType.INET_SERVICE),
                List.of(address(), DataType.INET_SERVICE));
    }

    /** The addresses that {@link #at} has ports of, so that these can be asked for by key. */
    SetDefinition addresses() {
        return SetDefinition.set(name + "_addresses", address());
    }

    /** Every mapped port, by its container; the comment says whose it is. */
    SetDefinition ports() {
        return SetDefinition.counterMap(
                name + "_ports", DataType.INET_PROTOCOL, address(), DataType.INET_SERVICE);
    }

    /**
     * Ports beside the subnets from which connections to them get the host's address as their
     * source; one set for each prefix length that there is.
     */
    SetDefinition sources(Masquerade masquerade) {
        return sources(from(masquerade));
    }

    /** The same for connections of the host to 127.0.0.1. */
    SetDefinition localSources() {
        return sources(fromPrefix() + "local");
    }

    /** The sets that rules have to look into for that. */
    List<SetDefinition> masquerading(Masquerade masquerade) {
        List<SetDefinition> sets = new ArrayList<>();
        if (masquerade.any()) {
            sets.add(sources(masquerade));
        }
        if (masquerade.namesLocalhost(isV4())) {
            sets.add(localSources());
        }
        return sets;
    }

    private SetDefinition sources(String set) {
        return SetDefinition.set(
                set, address(), address(), DataType.INET_PROTOCOL, DataType.INET_SERVICE);
    }

    /** The sets that there are whatever ports are mapped. */
    List<SetDefinition> sets() {
        List<SetDefinition> sets = new ArrayList<>(List.of(at(), any(), addresses(), ports()));
        if (isV4()) {
            sets.add(localSources());
        }
        return sets;
    }

    String prerouting() {
        return name + "_prerouting";
    }

    String output() {
        return name + "_output";
    }

    String postrouting() {
        return name + "_postrouting";
    }

    String lookup() {
        return name + "_lookup";
    }

    /** How the names of counters begin, and of what belongs to one prefix length. */
    String fromPrefix() {
        return name + "_from_";
    }

    /** The name of a counter, and of the set and the rule that it stands for. */
    String from(Masquerade masquerade) {
        return fromPrefix() + masquerade.text();
    }

    /** The base chain of that name. */
    BaseChain base(String chain) {
        if (chain.equals(postrouting())) {
            return BaseChain.nat(Hook.POSTROUTING, BaseChain.SOURCE_NAT);
        }
        Hook hook = chain.equals(output()) ? Hook.OUTPUT : Hook.PREROUTING;
        return BaseChain.nat(hook, BaseChain.DESTINATION_NAT - (isConditional() ? 1 : 0));
    }

    /** Whether a chain of that name is at the hook that it should be. */
    boolean isHooked(Chain chain) {
        BaseChain wanted = base(chain.name());
        BaseChain found = chain.base();
        // Compared part by part: what a record gets by itself is made at run time.
        return found != null
                && found.type().equals(wanted.type())
                && found.hook() == wanted.hook()
                && found.priority() == wanted.priority();
    }

    /** How many rules a chain has that is whole; those of {@link #postrouting} vary. */
    int rules(String chain) {
        if (chain.equals(lookup())) {
            return isV4() ? 2 : 3;
        }
        return alternatives.size();
    }
}
