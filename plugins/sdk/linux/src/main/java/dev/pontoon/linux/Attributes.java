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
 * The attributes of a netlink message, read once. Types unknown to this code are kept and do no
 * harm: a newer kernel may send what it likes. A truncated attribute ends the list.
 */
public final class Attributes {
    private final byte[] bytes;
    private final List<Attribute> all;

    private record Attribute(int type, int start, int end) {}

    private Attributes(byte[] bytes, List<Attribute> all) {
        this.bytes = bytes;
        this.all = all;
    }

    /** Reads the attributes that lie between two offsets. */
    public static Attributes read(byte[] bytes, int from, int to) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        List<Attribute> all = new ArrayList<>();
        int at = from;
        while (at + 4 <= to) {
            int length = in.getShort(at) & 0xffff;
            if (length < 4 || at + length > to) {
                break;
            }
            int type = in.getShort(at + 2) & 0xffff & Netlink.NLA_TYPE_MASK;
            all.add(new Attribute(type, at + 4, at + length));
            at += (length + 3) & ~3;
        }
        return new Attributes(bytes, all);
    }

    /** Whether there is an attribute of this type. */
    public boolean has(int type) {
        return find(type) != null;
    }

    /** The payload of the first attribute of this type. */
    public Optional<byte[]> bytes(int type) {
        Attribute found = find(type);
        return found == null ? Optional.empty() : Optional.of(payload(found));
    }

    /** A text, up to its first zero byte. */
    public Optional<String> text(int type) {
        Attribute found = find(type);
        if (found == null) {
            return Optional.empty();
        }
        int end = found.start;
        while (end < found.end && bytes[end] != 0) {
            end++;
        }
        return Optional.of(
                new String(bytes, found.start, end - found.start, StandardCharsets.UTF_8));
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

    /** A number of eight bytes in the machine's order; empty if it has another length. */
    public OptionalLong longInteger(int type) {
        Attribute found = find(type);
        return found == null || found.end - found.start != 8
                ? OptionalLong.empty()
                : OptionalLong.of(
                        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong(found.start));
    }

    /** A number of eight bytes in network order, or of four. */
    public Optional<Long> networkLong(int type) {
        Attribute found = find(type);
        if (found == null) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);
        return Optional.of(
                found.end - found.start >= 8
                        ? in.getLong(found.start)
                        : in.getInt(found.start) & 0xffffffffL);
    }

    /** The attributes inside the first attribute of this type; none if it is missing. */
    public Attributes nested(int type) {
        Attribute found = find(type);
        return found == null
                ? new Attributes(bytes, List.of())
                : read(bytes, found.start, found.end);
    }

    /** The payloads of all attributes of this type, in order. */
    public List<byte[]> repeated(int type) {
        List<byte[]> found = new ArrayList<>();
        for (Attribute each : all) {
            if (each.type == type) {
                found.add(payload(each));
            }
        }
        return found;
    }

    /** The attributes inside each attribute of this type, in order: a netlink list. */
    public List<Attributes> nestedList(int type) {
        List<Attributes> found = new ArrayList<>();
        for (Attribute each : all) {
            if (each.type == type) {
                found.add(read(bytes, each.start, each.end));
            }
        }
        return found;
    }

    private OptionalInt integer(int type, ByteOrder order) {
        Attribute found = find(type);
        if (found == null) {
            return OptionalInt.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(order);
        return switch (found.end - found.start) {
            case 1 -> OptionalInt.of(in.get(found.start) & 0xff);
            case 2 -> OptionalInt.of(in.getShort(found.start) & 0xffff);
            case 4 -> OptionalInt.of(in.getInt(found.start));
            default -> OptionalInt.empty();
        };
    }

    private @Nullable Attribute find(int type) {
        for (Attribute each : all) {
            if (each.type == type) {
                return each;
            }
        }
        return null;
    }

    private byte[] payload(Attribute attribute) {
        return Arrays.copyOfRange(bytes, attribute.start, attribute.end);
    }
}
