package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;

/** The namespace comes first and is told to runc, as containerd and podman do. */
final class RuncPath extends ProbedBuilder {

    RuncPath() {
        super(
                "runc-path",
                "ip netns add, then runc with its path",
                List.of("runc", "busybox"),
                new Shape(
                        "ip(8); runc only joins it",
                        "mount on /run/netns/NAME",
                        "/run/netns/NAME",
                        "before the container exists",
                        "the live namespace, without its process",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        var runtime = OciRuntime.runc(host, id());
        return new OciWorkshop(
                runtime,
                name -> {
                    host.ok("ip", "netns", "add", name);
                    return new Joined(runtime, name);
                });
    }

    private static final class Joined extends HostContainer {
        private final OciRuntime runtime;

        private Joined(OciRuntime runtime, String name) {
            super(runtime.host(), name);
            this.runtime = runtime;
        }

        @Override
        public String netns() {
            return "/run/netns/" + id();
        }

        @Override
        public void start() {
            runtime.create(id(), new OciConfig().network(netns()));
            runtime.start(id());
        }

        @Override
        public void stop() {
            if (runtime.knows(id())) {
                runtime.process(runtime.pid(id())).endAsZombie();
            }
            runtime.remove(id());
        }

        @Override
        public void destroy() {
            stop();
            PinnedFile.remove(host(), netns());
        }
    }
}
