package dev.pontoon.protocol;

import org.jspecify.annotations.Nullable;

/** Keys whose text is an address. */
final class Fields {
    private Fields() {}

    /** The address of a key that must be there. */
    static Cidr cidr(ConfigObject json, String key) {
        String text = json.text(key).orElse("");
        return Cidr.parse(text)
                .orElseThrow(() -> json.invalid(key, "must be an address such as 10.1.2.3/24"));
    }

    /** The address of a key that may be missing. */
    static @Nullable Ip ipOrNull(ConfigObject json, String key) {
        String text = json.text(key).orElse(null);
        if (text == null) {
            return null;
        }
        return Ip.parse(text)
                .orElseThrow(() -> json.invalid(key, "must be an address such as 10.1.2.1"));
    }
}
