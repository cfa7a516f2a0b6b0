package dev.pontoon.linux.nft;

import dev.pontoon.linux.uapi.NfTables;
import java.util.Arrays;
import java.util.List;

/**
 * The body of one rule, written left to right as {@code nft} reads: {@code ip saddr 10.0.0.0/8
 * counter drop}.
 *
 * <p>Loads put values into registers side by side; whatever comes next (a comparison, a look-up, a
 * translation) takes all of them and leaves the registers empty. So a look-up over several fields
 * is one load per field, then the look-up. {@link #mask} and {@link #mapTo} leave their result for
 * the next one.
 *
 * <p>A rule that looks at IPv4 or IPv6 fields in a table that sees other packets too needs to look
 * at the protocol first: it is added here where it is missing. The transport protocol is not; see
 * {@link #protocol}.
 *
 * <p>The same object may be used for several rules. It is not for use by several threads.
 */
public final class Expressions {
    private static final int NFPROTO_IPV4 = 2;
    private static final int NFPROTO_IPV6 = 10;
    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int ETHERTYPE_IPV6 = 0x86dd;
    private static final int RTN_LOCAL = 2;
    private static final int REGISTERS = NfTables.NFT_REG32_15 - NfTables.NFT_REG32_00 + 1;

    private final AttributeWriter out = new AttributeWriter();
    private final Family family;
    // Where each loaded value starts, and the first free register after them.
    private int[] starts = new int[4];
    private int loaded;
    private int next;
    private boolean protocolIsKnown;

    /** For rules in tables of this family. */
    public Expressions(Family family) {
        this.family = family;
        this.protocolIsKnown = family == Family.IPV4 || family == Family.IPV6;
    }

    // Whole matches

    /** Only packets whose field is this value. */
    public Expressions match(Field field, Value value) {
        return load(field).equalTo(value);
    }

    /** Only packets whose field is another value. */
    public Expressions matchOther(Field field, Value value) {
        return load(field).notEqualTo(value);
    }

    /**
     * Only packets whose address lies in the subnet; bits of the address beyond the prefix are
     * ignored.
     */
    public Expressions matchSubnet(Field field, Value address, int prefixLength) {
        Value mask = Value.prefixMask(field.length(), prefixLength);
        return load(field).maskUnlessWhole(mask).equalTo(address.and(mask));
    }

    /** Only packets whose address lies outside the subnet. */
    public Expressions matchOutsideSubnet(Field field, Value address, int prefixLength) {
        Value mask = Value.prefixMask(field.length(), prefixLength);
        return load(field).maskUnlessWhole(mask).notEqualTo(address.and(mask));
    }

    /**
     * Only packets with one or more of these bits in a field of four bytes: a state, a status, a
     * mark.
     */
    public Expressions matchAnyBit(Field field, int bits) {
        return load(field).mask(Value.hostInt(bits)).notEqualTo(Value.hostInt(0));
    }

    /** Only packets with all of these bits in a field of four bytes. */
    public Expressions matchAllBits(Field field, int bits) {
        return load(field).mask(Value.hostInt(bits)).equalTo(Value.hostInt(bits));
    }

    /** Only IPv4. */
    public Expressions ipv4() {
        return networkProtocol(NFPROTO_IPV4, ETHERTYPE_IPV4);
    }

    /** Only IPv6. */
    public Expressions ipv6() {
        return networkProtocol(NFPROTO_IPV6, ETHERTYPE_IPV6);
    }

    /** Only this transport protocol: 6 tcp, 17 udp, 132 sctp. Ports mean nothing without one. */
    public Expressions protocol(int number) {
        return match(Field.TRANSPORT_PROTOCOL, Value.protocol(number));
    }

    /** Only packets to this port of this transport protocol. */
    public Expressions destinationPort(int protocol, int port) {
        return protocol(protocol).match(Field.DESTINATION_PORT, Value.port(port));
    }

    /** Only packets to an address of this host ({@code fib daddr type local}). */
    public Expressions toThisHost() {
        return match(Field.DESTINATION_TYPE, Value.hostInt(RTN_LOCAL));
    }

