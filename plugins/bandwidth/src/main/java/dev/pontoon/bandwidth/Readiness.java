package dev.pontoon.bandwidth;

import dev.pontoon.linux.LinkKind;
import dev.pontoon.linux.Links;
import dev.pontoon.linux.TrafficControl;
import dev.pontoon.plugin.HostSockets;
import dev.pontoon.plugin.Ledger;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.protocol.NetworkConfig;

/** STATUS: whether the kernel has what an ADD of this configuration may need. */
final class Readiness {
    private Readiness() {}

    /** Where the runtime may give limits, any may come. */
    static void require(NetworkConfig config, Limits limits, HostSockets host) {
        boolean byRuntime = isCapable(config);
        if (limits.isEmpty() && !byRuntime) {
            return;
        }
        Ledger.of(config).requireWritable();
        if (!new TrafficControl(host.route()).canLimit()) {
            throw missing("token bucket filters", "sch_tbf");
        }
        boolean needsIfb = limits.egress() != null || byRuntime;
        if (needsIfb && !new Links(host.route()).canMake(LinkKind.IFB)) {
            throw missing("ifb links", "ifb");
        }
    }

    private static boolean isCapable(NetworkConfig config) {
        return config.object().object("capabilities").filter(c -> c.flag("bandwidth")).isPresent();
    }

    private static CniException missing(String what, String module) {
        return new CniException(
                ErrorCode.NOT_AVAILABLE,
                "this kernel has no " + what + ", which limits need",
                "load the module " + module);
    }
}
