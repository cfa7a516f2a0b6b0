package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Netlink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a netlink message, looked up where they lie. Types unknown to this code do no
 * harm: a newer kernel may send what it likes. A truncated attribute ends the list.
 */
public final class Attributes {
    // struct nlattr: u16 length with this header, u16 type
    private static final int HEADER_LENGTH = 4;
    private static final int NONE = -1;

    /**
     * Types below this are found in a list of places, which a link has that is asked for a dozen of
     * them; shorter attributes are read through.
     */
    private static final int LISTED_TYPES = 64;

    private static final int SHORT = 256;

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private final byte[] in;
    private final int from;
    private final int to;
    private int @Nullable [] places;

    private Attributes(byte[] bytes, int from, int to) {
        this.in = bytes;
        this.from = from;
        this.to = to;
    }

    /** The attributes that lie between two offsets. */
    public static Attributes read(byte[] bytes, int from, int to) {
        return new Attributes(bytes, from, to);
    }

    /** Two bytes in the machine's order; by hand, as a message has some hundred of them. */
    private int unsignedShort(int at) {
        int first = in[at] & 0xff;
        int second = in[at + 1] & 0xff;
        return LITTLE_ENDIAN ? second << 8 | first : first << 8 | second;
    }

    private int length(int at) {
        return unsignedShort(at);
    }

    private int type(int at) {
        return unsignedShort(at + 2) & Netlink.NLA_TYPE_MASK;
    }

    /** The offset, if a whole attribute lies there; else NONE. */
    private int whole(int at) {
        if (at + HEADER_LENGTH > to) {
            return NONE;
        }
        int length = length(at);
        return length < HEADER_LENGTH || at + length > to ? NONE : at;
    }

    private int behind(int at) {
        return whole(at + (length(at) + 3 & ~3));
    }

    private int find(int type, int first) {
        for (int at = first; at != NONE; at = behind(at)) {
            if (type(at) == type) {
                return at;
            }
        }
        return NONE;
    }

    private int find(int type) {
        return type < LISTED_TYPES && to - from > SHORT ? places()[type] : find(type, whole(from));
    }

    /** Where the first attribute of each type lies. */
    private int[] places() {
        if (places == null) {
            int[] found = new int[LISTED_TYPES];
            Arrays.fill(found, NONE);
            for (int at = whole(from); at != NONE; at = behind(at)) {
                int type = type(at);
                if (type < LISTED_TYPES && found[type] == NONE) {
                    found[type] = at;
                }
            }
            places = found;
        }
        return places;
    }

    private static int start(int at) {
        return at + HEADER_LENGTH;
    }

    private int end(int at) {
        return at + length(at);
    }

    private byte[] payload(int at) {
        return Arrays.copyOfRange(in, start(at), end(at));
    }

    /** Whether there is an attribute of this type. */
    public boolean has(int type) {
        return find(type) != NONE;
    }

    /** The payload of the first attribute of this type. */
    public Optional<byte[]> bytes(int type) {
        int found = find(type);
        return found == NONE ? Optional.empty() : Optional.of(payload(found));
    }

    /** A text, up to its first zero byte. */
    public Optional<String> text(int type) {
        int found = find(type);
        if (found == NONE) {
            return Optional.empty();
        }
        int end = start(found);
        while (end < end(found) && in[end] != 0) {
            end++;
        }
        return Optional.of(
                new String(in, start(found), end - start(found), StandardCharsets.UTF_8));
    }

    /**
     * An unsigned integer of one, two or four bytes in the machine's order; four bytes may come out
     * negative.
     */
    public OptionalInt integer(int type) {
        return integer(type, ByteOrder.nativeOrder());
    }

    /** An unsigned integer of one, two or four bytes in network order. */
    public OptionalInt networkInteger(int type) {
        return integer(type, ByteOrder.BIG_ENDIAN);
    }

    private OptionalInt integer(int type, ByteOrder order) {
        int found = find(type);
        if (found == NONE) {
            return OptionalInt.empty();
        }
        return switch (end(found) - start(found)) {
            case 1 -> OptionalInt.of(in[start(found)] & 0xff);
            case 2 -> OptionalInt.of(in(order).getShort(start(found)) & 0xffff);
            case 4 -> OptionalInt.of(in(order).getInt(start(found)));
            default -> OptionalInt.empty();
        };
    }

    private ByteBuffer in(ByteOrder order) {
        return ByteBuffer.wrap(in).order(order);
    }

    /** A number of eight bytes in the machine's order; empty if it has another length. */
    public OptionalLong longInteger(int type) {
        int found = find(type);
        return found == NONE || end(found) - start(found) != Long.BYTES
                ? OptionalLong.empty()
                : OptionalLong.of(in(ByteOrder.nativeOrder()).getLong(start(found)));
    }

    /** A number of eight bytes in network order, or of four. */
    public Optional<Long> networkLong(int type) {
        int found = find(type);
        if (found == NONE) {
            return Optional.empty();
        }
        ByteBuffer network = in(ByteOrder.BIG_ENDIAN);
        return Optional.of(
                end(found) - start(found) >= Long.BYTES
                        ? network.getLong(start(found))
                        : network.getInt(start(found)) & 0xffffffffL);
    }

    /** The attributes inside the first attribute of this type; none if it is missing. */
    public Attributes nested(int type) {
        int found = find(type);
        return found == NONE ? new Attributes(in, 0, 0) : inside(found);
    }

    private Attributes inside(int at) {
        return new Attributes(in, start(at), end(at));
    }

    /** The payloads of all attributes of this type, in order. */
    public List<byte[]> repeated(int type) {
        List<byte[]> payloads = new ArrayList<>();
        for (int at = find(type); at != NONE; at = find(type, behind(at))) {
            payloads.add(payload(at));
        }
        return payloads;
    }

    /** The attributes inside each attribute of this type, in order: a netlink list. */
    public List<Attributes> nestedList(int type) {
        List<Attributes> list = new ArrayList<>();
        for (int at = find(type); at != NONE; at = find(type, behind(at))) {
            list.add(inside(at));
        }
        return list;
    }
}