    // Loads

    /** Loads a field of the packet. */
    public Expressions load(Field field) {
        if (!protocolIsKnown && field.isIpv4()) {
            ipv4();
        } else if (!protocolIsKnown && field.isIpv6()) {
            ipv6();
        }
        int register = take((field.length() + 3) / 4);
        writeLoad(field, register);
        return this;
    }

    /** Loads a constant. */
    public Expressions load(Value value) {
        int register = take(value.registers());
        begin("immediate").putInt(NfTables.NFTA_IMMEDIATE_DREG, register);
        value(NfTables.NFTA_IMMEDIATE_DATA, value);
        return finish();
    }

    /** Loads the subnet of that prefix length that an address of the packet lies in. */
    public Expressions loadSubnet(Field field, int prefixLength) {
        load(field);
        Value mask = Value.prefixMask(field.length(), prefixLength);
        return bitwise(register(starts[loaded - 1]), mask, Value.of(new byte[mask.length()]));
    }

    // What is done with loaded values

    /** Goes on only if the loaded bytes are these. */
    public Expressions equalTo(Value value) {
        return compare(NfTables.NFT_CMP_EQ, value);
    }

    /** Goes on only if the loaded bytes are others. */
    public Expressions notEqualTo(Value value) {
        return compare(NfTables.NFT_CMP_NEQ, value);
    }

    /**
     * Goes on only if the loaded bytes lie between the two, both included, compared as in network
     * order.
     */
    public Expressions between(Value first, Value last) {
        begin("range").putInt(NfTables.NFTA_RANGE_SREG, firstRegister());
        out.putInt(NfTables.NFTA_RANGE_OP, NfTables.NFT_RANGE_EQ);
        value(NfTables.NFTA_RANGE_FROM_DATA, first);
        value(NfTables.NFTA_RANGE_TO_DATA, last);
        return finishEmpty();
    }

    /**
     * Clears the bits of the loaded value that the mask does not have, and leaves the result
     * loaded.
     */
    public Expressions mask(Value mask) {
        return bitwise(mask, Value.of(new byte[mask.length()]));
    }

    /** Goes on only if the set has the loaded values. */
    public Expressions in(String set) {
        begin("lookup").put(NfTables.NFTA_LOOKUP_SET, set);
        out.putInt(NfTables.NFTA_LOOKUP_SREG, firstRegister());
        return finishEmpty();
    }

    /** Goes on only if the set does not have the loaded values. */
    public Expressions notIn(String set) {
        begin("lookup").put(NfTables.NFTA_LOOKUP_SET, set);
        out.putInt(NfTables.NFTA_LOOKUP_SREG, firstRegister());
        out.putInt(NfTables.NFTA_LOOKUP_FLAGS, NfTables.NFT_LOOKUP_F_INV);
        return finishEmpty();
    }

    /**
     * Does what the verdict map says for the loaded values; goes on with the next rule if it has
     * none.
     */
    public Expressions verdictFrom(String map) {
        begin("lookup").put(NfTables.NFTA_LOOKUP_SET, map);
        out.putInt(NfTables.NFTA_LOOKUP_SREG, firstRegister());
        out.putInt(NfTables.NFTA_LOOKUP_DREG, NfTables.NFT_REG_VERDICT);
        return finishEmpty();
    }

    /** Counts in the counter that the map has for the loaded values; goes on only if it has one. */
    public Expressions countedBy(String map) {
        begin("objref").putInt(NfTables.NFTA_OBJREF_SET_SREG, firstRegister());
        out.put(NfTables.NFTA_OBJREF_SET_NAME, map);
        return finishEmpty();
    }

    /**
     * Replaces the loaded values by what the map has for them; goes on only if it has something.
     */
    public Expressions mapTo(SetDefinition map) {
        begin("lookup").put(NfTables.NFTA_LOOKUP_SET, map.name());
        out.putInt(NfTables.NFTA_LOOKUP_SREG, firstRegister());
        empty();
        for (DataType type : map.data()) {
            take(type.registers());
        }
        out.putInt(NfTables.NFTA_LOOKUP_DREG, firstRegister());
        return finish();
    }

