package dev.pontoon.linux.nft;

import dev.pontoon.linux.Attributes;
import dev.pontoon.linux.nft.RuleOutcome.Action;
import dev.pontoon.linux.uapi.NfTables;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one rule would do with a packet: its expressions done one by one, with registers of which
 * some hold what is not known. An expression unknown here may match.
 */
final class RuleForecast {
    private static final int NFPROTO_IPV4 = 2;
    private static final int NFPROTO_IPV6 = 10;
    // Of struct iphdr and struct ipv6hdr.
    private static final int IPV4_SOURCE = 12;
    private static final int IPV6_SOURCE = 8;
    private static final int INTERFACE_NAME_LENGTH = 16;
    private static final int REGISTER_BYTES = 4;
    // struct xt_conntrack_mtinfo3 and struct xt_mark_mtinfo1.
    private static final int CONNTRACK_MATCH_FLAGS = 146;
    private static final int CONNTRACK_INVERT_FLAGS = 148;
    private static final int CONNTRACK_STATE_MASK = 150;
    private static final int XT_CONNTRACK_STATE = 1;
    private static final int MARK_BYTES = 9;

    private final ForwardedPacket packet;
    private final Function<String, List<SetElement>> sets;
    private final Map<Integer, byte[]> registers = new HashMap<>();
    private final Set<Integer> noRange = new HashSet<>();
    private boolean certain = true;

    /** {@code sets} gives the elements of a set or map by its name. */
    RuleForecast(ForwardedPacket packet, Function<String, List<SetElement>> sets) {
        this.packet = packet;
        this.sets = sets;
    }

    RuleOutcome of(List<Attributes> expressions) {
        for (Attributes each : expressions) {
            String name = each.text(NfTables.NFTA_EXPR_NAME).orElse("");
            RuleOutcome decided = step(name, each.nested(NfTables.NFTA_EXPR_DATA));
            if (decided != null) {
                return decided;
            }
        }
        return RuleOutcome.NONE;
    }

    /** Null to go on with the next expression. */
    private @Nullable RuleOutcome step(String name, Attributes data) {
        switch (name) {
            case "payload" -> load(data, NfTables.NFTA_PAYLOAD_DREG, payload(data));
            case "meta" -> loadWhole(data, NfTables.NFTA_META_DREG, meta(data));
            case "ct" -> loadWhole(data, NfTables.NFTA_CT_DREG, connection(data));
            case "bitwise" -> mask(data);
            case "cmp" -> {
                return match(compare(data));
            }
            case "match" -> {
                return match(oldMatch(data));
            }
            case "lookup" -> {
                return lookUp(data);
            }
            case "immediate" -> {
                return immediate(data);
            }
            case "target" -> {
                String target = data.text(NfTables.NFTA_TARGET_NAME).orElse("");
                return switch (target) {
                    case "DROP", "REJECT" -> outcome(Action.REFUSE, "");
                    default -> RuleOutcome.NONE;
                };
            }
            case "reject" -> {
                return outcome(Action.REFUSE, "");
            }
            case "counter", "log" -> {}
            default -> certain = false;
        }
        return null;
    }

    private RuleOutcome outcome(Action action, String chain) {
        return new RuleOutcome(certain, action, chain);
    }

    /** Null if it matches, or may. */
    private @Nullable RuleOutcome match(@Nullable Boolean matches) {
        if (matches == null) {
            certain = false;
            return null;
        }
        return matches ? null : RuleOutcome.NONE;
    }

    /** Names and states, of which nobody makes ranges. */
    private void loadWhole(Attributes data, int destination, byte @Nullable [] value) {
        load(data, destination, value);
        noRange.add(register(data, destination));
    }

    private void load(Attributes data, int destination, byte @Nullable [] value) {
        int register = register(data, destination);
        noRange.remove(register);
        if (value == null) {
            registers.remove(register);
        } else {
            registers.put(register, value);
        }
    }

    /** The four registers of old, of 16 bytes each, lie over those of 4. */
    private static int register(Attributes data, int type) {
        int number = data.networkInteger(type).orElse(NfTables.NFT_REG_VERDICT);
        return number > NfTables.NFT_REG_VERDICT && number < NfTables.NFT_REG32_00
                ? NfTables.NFT_REG32_00 + (number - 1) * 4
                : number;
    }

