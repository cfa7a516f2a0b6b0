package dev.pontoon.plugin;

import dev.pontoon.linux.MacAddress;
import dev.pontoon.protocol.CniArgs;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ConfigObject;
import dev.pontoon.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/** A hardware address that a configuration or a runtime asks for. */
public final class Mac {
    private Mac() {}

    /** The key {@code mac}. Throws code 7 if it is no address that one interface can have. */
    public static byte[] read(ConfigObject keys) {
        try {
            return requireUnicast(MacAddress.parse(keys.text("mac", "")));
        } catch (IllegalArgumentException e) {
            throw keys.invalid("mac", String.valueOf(e.getMessage()));
        }
    }

    /** {@code MAC=} of CNI_ARGS; null if it is not there. Throws code 4 as {@link #read} does 7. */
    public static byte @Nullable [] of(CniArgs args) {
        String text = args.value("MAC").orElse(null);
        if (text == null) {
            return null;
        }
        try {
            return requireUnicast(MacAddress.parse(text));
        } catch (IllegalArgumentException e) {
            throw new CniException(
                    ErrorCode.INVALID_ENVIRONMENT, "CNI_ARGS: MAC=" + text + ": " + e.getMessage());
        }
    }

    private static byte[] requireUnicast(byte[] mac) {
        if (!MacAddress.isUnicast(mac)) {
            throw new IllegalArgumentException(
                    MacAddress.format(mac) + " is no address of a single interface");
        }
        return mac;
    }
}
