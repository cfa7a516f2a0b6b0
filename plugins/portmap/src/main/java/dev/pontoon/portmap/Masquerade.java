package dev.pontoon.portmap;

import dev.pontoon.protocol.Cidr;

/**
 * Which connections to a mapped port reach the container with an address of the host as their
 * source: without it, answers to them would not come back through the host.
 *
 * @param prefixLength of the container's subnet: connections of the container itself and its
 *     siblings, and for IPv4 those of the host to 127.0.0.1; 0 for every connection, -1 for none
 */
record Masquerade(int prefixLength) {
    private static final Masquerade NONE = new Masquerade(-1);
    private static final Masquerade ALL = new Masquerade(0);
    private static final String NOTHING = "nothing";

    /** What a configuration asks for; {@code address} is the container's. */
    static Masquerade of(PortmapConfig config, Cidr address) {
        if (!config.snat()) {
            return NONE;
        }
        return config.masqAll() ? ALL : new Masquerade(address.prefixLength());
    }

    /** What the name of a counter says; see {@link Dispatch#from}. */
    static Masquerade parse(String counter) {
        String text = counter.substring(counter.lastIndexOf('_') + 1);
        return text.equals(NOTHING) ? NONE : new Masquerade(Integer.parseInt(text));
    }

    /** How it is called in names. */
    String text() {
        return prefixLength < 0 ? NOTHING : Integer.toString(prefixLength);
    }

    /** Whether there are connections of which it changes the source. */
    boolean any() {
        return prefixLength >= 0;
    }

    /** Whether the host's connections to 127.0.0.1 are told apart from others. */
    boolean namesLocalhost(boolean v4) {
        return v4 && prefixLength > 0;
    }
}
