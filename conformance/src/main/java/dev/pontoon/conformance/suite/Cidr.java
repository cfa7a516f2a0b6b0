package dev.pontoon.conformance.suite;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;

/** An address with the length of its network's prefix: {@code 10.88.0.2/24}. */
record Cidr(InetAddress address, int length) {

    /** What a text says; empty when it is no address with a prefix length. */
    static Optional<Cidr> of(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,3}")) {
            return Optional.empty();
        }
        int length = Integer.parseInt(text.substring(slash + 1));
        return address(text.substring(0, slash))
                .filter(address -> length <= 8 * address.getAddress().length)
                .map(address -> new Cidr(address, length));
    }

    /** The address that a text is; never asks a resolver. */
    static Optional<InetAddress> address(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** {@code 4} or {@code 6}, for text with or without prefix length; empty when it is neither. */
    static String family(String text) {
        return address(text.replaceFirst("/.*", ""))
                .map(address -> address instanceof Inet6Address ? "6" : "4")
                .orElse("");
    }

    /**
     * Whether all bits after the prefix are 0, as in the name of a network and in no host's
     * address.
     */
    boolean isNetwork() {
        byte[] bytes = address.getAddress();
        for (int bit = length; bit < 8 * bytes.length; bit++) {
            if ((bytes[bit / 8] >> (7 - bit % 8) & 1) == 1) {
                return false;
            }
        }
        return length < 8 * bytes.length - 1;
    }
}