    /** Bytes of the network header's addresses; null for everything else. */
    private byte @Nullable [] payload(Attributes data) {
        int base = data.networkInteger(NfTables.NFTA_PAYLOAD_BASE).orElse(-1);
        int offset = data.networkInteger(NfTables.NFTA_PAYLOAD_OFFSET).orElse(0);
        int length = data.networkInteger(NfTables.NFTA_PAYLOAD_LEN).orElse(0);
        if (base != NfTables.NFT_PAYLOAD_NETWORK_HEADER) {
            return null;
        }
        int addressLength = addressLength();
        int source = addressLength == 4 ? IPV4_SOURCE : IPV6_SOURCE;
        byte[] part = part(packet.source(), offset - source, length);
        return part != null
                ? part
                : part(packet.destination(), offset - source - addressLength, length);
    }

    private int addressLength() {
        return Math.max(packet.source().length, packet.destination().length);
    }

    private static byte @Nullable [] part(byte[] address, int from, int length) {
        return from >= 0 && length > 0 && from + length <= address.length
                ? Arrays.copyOfRange(address, from, from + length)
                : null;
    }

    private byte @Nullable [] meta(Attributes data) {
        return switch (data.networkInteger(NfTables.NFTA_META_KEY).orElse(-1)) {
            case NfTables.NFT_META_IIFNAME -> name(packet.in());
            case NfTables.NFT_META_OIFNAME -> name(packet.out());
            case NfTables.NFT_META_NFPROTO ->
                    new byte[] {(byte) (addressLength() == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6)};
            case NfTables.NFT_META_MARK -> new byte[4];
            default -> null;
        };
    }

    private static byte @Nullable [] name(String link) {
        return link.isEmpty()
                ? null
                : Arrays.copyOf(Value.interfaceName(link).bytes(), INTERFACE_NAME_LENGTH);
    }

    private byte @Nullable [] connection(Attributes data) {
        return data.networkInteger(NfTables.NFTA_CT_KEY).orElse(-1) == NfTables.NFT_CT_STATE
                ? Value.hostInt(packet.state()).bytes()
                : null;
    }

    private void mask(Attributes data) {
        byte[] value = registers.get(register(data, NfTables.NFTA_BITWISE_SREG));
        byte[] mask = value(data, NfTables.NFTA_BITWISE_MASK);
        byte[] flip = value(data, NfTables.NFTA_BITWISE_XOR);
        byte[] result = null;
        if (value != null && mask.length <= value.length && mask.length == flip.length) {
            result = new byte[mask.length];
            for (int i = 0; i < result.length; i++) {
                result[i] = (byte) ((value[i] & mask[i]) ^ flip[i]);
            }
        }
        load(data, NfTables.NFTA_BITWISE_DREG, mask.length == 0 ? null : result);
    }

    /** Of a name's beginning only so much is compared. */
    private @Nullable Boolean compare(Attributes data) {
        byte[] value = registers.get(register(data, NfTables.NFTA_CMP_SREG));
        byte[] wanted = value(data, NfTables.NFTA_CMP_DATA);
        if (value == null || wanted.length == 0 || wanted.length > value.length) {
            return null;
        }
        boolean equal = Arrays.equals(Arrays.copyOf(value, wanted.length), wanted);
        return switch (data.networkInteger(NfTables.NFTA_CMP_OP).orElse(-1)) {
            case NfTables.NFT_CMP_EQ -> equal;
            case NfTables.NFT_CMP_NEQ -> !equal;
            default -> null;
        };
    }

    private @Nullable Boolean oldMatch(Attributes data) {
        byte[] bytes = data.bytes(NfTables.NFTA_MATCH_INFO).orElse(new byte[0]);
        ByteBuffer info = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        return switch (data.text(NfTables.NFTA_MATCH_NAME).orElse("")) {
            case "comment" -> true;
            case "conntrack" -> connectionState(info);
            case "mark" -> mark(info);
            default -> null;
        };
    }

    private @Nullable Boolean connectionState(ByteBuffer info) {
        if (info.limit() < CONNTRACK_STATE_MASK + 2
                || info.getShort(CONNTRACK_MATCH_FLAGS) != XT_CONNTRACK_STATE) {
            return null;
        }
        boolean has = (info.getShort(CONNTRACK_STATE_MASK) & packet.state()) != 0;
        boolean inverted = (info.getShort(CONNTRACK_INVERT_FLAGS) & XT_CONNTRACK_STATE) != 0;
        return has != inverted;
    }

