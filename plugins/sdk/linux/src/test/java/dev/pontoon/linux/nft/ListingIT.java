package dev.pontoon.linux.nft;

import static dev.pontoon.linux.nft.NftHost.TABLE;
import static dev.pontoon.linux.nft.NftHost.address;
import static dev.pontoon.linux.nft.NftHost.address6;
import static dev.pontoon.linux.nft.NftHost.rule;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What Pontoon makes lists, and loads again, as if {@code nft} had made it. */
@Tag("kernel")
@ExtendWith(HostExtension.class)
class ListingIT {
    private static final SetDefinition SET = SetDefinition.set("s", DataType.IPV4_ADDRESS);
    private static final SetDefinition PORTS = portMap("ports", DataType.IPV4_ADDRESS);
    private static final SetDefinition PORTS6 = portMap("ports6", DataType.IPV6_ADDRESS);
    private static final SetDefinition PAIRS =
            SetDefinition.set("pairs", DataType.IPV4_ADDRESS, DataType.IPV4_ADDRESS);
    private static final SetDefinition COUNTED =
            SetDefinition.counterMap("counted", DataType.IPV4_ADDRESS);
    private static final Value ONE = address(10, 0, 0, 1);

    /** Rules that are the same as those nft makes of the text, expression by expression. */
    private static final List<Sample> SAME =
            List.of(
                    new Sample(
                            "any",
                            "ip daddr 10.9.16.0/20 return",
                            rule().matchSubnet(Field.IPV4_DESTINATION, address(10, 9, 31, 1), 20)
                                    .then(Verdict.returning())),
                    new Sample(
                            "any",
                            "ip6 saddr != fd00:22::/60 counter",
                            rule().matchOutsideSubnet(Field.IPV6_SOURCE, address6(9), 60)
                                    .counter()),
                    new Sample(
                            "any",
                            "ip saddr 10.0.0.1 accept",
                            rule().match(Field.IPV4_SOURCE, ONE).then(Verdict.accept())),
                    new Sample(
                            "any",
                            "iifname != \"eth0\" drop",
                            rule().matchOther(Field.INPUT_INTERFACE, Value.interfaceName("eth0"))
                                    .then(Verdict.drop())),
                    new Sample(
                            "any",
                            "oifname \"eth0\" drop",
                            rule().match(Field.OUTPUT_INTERFACE, Value.interfaceName("eth0"))
                                    .then(Verdict.drop())),
                    new Sample(
                            "any",
                            "ct state established,related accept",
                            rule().matchAnyBit(
                                            Field.CT_STATE,
                                            Conntrack.STATE_ESTABLISHED | Conntrack.STATE_RELATED)
                                    .then(Verdict.accept())),
                    new Sample(
                            "any",
                            "meta mark & 0x2000 == 0x2000 return",
                            rule().matchAllBits(Field.MARK, 0x2000).then(Verdict.returning())),
                    new Sample(
                            "any",
                            "meta mark set meta mark | 0x2000",
                            rule().setMark(0x2000, 0x2000)),
                    new Sample("any", "meta mark set 7", rule().setMark(7, -1)),
                    new Sample(
                            "any",
                            "udp dport 53 jump end",
                            rule().destinationPort(17, 53).then(Verdict.jump("end"))),
                    new Sample(
                            "any",
                            "ip saddr != @s goto end",
                            rule().load(Field.IPV4_SOURCE).notIn("s").then(Verdict.goTo("end"))),
                    new Sample(
                            "post",
                            "ip6 saddr vmap @v",
                            rule().load(Field.IPV6_SOURCE).verdictFrom("v")),
                    new Sample(
                            "post",
                            "ip saddr . ip daddr & 255.255.255.0 @pairs return",
                            rule().load(Field.IPV4_SOURCE)
                                    .loadSubnet(Field.IPV4_DESTINATION, 24)
                                    .in("pairs")
                                    .then(Verdict.returning())),
                    new Sample(
                            "post",
                            "counter name ip saddr map @counted masquerade",
                            rule().load(Field.IPV4_SOURCE).countedBy("counted").masquerade()),
                    new Sample(
                            "post",
                            "ct status dnat masquerade",
                            rule().matchAnyBit(Field.CT_STATUS, Conntrack.STATUS_DNAT)
                                    .masquerade()),
                    new Sample(
                            "pre",
                            "fib daddr type local dnat ip to meta l4proto . ip daddr . th dport map @ports",
                            rule().toThisHost()
                                    .ipv4()
                                    .load(Field.TRANSPORT_PROTOCOL)
                                    .load(Field.IPV4_DESTINATION)
                                    .load(Field.DESTINATION_PORT)
                                    .mapTo(PORTS)
                                    .destinationNat(Family.IPV4)),
                    new Sample(
                            "pre",
                            "fib daddr type local dnat ip6 to meta l4proto . ip6 daddr . th dport map @ports6",
                            rule().toThisHost()
                                    .ipv6()
                                    .load(Field.TRANSPORT_PROTOCOL)
                                    .load(Field.IPV6_DESTINATION)
                                    .load(Field.DESTINATION_PORT)
                                    .mapTo(PORTS6)
                                    .destinationNat(Family.IPV6)));

