package dev.pontoon.conformance.cri;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads the header fields of an HTTP/2 connection (RFC 7541), as far as a gRPC server's need it:
 * fields of the static table are skipped, for none of them matters to a call, and nothing is
 * evicted from the dynamic table, for a connection of one call never fills it.
 */
final class HeaderReader {

    private static final int STATIC_ENTRIES = 61;

    private final List<Map.Entry<String, String>> dynamic = new ArrayList<>();

    /** Adds a block's fields to others, those of the static table excepted. */
    void read(byte[] block, Map<String, String> fields) {
        var in = ByteBuffer.wrap(block);
        while (in.hasRemaining()) {
            int first = in.get() & 0xff;
            if (first >= 0x80) {
                Map.Entry<String, String> known = entry(integer(in, first, 7));
                fields.put(known.getKey(), known.getValue());
            } else if (first >= 0x40) {
                Map.Entry<String, String> field = literal(in, integer(in, first, 6));
                dynamic.addFirst(field);
                fields.put(field.getKey(), field.getValue());
            } else if (first >= 0x20) {
                integer(in, first, 5);
            } else {
                Map.Entry<String, String> field = literal(in, integer(in, first, 4));
                fields.put(field.getKey(), field.getValue());
            }
        }
        fields.remove("");
    }

    private Map.Entry<String, String> entry(int index) {
        return index <= STATIC_ENTRIES
                ? Map.entry("", "")
                : dynamic.get(index - STATIC_ENTRIES - 1);
    }

    private Map.Entry<String, String> literal(ByteBuffer in, int nameIndex) {
        String name = nameIndex == 0 ? string(in) : entry(nameIndex).getKey();
        return Map.entry(name, string(in));
    }

    private static int integer(ByteBuffer in, int first, int prefixBits) {
        int most = (1 << prefixBits) - 1;
        int value = first & most;
        if (value < most) {
            return value;
        }
        for (int shift = 0; ; shift += 7) {
            int part = in.get();
            value += (part & 0x7f) << shift;
            if (part >= 0) {
                return value;
            }
        }
    }

    private static String string(ByteBuffer in) {
        int first = in.get() & 0xff;
        var bytes = new byte[integer(in, first, 7)];
        in.get(bytes);
        return first >= 0x80 ? Huffman.decode(bytes) : new String(bytes, StandardCharsets.UTF_8);
    }

    /** The code of RFC 7541, appendix B, whose code words follow from their lengths alone. */
    private static final class Huffman {

        /**
         * The characters by the length of their code word; what is longer never stands in a
         * message.
         */
        private static final String[] OF_LENGTH = {
            "",
            "",
            "",
            "",
            "",
            "012aceiost",
            " %-./3456789=A_bdfghlmnpru",
            ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
            "&*,;XZ",
            "",
            "!\"()?",
            "'+|",
            "#>",
            "\0$@[]~",
            "^}",
            "<`{"
        };

        private Huffman() {}

        static String decode(byte[] bytes) {
            var text = new StringBuilder();
            var bits = new Bits(bytes);
            for (int symbol = bits.next(); symbol >= 0; symbol = bits.next()) {
                text.append((char) symbol);
            }
            return text.toString();
        }

        /** A position in encoded bytes. */
        private static final class Bits {
            private final byte[] bytes;
            private int position;

            Bits(byte[] bytes) {
                this.bytes = bytes;
            }

            /** The next character; -1 at the padding or at one that is not known. */
            int next() {
                int code = 0;
                int firstCode = 0;
                for (int length = 1; length < OF_LENGTH.length; length++) {
                    if (position >= bytes.length * 8) {
                        return -1;
                    }
                    int bit = bytes[position / 8] >> (7 - position % 8) & 1;
                    position++;
                    code = code << 1 | bit;
                    firstCode <<= 1;
                    String symbols = OF_LENGTH[length];
                    if (code - firstCode < symbols.length()) {
                        return symbols.charAt(code - firstCode);
                    }
                    firstCode += symbols.length();
                }
                return -1;
            }
        }
    }
}
