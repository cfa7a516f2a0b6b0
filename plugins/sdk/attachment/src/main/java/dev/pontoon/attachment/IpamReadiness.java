package dev.pontoon.attachment;

import dev.pontoon.plugin.Call;
import dev.pontoon.plugin.Delegate;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.Request;
import java.util.Optional;

/** For STATUS: whether the IPAM plugin could give addresses now. */
public final class IpamReadiness {
    private IpamReadiness() {}

    /**
     * Asks the IPAM plugin, if the network has one. Its own code is kept; that it cannot be found
     * at all is code 50.
     */
    public static void require(Request.Status request, Call call) {
        Optional<Delegate> ipam;
        try {
            ipam = Delegate.ipam(request.config(), request.environment(), call);
        } catch (CniException e) {
            throw new CniException(ErrorCode.NOT_AVAILABLE, e.text(), e.details()).because(e);
        }
        if (ipam.isPresent()) {
            ipam.get().status(request);
        }
    }
}
