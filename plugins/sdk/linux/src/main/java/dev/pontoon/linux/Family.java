package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Netlink;

/** The address family that an address of 4 or 16 bytes belongs to. */
final class Family {
    private Family() {}

    static int of(byte[] address) {
        return switch (address.length) {
            case 4 -> Netlink.AF_INET;
            case 16 -> Netlink.AF_INET6;
            default ->
                    throw new IllegalArgumentException(
                            "an IP address has 4 or 16 bytes, not " + address.length);
        };
    }

    /** AF_INET or AF_INET6, checked against the prefix length as well. */
    static int of(byte[] address, int prefixLength) {
        if (prefixLength < 0 || prefixLength > address.length * 8) {
            throw new IllegalArgumentException(
                    "impossible prefix length: " + IpText.format(address, prefixLength));
        }
        return of(address);
    }

    static int addressLength(int family) {
        return family == Netlink.AF_INET ? 4 : 16;
    }
}
