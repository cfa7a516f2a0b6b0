package dev.pontoon.runtime;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.util.regex.Pattern;

/** What the spec lets a network be called. */
final class NetworkNames {
    private static final Pattern VALID = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.\\-]*");

    private NetworkNames() {}

    static boolean isValid(String name) {
        return VALID.matcher(name).matches();
    }

    static void require(String name) {
        if (!isValid(name)) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "the network name \"" + name + "\" has characters that are not allowed",
                    "it must be a letter or digit, then letters, digits, '_', '.' or '-'");
        }
    }
}