    /**
     * Translates the destination to the loaded address and, if a second value is loaded, that port.
     */
    public Expressions destinationNat(Family addressFamily) {
        return translate(NfTables.NFT_NAT_DNAT, addressFamily);
    }

    /** Translates the source to the loaded address and, if a second value is loaded, that port. */
    public Expressions sourceNat(Family addressFamily) {
        return translate(NfTables.NFT_NAT_SNAT, addressFamily);
    }

    // What needs nothing loaded

    /** Translates the source to the address of the interface the packet leaves by. */
    public Expressions masquerade() {
        begin("masq");
        return finish();
    }

    /** Counts packets and bytes; {@code nft list} shows them. */
    public Expressions counter() {
        begin("counter").putLong(NfTables.NFTA_COUNTER_BYTES, 0);
        out.putLong(NfTables.NFTA_COUNTER_PACKETS, 0);
        return finish();
    }

    /** Goes on only if the match of the old kind, as {@code iptables -m} makes it, says yes. */
    public Expressions match(XtMatch match) {
        begin("match").put(NfTables.NFTA_MATCH_NAME, match.name());
        out.putInt(NfTables.NFTA_MATCH_REV, match.revision());
        out.put(NfTables.NFTA_MATCH_INFO, match.info());
        return finish();
    }

    /** Gives the bits of the mask in the packet's mark the values that {@code mark} has there. */
    public Expressions setMark(int mark, int mask) {
        if (mask == -1) {
            load(Value.hostInt(mark));
        } else {
            load(Field.MARK).bitwise(Value.hostInt(~mask), Value.hostInt(mark & mask));
        }
        begin("meta").putInt(NfTables.NFTA_META_KEY, NfTables.NFT_META_MARK);
        out.putInt(NfTables.NFTA_META_SREG, firstRegister());
        return finishEmpty();
    }

    /** Ends the rule with a verdict. */
    public Expressions then(Verdict verdict) {
        begin("immediate").putInt(NfTables.NFTA_IMMEDIATE_DREG, NfTables.NFT_REG_VERDICT);
        out.begin(NfTables.NFTA_IMMEDIATE_DATA).begin(NfTables.NFTA_DATA_VERDICT);
        out.putInt(NfTables.NFTA_VERDICT_CODE, verdict.code());
        String chain = verdict.chain();
        if (chain != null) {
            out.put(NfTables.NFTA_VERDICT_CHAIN, chain);
        }
        out.end().end();
        return finish();
    }

    /** What the rule says, as {@link Rule#words} tells it of one that the kernel has. */
    public List<String> words() {
        return ExpressionWords.of(toBytes());
    }

    /** The content of NFTA_RULE_EXPRESSIONS. */
    byte[] toBytes() {
        return out.toBytes();
    }

    private Expressions networkProtocol(int number, int etherType) {
        if (protocolIsKnown) {
            return this;
        }
        protocolIsKnown = true;
        boolean seesFrames = family == Family.BRIDGE || family == Family.NETDEV;
        Field field = seesFrames ? Field.PROTOCOL : Field.NETWORK_PROTOCOL;
        // Beside what is loaded already, so that a key of several fields stays whole.
        int register = register(next);
        writeLoad(field, register);
        begin("cmp").putInt(NfTables.NFTA_CMP_SREG, register);
        out.putInt(NfTables.NFTA_CMP_OP, NfTables.NFT_CMP_EQ);
        value(NfTables.NFTA_CMP_DATA, seesFrames ? Value.port(etherType) : Value.protocol(number));
        return finish();
    }

