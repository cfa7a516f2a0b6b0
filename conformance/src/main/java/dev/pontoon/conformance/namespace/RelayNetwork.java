package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;

/** Plugins and configuration for a runtime that calls plugins itself: all calls end in a relay. */
final class RelayNetwork {

    private static final String CONFLIST =
            """
            {"cniVersion":"0.4.0","name":"cni-conformance","plugins":[{"type":"relay"}]}
            """;

    /** Kubernetes' runtimes set up {@code lo} by another plugin, beside the network's own. */
    private static final String LOOPBACK =
            """
            #!/bin/sh
            # Leaves lo as it is, for it is the plugin under trial that may be the one to set it up.
            if [ "$CNI_COMMAND" = ADD ]; then
                echo '{"cniVersion":"0.3.1","interfaces":[{"name":"lo"}],"ips":[]}'
            fi
            """;

    private final Relay relay;

    private RelayNetwork(Relay relay) {
        this.relay = relay;
    }

    static RelayNetwork install(Host host) {
        var network = new RelayNetwork(Relay.install(host, "network"));
        network.relay.copyTo(network.plugins() + "/relay");
        host.writeScript(network.plugins() + "/loopback", LOOPBACK);
        host.write(network.configurations() + "/10-relay.conflist", CONFLIST);
        return network;
    }

    Relay relay() {
        return relay;
    }

    /** The folder with the plugins. */
    String plugins() {
        return relay.folder() + "-plugins";
    }

    /** The folder with the network's configuration. */
    String configurations() {
        return relay.folder() + "-net.d";
    }
}
