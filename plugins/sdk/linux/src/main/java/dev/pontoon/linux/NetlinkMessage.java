package dev.pontoon.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One message from the kernel, without its {@code nlmsghdr}.
 *
 * @param type the message type, e.g. RTM_NEWLINK
 * @param flags the header's flags
 * @param sequence the sequence number of the request it answers
 * @param payload the family's header and the attributes
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record NetlinkMessage(int type, int flags, int sequence, byte[] payload) {
    /** An int of the family's header, in the machine's byte order. */
    public int headerInt(int offset) {
        return ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).getInt(offset);
    }

    /** An unsigned byte of the family's header. */
    public int headerByte(int offset) {
        return payload[offset] & 0xff;
    }

    /** The attributes that follow a family header of this length. */
    public Attributes attributes(int headerLength) {
        return Attributes.read(payload, headerLength, payload.length);
    }
}
