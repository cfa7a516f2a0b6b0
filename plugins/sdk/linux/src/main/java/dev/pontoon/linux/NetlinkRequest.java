package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Netlink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One netlink message on its way to the kernel: {@code nlmsghdr}, the family's own header, then
 * attributes.
 *
 * <pre>
 *   u32 length | u16 type | u16 flags | u32 sequence | u32 port | family header | attributes …
 *   attribute: u16 length (header included) | u16 type | payload | padding to 4 bytes
 * </pre>
 *
 * <p>Integers are in the machine's byte order, as netlink wants them; the few fields in network
 * order have methods that say so ({@link #putNetworkInt}). The text given to the constructor says
 * what the request does ("create bridge cni0") and becomes the start of the error message if the
 * kernel refuses it.
 */
public final class NetlinkRequest {
    static final int HEADER_LENGTH = 16;

    private final String operation;
    private ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());
    private int[] open = new int[8];
    private int depth;

    /** A request of this type; NLM_F_REQUEST is added to the flags. */
    public NetlinkRequest(int type, int flags, String operation) {
        this.operation = operation;
        buffer.putInt(0);
        buffer.putShort((short) type);
        buffer.putShort((short) (flags | Netlink.NLM_F_REQUEST));
        buffer.putInt(0);
        buffer.putInt(0);
    }

    /** What this request does, and to what. */
    public String operation() {
        return operation;
    }

    /**
     * Appends bytes of the family's header, before any attribute. The header's length must be a
     * multiple of 4.
     */
    public NetlinkRequest header(byte... bytes) {
        reserve(bytes.length);
        buffer.put(bytes);
        return this;
    }

    /** Appends one int of the family's header. */
    public NetlinkRequest headerInt(int value) {
        reserve(4);
        buffer.putInt(value);
        return this;
    }

    /** An attribute of raw bytes. */
    public NetlinkRequest put(int type, byte... payload) {
        attribute(type, payload.length);
        buffer.put(payload);
        return pad();
    }

    /** An attribute with a text in UTF-8 and its final zero byte. */
    public NetlinkRequest put(int type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        attribute(type, bytes.length + 1);
        buffer.put(bytes).put((byte) 0);
        return pad();
    }

    /** An attribute of one byte. */
    public NetlinkRequest putByte(int type, int value) {
        attribute(type, 1);
        buffer.put((byte) value);
        return pad();
    }

    /** An attribute of two bytes in the machine's order. */
    public NetlinkRequest putShort(int type, int value) {
        attribute(type, 2);
        buffer.putShort((short) value);
        return pad();
    }

    /** An attribute of four bytes in the machine's order. */
    public NetlinkRequest putInt(int type, int value) {
        attribute(type, 4);
        buffer.putInt(value);
        return this;
    }

    /** An attribute of eight bytes in the machine's order. */
    public NetlinkRequest putLong(int type, long value) {
        attribute(type, 8);
        buffer.putLong(value);
        return this;
    }

    /** An attribute of four bytes in network order, as nfnetlink has them. */
    public NetlinkRequest putNetworkInt(int type, int value) {
        attribute(type, 4);
        buffer.order(ByteOrder.BIG_ENDIAN).putInt(value).order(ByteOrder.nativeOrder());
        return this;
    }

    /** An attribute of eight bytes in network order, as nfnetlink has them. */
    public NetlinkRequest putNetworkLong(int type, long value) {
        attribute(type, 8);
        buffer.order(ByteOrder.BIG_ENDIAN).putLong(value).order(ByteOrder.nativeOrder());
        return this;
    }

    /** An attribute without payload. */
    public NetlinkRequest putFlag(int type) {
        attribute(type, 0);
        return this;
    }

    /** Opens a nested attribute (NLA_F_NESTED is added); close it with {@link #end}. */
    public NetlinkRequest begin(int type) {
        return beginPlain(type | Netlink.NLA_F_NESTED);
    }

    /**
     * Opens a nested attribute for the old rtnetlink attributes that must not carry NLA_F_NESTED.
     */
    public NetlinkRequest beginPlain(int type) {
        if (depth == open.length) {
            open = java.util.Arrays.copyOf(open, depth * 2);
        }
        open[depth++] = buffer.position();
        attribute(type, 0);
        return this;
    }

    /** Closes the nested attribute opened last. */
    public NetlinkRequest end() {
        int start = open[--depth];
        int length = buffer.position() - start;
        if (length > 0xffff) {
            throw new IllegalArgumentException(operation + ": attribute of " + length + " bytes");
        }
        buffer.putShort(start, (short) length);
        return this;
    }

    /** How many bytes the message has so far. */
    public int length() {
        return buffer.position();
    }

    /**
     * The finished message. Throws {@link IllegalStateException} while a nested attribute is open.
     */
    byte[] toBytes(int sequence, int extraFlags) {
        if (depth != 0) {
            throw new IllegalStateException(operation + ": unfinished attribute");
        }
        int length = buffer.position();
        buffer.putInt(0, length);
        buffer.putShort(6, (short) (buffer.getShort(6) | extraFlags));
        buffer.putInt(8, sequence);
        return java.util.Arrays.copyOf(buffer.array(), length);
    }

    private void attribute(int type, int payloadLength) {
        int length = payloadLength + 4;
        if (length > 0xffff) {
            throw new IllegalArgumentException(operation + ": attribute of " + length + " bytes");
        }
        reserve(length + 3);
        buffer.putShort((short) length).putShort((short) type);
    }

    private NetlinkRequest pad() {
        while ((buffer.position() & 3) != 0) {
            buffer.put((byte) 0);
        }
        return this;
    }

    private void reserve(int more) {
        if (buffer.remaining() < more) {
            int capacity = Math.max(buffer.capacity() * 2, buffer.position() + more);
            ByteBuffer larger = ByteBuffer.allocate(capacity).order(ByteOrder.nativeOrder());
            buffer.flip();
            larger.put(buffer);
            buffer = larger;
        }
    }
}
