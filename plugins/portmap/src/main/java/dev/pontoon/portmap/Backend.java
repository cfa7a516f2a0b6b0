package dev.pontoon.portmap;

/** What ports are mapped with. */
enum Backend {
    /** In our own table, over netlink. */
    NFTABLES("nftables"),
    /** In the tables of iptables, with that program, as the configuration asks. */
    IPTABLES("iptables");

    private final String text;

    Backend(String text) {
        this.text = text;
    }

    /** As it stands in {@code backend} and in the ledger. */
    String text() {
        return text;
    }
}
