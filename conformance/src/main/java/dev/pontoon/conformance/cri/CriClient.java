package dev.pontoon.conformance.cri;

import dev.pontoon.conformance.host.HarnessFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The pods of the Container Runtime Interface: what kubelet asks of containerd. */
public final class CriClient {

    private static final String SERVICE = "/runtime.v1.RuntimeService/";

    private final Path socket;

    /**
     * A client.
     *
     * @param socket as the harness sees it
     */
    public CriClient(Path socket) {
        this.socket = socket;
    }

    /**
     * Makes and starts a pod with a network of its own; returns its id once it is ready.
     *
     * @param controlGroup the control group below which its processes are, absolute
     * @throws HarnessFault with the runtime's words when it fails
     */
    public String runPodSandbox(String name, String controlGroup, PortMapping... ports) {
        var metadata =
                new Protobuf().text(1, name).text(2, "uid-" + name).text(3, "cni-conformance");
        var config = new Protobuf().message(1, metadata).text(2, name);
        for (PortMapping port : ports) {
            config.message(5, port.message());
        }
        config.message(8, new Protobuf().text(1, controlGroup));
        return Protobuf.text(call("RunPodSandbox", new Protobuf().message(1, config)), 1)
                .orElseThrow(() -> new HarnessFault("RunPodSandbox returned no id"));
    }

    /** What the runtime knows of a pod. */
    public SandboxStatus podSandboxStatus(String id) {
        return SandboxStatus.of(call("PodSandboxStatus", new Protobuf().text(1, id).number(2, 1)));
    }

    /** All pods, ready or not. */
    public List<Sandbox> listPodSandbox() {
        return Protobuf.all(call("ListPodSandbox", new Protobuf()), 1).stream()
                .map(Sandbox::of)
                .toList();
    }

    /** Ends a pod's processes and has its network taken away. */
    public void stopPodSandbox(String id) {
        call("StopPodSandbox", new Protobuf().text(1, id));
    }

    /** Removes a pod, stopping it first if need be. */
    public void removePodSandbox(String id) {
        call("RemovePodSandbox", new Protobuf().text(1, id));
    }

    private byte[] call(String method, Protobuf request) {
        try {
            return GrpcCall.call(socket, SERVICE + method, request.toByteArray());
        } catch (IOException e) {
            throw new HarnessFault("call the runtime's " + method + ": " + e.getMessage(), e);
        }
    }
}
