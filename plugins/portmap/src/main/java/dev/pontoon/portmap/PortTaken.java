package dev.pontoon.portmap;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;

/** Refuses a port that somebody has. */
final class PortTaken {
    private PortTaken() {}

    /** {@code owner} is a tag of {@link dev.pontoon.plugin.OwnerTag}. */
    static CniException by(String owner, Forward forward) {
        String[] parts = owner.split("/", -1);
        String named =
                parts.length == 3
                        ? parts[2] + " of container " + parts[1] + " in network " + parts[0]
                        : owner;
        return new CniException(
                ErrorCode.ALREADY_ATTACHED,
                "map " + forward.port() + ": it leads to " + named,
                "choose another hostPort or hostIP, or detach that container first");
    }
}
