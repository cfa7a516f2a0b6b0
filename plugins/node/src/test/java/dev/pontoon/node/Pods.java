package dev.pontoon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.conformance.cri.CriClient;
import dev.pontoon.conformance.cri.PortMapping;
import dev.pontoon.conformance.cri.Sandbox;
import dev.pontoon.conformance.cri.SandboxStatus;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.MountedContainer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The pods of one containerd, asked for as kubelet does it. */
final class Pods {
    private final Host host;
    private final String root;
    private final String controlGroup;
    private final CriClient client;

    /** Of the containerd that runs in this host. */
    Pods(Host host, Cgroup cgroup) {
        this(host, "", cgroup.path());
    }

    /**
     * Of a containerd that sees other files than the host.
     *
     * @param root where the host sees its root
     */
    Pods(Host host, String root, String controlGroup) {
        this.host = host;
        this.root = root;
        this.controlGroup = controlGroup;
        this.client = new CriClient(host.outside(root + "/run/containerd/containerd.sock"));
    }

    /** A pod that was ready once, and its namespace. */
    record Pod(String id, String address, MountedContainer inside) {}

    /** Fails the test unless the pod is ready. */
    Pod run(String name, PortMapping... ports) {
        String id = client.runPodSandbox(name, controlGroup, ports);
        SandboxStatus status = client.podSandboxStatus(id);
        assertThat(status.ready()).as("%s is ready", name).isTrue();
        assertThat(status.addresses()).as("addresses of %s", name).hasSize(1);
        // A link on the way would be followed in the wrong tree.
        String netns = root + status.netns().replaceFirst("^/var/run/", "/run/");
        return new Pod(id, status.addresses().getFirst(), host.foreign(name, netns));
    }

    List<Pod> runAtOnce(int count) {
        return atOnce(IntStream.range(0, count).boxed().toList(), number -> run("pod" + number));
    }

    boolean ready(Pod pod) {
        return client.podSandboxStatus(pod.id()).ready();
    }

    /** The names of all pods, stopped ones too. */
    List<String> names() {
        return client.listPodSandbox().stream().map(Sandbox::name).sorted().toList();
    }

    /** The names of the pods that are ready. */
    List<String> ready() {
        return client.listPodSandbox().stream()
                .filter(Sandbox::ready)
                .map(Sandbox::name)
                .sorted()
                .toList();
    }

    void stop(Pod pod) {
        client.stopPodSandbox(pod.id());
    }

    void remove(Pod pod) {
        client.removePodSandbox(pod.id());
    }

    /** Removes whatever is there, all at once; what is ready is stopped by that. */
    void removeAll() {
        atOnce(
                client.listPodSandbox(),
                found -> {
                    client.removePodSandbox(found.id());
                    return found;
                });
    }

    private static <T, R> List<R> atOnce(List<T> all, Function<T, R> action) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<R>> running =
                    all.stream()
                            .map(one ->
                                    CompletableFuture.supplyAsync(() -> action.apply(one), threads))
                            .toList();
            return running.stream().map(CompletableFuture::join).toList();
        }
    }
}
