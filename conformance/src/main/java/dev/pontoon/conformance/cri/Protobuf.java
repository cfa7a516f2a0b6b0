package dev.pontoon.conformance.cri;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A protocol buffers message that is being written; and reading one field of another. */
final class Protobuf {

    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FOUR_BYTES = 5;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Protobuf text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Protobuf message(int field, Protobuf value) {
        return bytes(field, value.toByteArray());
    }

    private Protobuf bytes(int field, byte[] value) {
        varint(field << 3 | LENGTH_DELIMITED);
        varint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    private void varint(int value) {
        int rest = value;
        while (rest > 0x7f) {
            bytes.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        bytes.write(rest);
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    /** A text field of a message, if it is set. */
    static Optional<String> text(byte[] message, int field) {
        var in = ByteBuffer.wrap(message);
        while (in.hasRemaining()) {
            long tag = varint(in);
            Optional<byte[]> value = next(in, (int) tag & 7);
            if (tag >> 3 == field) {
                return value.map(found -> new String(found, StandardCharsets.UTF_8));
            }
        }
        return Optional.empty();
    }

    private static Optional<byte[]> next(ByteBuffer in, int type) {
        switch (type) {
            case VARINT -> varint(in);
            case EIGHT_BYTES -> in.getLong();
            case FOUR_BYTES -> in.getInt();
            case LENGTH_DELIMITED -> {
                var value = new byte[(int) varint(in)];
                in.get(value);
                return Optional.of(value);
            }
            default -> throw new IllegalArgumentException("no such wire type: " + type);
        }
        return Optional.empty();
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte part = in.get();
            value |= (long) (part & 0x7f) << shift;
            if (part >= 0) {
                return value;
            }
        }
    }
}
