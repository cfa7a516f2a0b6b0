package dev.pontoon.linux.nft;

import dev.pontoon.linux.uapi.Netlink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Attributes without a message around them: a rule's expressions are written before it is known
 * which rule of which table they go to. Lengths and types are in the machine's order, all integers
 * in network order.
 */
final class AttributeWriter {
    private ByteBuffer buffer = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());
    private final int[] open = new int[8];
    private int depth;

    AttributeWriter put(int type, byte[] payload) {
        header(type, payload.length);
        buffer.put(payload);
        while ((buffer.position() & 3) != 0) {
            buffer.put((byte) 0);
        }
        return this;
    }

    /** A text with its final zero byte. */
    AttributeWriter put(int type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return put(type, Arrays.copyOf(bytes, bytes.length + 1));
    }

    AttributeWriter putInt(int type, int value) {
        header(type, 4);
        buffer.order(ByteOrder.BIG_ENDIAN).putInt(value).order(ByteOrder.nativeOrder());
        return this;
    }

    AttributeWriter putLong(int type, long value) {
        header(type, 8);
        buffer.order(ByteOrder.BIG_ENDIAN).putLong(value).order(ByteOrder.nativeOrder());
        return this;
    }

    AttributeWriter begin(int type) {
        open[depth++] = buffer.position();
        header(type | Netlink.NLA_F_NESTED, 0);
        return this;
    }

    AttributeWriter end() {
        int start = open[--depth];
        buffer.putShort(start, (short) (buffer.position() - start));
        return this;
    }

    byte[] toBytes() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private void header(int type, int payloadLength) {
        int needed = payloadLength + 8;
        if (buffer.remaining() < needed) {
            ByteBuffer larger = ByteBuffer.allocate(buffer.capacity() * 2 + needed);
            larger.order(ByteOrder.nativeOrder()).put(buffer.flip());
            buffer = larger;
        }
        buffer.putShort((short) (payloadLength + 4)).putShort((short) type);
    }
}
