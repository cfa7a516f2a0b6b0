package dev.pontoon.attachment;

import dev.pontoon.protocol.ConfigObject;

/** How a container's traffic gets the host's address. */
public enum MasqueradeBackend {
    /** Not at all. */
    NONE(""),
    /** In our own table, over netlink. */
    NFTABLES("nftables"),
    /** In the tables of iptables, with that program, as the configuration asks. */
    IPTABLES("iptables");

    private final String text;

    MasqueradeBackend(String text) {
        this.text = text;
    }

    /** As it stands in {@code ipMasqBackend} and in the ledger. */
    public String text() {
        return text;
    }

    /**
     * What {@code ipMasq} and {@code ipMasqBackend} ask for. Throws code 7 for a backend that there
     * is not, also where masquerading is not asked for.
     */
    public static MasqueradeBackend read(ConfigObject keys) {
        String backend = keys.text("ipMasqBackend", NFTABLES.text);
        if (!backend.equals(NFTABLES.text) && !backend.equals(IPTABLES.text)) {
            throw keys.invalid("ipMasqBackend", "must be nftables or iptables");
        }
        if (!keys.flag("ipMasq")) {
            return NONE;
        }
        return backend.equals(IPTABLES.text) ? IPTABLES : NFTABLES;
    }
}
