package dev.pontoon.firewall;

import java.util.Optional;

/** What lets a container's traffic through. */
enum Backend {
    /** Our own table, and the iptables chain FORWARD where that drops, over netlink. */
    NFTABLES("nftables"),
    /** The reference plugin's chains, by the iptables program. */
    IPTABLES("iptables"),
    /** A zone of firewalld, over the system bus. */
    FIREWALLD("firewalld");

    private final String text;

    Backend(String text) {
        this.text = text;
    }

    /** As it stands in {@code backend} and in the ledger. */
    String text() {
        return text;
    }

    /** The backend of that name; any other name leaves the choice to the plugin. */
    static Optional<Backend> of(String text) {
        for (Backend each : values()) {
            if (each.text.equals(text)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }
}
