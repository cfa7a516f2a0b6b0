package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.cri.CriClient;
import dev.pontoon.conformance.host.Host;

/** A pod of containerd, made as kubelet has it made: its network before its first process. */
final class Pod extends RelayedContainer {

    private final CriClient client;
    private final String name;
    private final String controlGroup;
    private volatile String sandbox = "";

    Pod(Host host, Relay relay, CriClient client, String name, String controlGroup) {
        super(host, relay);
        this.client = client;
        this.name = name;
        this.controlGroup = controlGroup;
    }

    @Override
    void launch() {
        sandbox = client.runPodSandbox(name, controlGroup);
    }

    @Override
    void end() {
        client.stopPodSandbox(sandbox);
    }

    @Override
    void remove() {
        if (!sandbox.isEmpty()) {
            client.removePodSandbox(sandbox);
        }
    }

    @Override
    boolean isMine(RelayedCall candidate) {
        return (candidate.variable("CNI_ARGS") + ";").contains("K8S_POD_NAME=" + name + ";");
    }

    @Override
    public void destroy() {
        NamespaceFile.destroy(host(), netns());
    }
}