    /** Rules that list the same, but are made with other registers, widths or expressions. */
    private static final List<Sample> ALIKE =
            List.of(
                    new Sample(
                            "any",
                            "ip saddr 10.0.0.0/8 drop",
                            rule().matchSubnet(Field.IPV4_SOURCE, ONE, 8).then(Verdict.drop())),
                    new Sample(
                            "any",
                            "tcp dport 80-90 drop",
                            rule().protocol(6)
                                    .load(Field.DESTINATION_PORT)
                                    .between(Value.port(80), Value.port(90))
                                    .then(Verdict.drop())),
                    new Sample(
                            "post",
                            "tcp dport 1 snat ip to 192.0.2.1:100",
                            rule().destinationPort(6, 1)
                                    .load(address(192, 0, 2, 1))
                                    .load(Value.port(100))
                                    .sourceNat(Family.IPV4)),
                    new Sample(
                            "pre",
                            "meta l4proto sctp dnat ip6 to fd00:22::9",
                            rule().protocol(132).load(address6(9)).destinationNat(Family.IPV6)));

    private record Sample(String chain, String text, Expressions rule) {}

    @AutoClose private NftHost host;
    private Nftables nftables;

    @BeforeEach
    void open(Host testHost) {
        Need.kernel("nftables nat");
        host = new NftHost(testHost);
        nftables = host.nftables();
    }

    @Test
    void rulesAreThoseOfNft() {
        commit(SAME);
        String ours = host.listing();
        String ourExpressions = host.expressions();

        host.load(text(SAME));

        assertThat(ours).isEqualTo(host.listing());
        assertThat(rules(ourExpressions)).hasSize(SAME.size()).isEqualTo(rules(host.expressions()));
    }

    @Test
    void rulesListAsThoseOfNft() {
        commit(ALIKE);
        String ours = host.listing();

        host.load(text(ALIKE));

        assertThat(ours).isEqualTo(host.listing());
    }

    @Test
    void framesOfABridgeAreAskedForTheirProtocol() {
        Table bridge = new Table(Family.BRIDGE, "pontoon");
        Expressions ipv4 = new Expressions(Family.BRIDGE).match(Field.IPV4_SOURCE, ONE);
        nftables.commit(
                new NftBatch()
                        .ensureTable(bridge)
                        .ensureChain(bridge, "c")
                        .addRule(bridge, "c", ipv4.then(Verdict.drop()), ""));
        String ourExpressions = host.expressions();

        host.load("table bridge pontoon { chain c { ip saddr 10.0.0.1 drop; }; }");

        assertThat(rules(ourExpressions)).hasSize(1).isEqualTo(rules(host.expressions()));
    }

    @Test
    void setsOfEveryTypeListAndReload() {
        NftBatch batch = new NftBatch().ensureTable(TABLE).ensureChain(TABLE, "c/1.2");
        batch.ensureSet(TABLE, SetDefinition.set("marks", DataType.MARK))
                .ensureSet(TABLE, SetDefinition.set("names", DataType.INTERFACE_NAME))
                .ensureSet(TABLE, SetDefinition.set("macs", DataType.ETHER_ADDRESS))
                .ensureSet(TABLE, SetDefinition.set("protocols", DataType.INET_PROTOCOL))
                .ensureSet(TABLE, SetDefinition.ranges("nets", DataType.IPV4_ADDRESS))
                .ensureSet(TABLE, SetDefinition.ranges("spans", DataType.INET_SERVICE))
                .ensureSet(
                        TABLE,
                        SetDefinition.map(
                                "data", List.of(DataType.IPV6_ADDRESS), List.of(DataType.MARK)))
                .ensureSet(
                        TABLE,
                        SetDefinition.verdictMap(
                                "verdicts", DataType.INTERFACE_NAME, DataType.ETHER_ADDRESS))
                .createCounter(TABLE, "both_24")
                .ensureSet(
                        TABLE,
                        SetDefinition.counterMap(
                                "counted", DataType.INET_PROTOCOL, DataType.IPV4_ADDRESS));
        Value mac = Value.mac(new byte[] {2, 0, 0, 0, 0, 10});
        batch.addElement(TABLE, "marks", SetElement.of(Value.hostInt(0x2000)))
                .addElement(TABLE, "names", SetElement.of(Value.interfaceName("eth0")))
                .addElement(TABLE, "macs", SetElement.of(mac))
                .addElement(TABLE, "protocols", SetElement.of(Value.protocol(132)))
                .addRange(
                        TABLE,
                        "nets",
                        SetElement.of(address(10, 0, 0, 0)).commented("ten"),
                        address(10, 255, 255, 255))
                .addRange(
                        TABLE,
                        "nets",
                        SetElement.of(address(224, 0, 0, 0)),
                        address(255, 255, 255, 255))
                .addRange(TABLE, "spans", SetElement.of(Value.port(80)), Value.port(90))
                .addElement(TABLE, "data", SetElement.of(address6(1)).leadingTo(Value.hostInt(5)))
                .addElement(
                        TABLE,
                        "verdicts",
                        SetElement.of(Value.concat(Value.interfaceName("v1"), mac))
                                .leadingTo(Verdict.jump("c/1.2"))
                                .commented("owner"))
                .addElement(
                        TABLE,
                        "counted",
                        SetElement.of(Value.concat(Value.protocol(6), address(10, 22, 0, 2)))
                                .countedBy("both_24")
                                .commented("owner"));
        nftables.commit(batch);

        String listing = host.listing();

        assertThat(listing)
                .contains("elements = { 0x00002000 }")
                .contains("elements = { \"eth0\" }")
                .contains("elements = { 02:00:00:00:00:0a }")
                .contains("elements = { sctp }")
                .contains("elements = { 10.0.0.0/8 comment \"ten\", 224.0.0.0/3 }")
                .contains("elements = { 80-90 }")
                .contains("elements = { fd00:22::1 : 0x00000005 }")
                .contains(
                        "elements = { \"v1\" . 02:00:00:00:00:0a comment \"owner\" : jump c/1.2 }")
                .contains("elements = { tcp . 10.22.0.2 comment \"owner\" : \"both_24\" }");
        host.load(listing);
        assertThat(host.listing()).isEqualTo(listing);
    }

