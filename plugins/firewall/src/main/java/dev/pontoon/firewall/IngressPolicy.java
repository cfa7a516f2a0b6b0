package dev.pontoon.firewall;

/** Who may reach the containers of a bridge through the host; a later one is stricter. */
enum IngressPolicy {
    /** Everybody. */
    OPEN("open"),
    /** Nobody from other bridges that have a policy. */
    SAME_BRIDGE("same-bridge"),
    /** Nobody from those, nor from the same bridge. */
    ISOLATED("isolated");

    private final String text;

    IngressPolicy(String text) {
        this.text = text;
    }

    /** As it stands in {@code ingressPolicy} and in the ledger. */
    String text() {
        return text;
    }

    IngressPolicy stricter(IngressPolicy other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
