package dev.pontoon.ptp;

import dev.pontoon.attachment.MasqueradeBackend;
import dev.pontoon.plugin.Mtu;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.NetworkConfig;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a ptp network, read and checked as a whole before anything is touched.
 *
 * @param masquerade how to masquerade
 * @param mtu of both ends in bytes; 0 leaves it to the kernel
 * @param dns name resolution that replaces what the IPAM plugin gives; null to keep that
 */
record PtpConfig(MasqueradeBackend masquerade, int mtu, @Nullable Dns dns) {
    /**
     * Reads the configuration of ADD, CHECK or STATUS. Throws code 7, or 6 for a value of the wrong
     * type.
     */
    static PtpConfig read(NetworkConfig config) {
        if (config.ipam().isEmpty()) {
            throw new CniException(
                    ErrorCode.INVALID_CONFIG,
                    "ipam is missing: ptp routes to addresses, and nobody would give any",
                    "name an IPAM plugin in ipam.type, such as host-local");
        }
        return new PtpConfig(
                MasqueradeBackend.read(config.object()),
                Mtu.read(config.object()),
                config.dns().orElse(null));
    }

    /** Whether traffic is to be masqueraded. */
    boolean masquerades() {
        return masquerade != MasqueradeBackend.NONE;
    }
}
