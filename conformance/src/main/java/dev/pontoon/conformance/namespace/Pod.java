package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.cri.CriClient;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Wait;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/** A pod of containerd, made as kubelet has it made: its network before its first process. */
final class Pod extends RelayedContainer {

    private static final Duration RETRIES = Duration.ofSeconds(5);

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
        retried(() -> client.stopPodSandbox(sandbox));
    }

    @Override
    void remove() {
        if (!sandbox.isEmpty()) {
            retried(() -> client.removePodSandbox(sandbox));
        }
    }

    /** As kubelet does it: containerd refuses while it has yet to learn that a process is gone. */
    private static void retried(Runnable request) {
        var refusal = new AtomicReference<HarnessFault>();
        boolean accepted =
                Wait.holds(
                        RETRIES,
                        () -> {
                            try {
                                request.run();
                                return true;
                            } catch (HarnessFault e) {
                                refusal.set(e);
                                return false;
                            }
                        });
        if (!accepted) {
            throw refusal.get();
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
