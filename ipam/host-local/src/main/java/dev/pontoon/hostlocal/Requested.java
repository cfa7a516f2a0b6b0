package dev.pontoon.hostlocal;

import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Ip;

/**
 * An address that the runtime asks for.
 *
 * @param source where it does so, for messages: {@code CNI_ARGS IP}
 * @param code what an impossible wish is reported as: 4 or 7, depending on the source
 */
record Requested(Ip address, String source, ErrorCode code) {
    CniException refused(String why) {
        return new CniException(code, source + " " + address + ": " + why);
    }
}