    @Test
    void longAndForeignCommentsListAndReload() {
        String text = "\"é€\" ".repeat(30);
        assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeGreaterThan(200);
        nftables.commit(
                new NftBatch()
                        .ensureTable(TABLE)
                        .ensureSet(TABLE, SET)
                        .ensureChain(TABLE, "c")
                        .addRule(TABLE, "c", rule().counter(), text)
                        .addElement(TABLE, "s", SetElement.of(ONE).commented(text)));

        String listing = host.listing();

        String stored = "'é€' ".repeat(16);
        assertThat(listing)
                .contains("10.0.0.1 comment \"" + stored)
                .contains("bytes 0 comment \"" + stored);
        assertThat(nftables.rules(TABLE, "c").get(0).comment()).isEqualTo(Comments.fit(text));
        assertThat(nftables.element(TABLE, "s", ONE).orElseThrow().comment())
                .isEqualTo(Comments.fit(text));
        host.load(listing);
        assertThat(host.listing()).isEqualTo(listing);
    }

    private void commit(List<Sample> samples) {
        NftBatch batch =
                new NftBatch()
                        .ensureTable(TABLE)
                        .ensureSet(TABLE, SetDefinition.verdictMap("v", DataType.IPV6_ADDRESS))
                        .ensureSet(TABLE, PORTS)
                        .ensureSet(TABLE, PORTS6)
                        .ensureSet(TABLE, SET)
                        .ensureSet(TABLE, PAIRS)
                        .ensureSet(TABLE, COUNTED)
                        .ensureChain(TABLE, "end")
                        .ensureChain(TABLE, "any")
                        .ensureBaseChain(
                                TABLE,
                                "post",
                                BaseChain.nat(Hook.POSTROUTING, BaseChain.SOURCE_NAT))
                        .ensureBaseChain(
                                TABLE,
                                "pre",
                                BaseChain.nat(Hook.PREROUTING, BaseChain.DESTINATION_NAT));
        for (Sample each : samples) {
            batch.addRule(TABLE, each.chain(), each.rule(), "");
        }
        nftables.commit(batch);
    }

    private static String text(List<Sample> samples) {
        String port = "type inet_proto . %s . inet_service : %s . inet_service;";
        return "table inet pontoon {"
                + " map v { type ipv6_addr : verdict; };"
                + (" map ports { " + port + " };").replace("%s", "ipv4_addr")
                + (" map ports6 { " + port + " };").replace("%s", "ipv6_addr")
                + " set s { type ipv4_addr; };"
                + " set pairs { type ipv4_addr . ipv4_addr; };"
                + " map counted { type ipv4_addr : counter; };"
                + " chain end { };"
                + chain("any", "", samples)
                + chain("post", "type nat hook postrouting priority srcnat;", samples)
                + chain("pre", "type nat hook prerouting priority dstnat;", samples)
                + "}";
    }

    private static String chain(String name, String base, List<Sample> samples) {
        StringBuilder text = new StringBuilder(" chain " + name + " { " + base);
        for (Sample each : samples) {
            if (each.chain().equals(name)) {
                text.append(each.text()).append("; ");
            }
        }
        return text.append("};").toString();
    }

    private static List<String> rules(String expressions) {
        return List.of(expressions.split("\n\n")).stream()
                .filter(each -> each.contains("  [ "))
                .map(String::strip)
                .toList();
    }

    private static SetDefinition portMap(String name, DataType address) {
        return SetDefinition.map(
                name,
                List.of(DataType.INET_PROTOCOL, address, DataType.INET_SERVICE),
                List.of(address, DataType.INET_SERVICE));
    }
}