    private void writeLoad(Field field, int register) {
        Field.Source source = field.source();
        if (source == Field.Source.META) {
            begin("meta").putInt(NfTables.NFTA_META_KEY, field.position());
            out.putInt(NfTables.NFTA_META_DREG, register);
        } else if (source == Field.Source.CONNECTION) {
            begin("ct").putInt(NfTables.NFTA_CT_KEY, field.position());
            out.putInt(NfTables.NFTA_CT_DREG, register);
        } else if (source == Field.Source.ROUTING) {
            begin("fib").putInt(NfTables.NFTA_FIB_FLAGS, NfTables.NFTA_FIB_F_DADDR);
            out.putInt(NfTables.NFTA_FIB_RESULT, field.position());
            out.putInt(NfTables.NFTA_FIB_DREG, register);
        } else {
            begin("payload").putInt(NfTables.NFTA_PAYLOAD_DREG, register);
            out.putInt(NfTables.NFTA_PAYLOAD_BASE, header(source));
            out.putInt(NfTables.NFTA_PAYLOAD_OFFSET, field.position());
            out.putInt(NfTables.NFTA_PAYLOAD_LEN, field.length());
        }
        finish();
    }

    private static int header(Field.Source source) {
        if (source == Field.Source.LINK_HEADER) {
            return NfTables.NFT_PAYLOAD_LL_HEADER;
        }
        return source == Field.Source.NETWORK_HEADER
                ? NfTables.NFT_PAYLOAD_NETWORK_HEADER
                : NfTables.NFT_PAYLOAD_TRANSPORT_HEADER;
    }

    private Expressions maskUnlessWhole(Value mask) {
        boolean whole = mask.equals(Value.prefixMask(mask.length(), mask.length() * 8));
        return whole ? this : mask(mask);
    }

    private Expressions bitwise(Value mask, Value flipped) {
        return bitwise(firstRegister(), mask, flipped);
    }

    private Expressions bitwise(int register, Value mask, Value flipped) {
        begin("bitwise").putInt(NfTables.NFTA_BITWISE_SREG, register);
        out.putInt(NfTables.NFTA_BITWISE_DREG, register);
        out.putInt(NfTables.NFTA_BITWISE_LEN, mask.length());
        value(NfTables.NFTA_BITWISE_MASK, mask);
        value(NfTables.NFTA_BITWISE_XOR, flipped);
        return finish();
    }

    private Expressions compare(int operator, Value value) {
        begin("cmp").putInt(NfTables.NFTA_CMP_SREG, firstRegister());
        out.putInt(NfTables.NFTA_CMP_OP, operator);
        value(NfTables.NFTA_CMP_DATA, value);
        return finishEmpty();
    }

    private Expressions translate(int type, Family addressFamily) {
        begin("nat").putInt(NfTables.NFTA_NAT_TYPE, type);
        out.putInt(NfTables.NFTA_NAT_FAMILY, addressFamily.number());
        out.putInt(NfTables.NFTA_NAT_REG_ADDR_MIN, firstRegister());
        if (loaded > 1) {
            out.putInt(NfTables.NFTA_NAT_REG_PROTO_MIN, register(starts[1]));
        }
        return finishEmpty();
    }

    // Opens an expression; finish() closes it.
    private AttributeWriter begin(String name) {
        return out.begin(NfTables.NFTA_LIST_ELEM)
                .put(NfTables.NFTA_EXPR_NAME, name)
                .begin(NfTables.NFTA_EXPR_DATA);
    }

    private Expressions finish() {
        out.end().end();
        return this;
    }

    private Expressions finishEmpty() {
        empty();
        return finish();
    }

    private void value(int type, Value value) {
        out.begin(type).put(NfTables.NFTA_DATA_VALUE, value.bytes()).end();
    }

    private int take(int registers) {
        if (next + registers > REGISTERS) {
            throw new IllegalStateException("more than " + REGISTERS + " registers are loaded");
        }
        if (loaded == starts.length) {
            starts = Arrays.copyOf(starts, loaded * 2);
        }
        starts[loaded++] = next;
        int register = register(next);
        next += registers;
        return register;
    }

    private void empty() {
        loaded = 0;
        next = 0;
    }

    private int firstRegister() {
        if (loaded == 0) {
            throw new IllegalStateException("nothing is loaded");
        }
        return register(0);
    }

    private static int register(int index) {
        return NfTables.NFT_REG32_00 + index;
    }
}
