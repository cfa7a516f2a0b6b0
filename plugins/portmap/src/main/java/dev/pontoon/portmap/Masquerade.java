package dev.pontoon.portmap;

import dev.pontoon.linux.nft.Names;
import dev.pontoon.protocol.Cidr;
import org.jspecify.annotations.Nullable;

/**
 * Which connections to a mapped port reach the container with an address of the host as their
 * source: without it, answers to them would not come back through the host.
 *
 * @param all every one
 * @param subnet those of the container itself and its siblings, and for IPv4 those of the host to
 *     127.0.0.1; null for none
 */
record Masquerade(boolean all, @Nullable Cidr subnet) {
    static final Masquerade NONE = new Masquerade(false, null);

    /** What a configuration asks for; {@code address} is the container's. */
    static Masquerade of(PortmapConfig config, Cidr address) {
        if (!config.snat()) {
            return NONE;
        }
        return config.masqAll()
                ? new Masquerade(true, null)
                : new Masquerade(false, address.network());
    }

    /** What a chain of it is called, behind the name of its dispatch. */
    String chain() {
        if (all) {
            return "everything";
        }
        return subnet == null ? "nothing" : Names.fit("s" + subnet).substring(1);
    }

    /** Whether there are connections of which it changes the source. */
    boolean any() {
        return all || subnet != null;
    }
}
