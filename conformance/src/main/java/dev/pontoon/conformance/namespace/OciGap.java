package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * The runtime makes the namespace while it creates the container, and the plugin comes before the
 * container's own program is started.
 */
final class OciGap extends ProbedBuilder {

    private final BiFunction<Host, String, OciRuntime> runtime;
    private final Supplier<OciConfig> config;

    private OciGap(
            String id,
            String tool,
            String title,
            String owner,
            BiFunction<Host, String, OciRuntime> runtime,
            Supplier<OciConfig> config) {
        super(
                id,
                title,
                List.of(tool, "busybox"),
                new Shape(
                        tool + " init, told no path",
                        "the container's first process",
                        "/proc/PID/ns/net",
                        "between create and start",
                        "a path that is gone with its process",
                        owner));
        this.runtime = runtime;
        this.config = config;
    }

    static OciGap runc() {
        return new OciGap(
                "runc-gap",
                "runc",
                "runc, between create and start",
                "the host's",
                OciRuntime::runc,
                OciConfig::new);
    }

    static OciGap crun() {
        return new OciGap(
                "crun-gap",
                "crun",
                "crun, between create and start",
                "the host's",
                OciRuntime::crun,
                OciConfig::new);
    }

    static OciGap runcWithUserNamespace() {
        return new OciGap(
                "runc-userns",
                "runc",
                "runc with a user namespace",
                "the container's",
                OciRuntime::runc,
                () -> new OciConfig().userNamespace());
    }

    @Override
    public Workshop open(Host host) {
        OciRuntime opened = runtime.apply(host, id());
        return new OciWorkshop(opened, name -> build(opened, name));
    }

    private Container build(OciRuntime opened, String name) {
        opened.create(name, config.get());
        return new Created(opened, name, opened.pid(name));
    }

    private static final class Created extends OciContainer {
        private Created(OciRuntime runtime, String name, long pid) {
            super(runtime, name, pid);
        }

        @Override
        public void stop() {
            process().end();
        }
    }
}