    /** The packet's mark is zero, whatever the mask. */
    private static @Nullable Boolean mark(ByteBuffer info) {
        return info.limit() < MARK_BYTES
                ? null
                : (Boolean) ((info.getInt(0) == 0) != (info.get(MARK_BYTES - 1) != 0));
    }

    private @Nullable RuleOutcome lookUp(Attributes data) {
        int register = register(data, NfTables.NFTA_LOOKUP_SREG);
        int flags = data.networkInteger(NfTables.NFTA_LOOKUP_FLAGS).orElse(0);
        boolean inverted = (flags & NfTables.NFT_LOOKUP_F_INV) != 0;
        boolean toVerdict =
                data.has(NfTables.NFTA_LOOKUP_DREG)
                        && register(data, NfTables.NFTA_LOOKUP_DREG) == NfTables.NFT_REG_VERDICT;
        List<SetElement> elements = sets.apply(data.text(NfTables.NFTA_LOOKUP_SET).orElse(""));
        int length = elements.isEmpty() ? 0 : elements.getFirst().key().length();
        byte[] key = loaded(register, length);
        Optional<SetElement> found =
                elements.stream()
                        .filter(each -> Arrays.equals(each.key().bytes(), key))
                        .findFirst();
        if (found.isEmpty()) {
            // A set of addresses may have ranges, of which only the beginnings are read.
            boolean isNone = elements.isEmpty() || (key != null && isExact(register, length));
            if (isNone) {
                return inverted ? null : RuleOutcome.NONE;
            }
            certain = false;
            return toVerdict ? outcome(Action.ACCEPT, "") : null;
        }
        if (toVerdict) {
            return found.get().verdict().map(this::verdict).orElse(RuleOutcome.NONE);
        }
        return inverted ? RuleOutcome.NONE : null;
    }

    /** So many bytes from a register on, be they of several loads; null if some are not known. */
    private byte @Nullable [] loaded(int from, int length) {
        ByteBuffer all = ByteBuffer.allocate(length);
        int register = from;
        while (all.hasRemaining()) {
            byte[] value = registers.get(register);
            if (value == null) {
                return null;
            }
            int whole = (value.length + REGISTER_BYTES - 1) / REGISTER_BYTES;
            byte[] padded = Arrays.copyOf(value, whole * REGISTER_BYTES);
            all.put(padded, 0, Math.min(padded.length, all.remaining()));
            register += whole;
        }
        return all.array();
    }

    /** Whether all of it was loaded with what nobody makes ranges of. */
    private boolean isExact(int from, int length) {
        int register = from;
        for (int bytes = 0; bytes < length; ) {
            byte[] value = registers.get(register);
            if (value == null || !noRange.contains(register)) {
                return false;
            }
            int whole = (value.length + REGISTER_BYTES - 1) / REGISTER_BYTES;
            bytes += whole * REGISTER_BYTES;
            register += whole;
        }
        return true;
    }

    private @Nullable RuleOutcome immediate(Attributes data) {
        Attributes verdict =
                data.nested(NfTables.NFTA_IMMEDIATE_DATA).nested(NfTables.NFTA_DATA_VERDICT);
        return SetElement.readVerdict(verdict).map(this::verdict).orElse(null);
    }

    private RuleOutcome verdict(Verdict verdict) {
        String chain = verdict.chain() == null ? "" : verdict.chain();
        if (verdict.equals(Verdict.accept())) {
            return outcome(Action.ACCEPT, "");
        }
        if (verdict.equals(Verdict.drop())) {
            return outcome(Action.REFUSE, "");
        }
        return switch (verdict.code()) {
            case NfTables.NFT_JUMP -> outcome(Action.JUMP, chain);
            case NfTables.NFT_GOTO -> outcome(Action.GOTO, chain);
            case NfTables.NFT_RETURN -> outcome(Action.RETURN, "");
            case NfTables.NFT_CONTINUE, NfTables.NFT_BREAK -> RuleOutcome.NONE;
            // A queue of a program, which may do anything.
            default -> new RuleOutcome(false, Action.ACCEPT, "");
        };
    }

    private static byte[] value(Attributes data, int type) {
        return data.nested(type).bytes(NfTables.NFTA_DATA_VALUE).orElse(new byte[0]);
    }
}
