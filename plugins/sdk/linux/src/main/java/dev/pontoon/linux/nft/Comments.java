package dev.pontoon.linux.nft;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The comments of rules and elements, which the kernel keeps as bytes it does not look at ("user
 * data"). The layout is that of libnftnl: {@code u8 type | u8 length | value} again and again, the
 * comment being type 0 with its final zero byte, so that {@code nft list} shows it.
 */
public final class Comments {
    /** {@code nft} refuses to load a longer one (NFTNL_UDATA_COMMENT_MAXLEN). */
    public static final int MAXIMUM_BYTES = 128;

    private static final int COMMENT = 0;

    private Comments() {}

    /**
     * The comment as it will be stored and read back: at most 128 bytes of UTF-8, cut between
     * characters, and without what {@code nft} cannot read in a listing of its own: a double quote
     * becomes a single one, a control character a space. Compare owners with this, not with the
     * text it was made of.
     */
    public static String fit(String text) {
        StringBuilder fitting = new StringBuilder(text.length());
        int bytes = 0;
        for (int i = 0; i < text.length(); ) {
            int character = storable(text.codePointAt(i));
            bytes += utf8Length(character);
            if (bytes > MAXIMUM_BYTES) {
                break;
            }
            fitting.appendCodePoint(character);
            i += Character.charCount(text.codePointAt(i));
        }
        return fitting.toString();
    }

    private static int storable(int character) {
        if (character == '"') {
            return '\'';
        }
        if (Character.isISOControl(character)) {
            return ' ';
        }
        boolean isHalf =
                character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE;
        return isHalf ? '?' : character;
    }

    private static int utf8Length(int character) {
        if (character < 0x80) {
            return 1;
        }
        if (character < 0x800) {
            return 2;
        }
        return character < 0x10000 ? 3 : 4;
    }

    /** The user data of a rule or an element with this comment. */
    static byte[] write(String comment) {
        byte[] text = fit(comment).getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[text.length + 3];
        bytes[0] = COMMENT;
        bytes[1] = (byte) (text.length + 1);
        System.arraycopy(text, 0, bytes, 2, text.length);
        return bytes;
    }

    /** The comment in the user data of a rule or an element. */
    static Optional<String> read(byte[] userdata) {
        int at = 0;
        while (at + 2 <= userdata.length) {
            int end = at + 2 + (userdata[at + 1] & 0xff);
            if (end > userdata.length) {
                break;
            }
            if (userdata[at] == COMMENT) {
                return Optional.of(text(Arrays.copyOfRange(userdata, at + 2, end)));
            }
            at = end;
        }
        return Optional.empty();
    }

    private static String text(byte[] value) {
        int length = value.length;
        while (length > 0 && value[length - 1] == 0) {
            length--;
        }
        return new String(value, 0, length, StandardCharsets.UTF_8);
    }
}
