package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.cri.CriClient;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import java.util.List;

/** A pod of containerd: containerd makes the namespace and calls the plugins before any process. */
final class ContainerdCri extends ProbedBuilder {

    ContainerdCri() {
        super(
                "containerd-cri",
                "a pod of containerd, by the CRI",
                List.of("containerd", "ctr", "containerd-shim-runc-v2", "runc", "busybox"),
                new Shape(
                        "containerd",
                        "mount on /run/netns/cni-UUID",
                        "/var/run/netns/cni-UUID",
                        "before the pod's first process, called by containerd",
                        "the live namespace, after the pod's processes",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        var network = RelayNetwork.install(host);
        var daemon = Containerd.withCri(host, network.plugins(), network.configurations());
        try {
            daemon.importImage("k8s.io");
        } catch (HarnessFault e) {
            daemon.close();
            throw e;
        }
        return new Workshop() {
            @Override
            public Container build(String name) {
                // A connection is made for each call, so that a client costs nothing.
                var client = new CriClient(host.file(daemon.socket()));
                String group = "/" + host.run().name();
                return new Pod(host, network.relay(), client, name, group).hold();
            }

            @Override
            public void close() {
                daemon.close();
            }
        };
    }
}
