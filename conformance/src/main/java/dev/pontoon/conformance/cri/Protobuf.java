package dev.pontoon.conformance.cri;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A protocol buffers message that is being written; and reading the fields of another. */
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

    /** A number that is not negative, or a truth: 1. */
    Protobuf number(int field, int value) {
        varint(field << 3 | VARINT);
        varint(value);
        return this;
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
        return all(message, field).stream()
                .findFirst()
                .map(found -> new String(found, StandardCharsets.UTF_8));
    }

    /** A message in a message; one without any field if it is not set. */
    static byte[] message(byte[] message, int field) {
        return all(message, field).stream().findFirst().orElse(new byte[0]);
    }

    /** All values of a repeated field of texts or messages. */
    static List<byte[]> all(byte[] message, int field) {
        List<byte[]> found = new ArrayList<>();
        read(message, field, found::add, _ -> {});
        return found;
    }

    /** A field that is a number, a truth or one of an enumeration; 0 if it is not set. */
    static long number(byte[] message, int field) {
        List<Long> found = new ArrayList<>();
        read(message, field, _ -> {}, found::add);
        return found.isEmpty() ? 0 : found.getLast();
    }

    private static void read(
            byte[] message, int field, Consumer<byte[]> bytes, Consumer<Long> number) {
        var in = ByteBuffer.wrap(message);
        while (in.hasRemaining()) {
            long tag = varint(in);
            boolean wanted = tag >> 3 == field;
            switch ((int) tag & 7) {
                case VARINT -> {
                    long value = varint(in);
                    if (wanted) {
                        number.accept(value);
                    }
                }
                case LENGTH_DELIMITED -> {
                    var value = new byte[(int) varint(in)];
                    in.get(value);
                    if (wanted) {
                        bytes.accept(value);
                    }
                }
                case EIGHT_BYTES -> in.getLong();
                case FOUR_BYTES -> in.getInt();
                default -> throw new IllegalArgumentException("no such wire type, in tag " + tag);
            }
        }
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
