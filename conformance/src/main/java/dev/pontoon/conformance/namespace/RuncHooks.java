package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Place;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Plugins are called by hooks of runc itself, as nerdctl does: ADD by one, DEL by another. */
final class RuncHooks extends ProbedBuilder {

    RuncHooks() {
        super(
                "runc-hooks",
                "runc's hooks call the plugin",
                List.of("runc", "busybox"),
                new Shape(
                        "runc init, told no path",
                        "the container's first process",
                        "/proc/PID/ns/net",
                        "inside create, by the createRuntime hook",
                        "no path at all: CNI_NETNS is empty in the poststop hook",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        var runtime = OciRuntime.runc(host, id());
        var relay = Relay.install(host, id());
        return new OciWorkshop(runtime, name -> build(runtime, relay, name));
    }

    private static Container build(OciRuntime runtime, Relay relay, String name) {
        var config =
                new OciConfig()
                        .hook("createRuntime", relay.script())
                        .hook("poststop", relay.script());
        Execution create = runtime.beginCreate(name, config);
        return new Hooked(runtime, relay, name, create, OciHook.await(relay, name, create));
    }

    private static final class Hooked extends OciContainer {
        private final Relay relay;
        private Execution command;
        private @Nullable OciHook hook;
        private boolean started;
        private boolean stopped;

        private Hooked(
                OciRuntime runtime, Relay relay, String name, Execution create, OciHook hook) {
            super(runtime, name, hook.pid());
            this.relay = relay;
            this.command = create;
            this.hook = hook;
        }

        @Override
        public Place place() {
            return hook == null ? host() : hook.call();
        }

        @Override
        public void start() {
            release();
            OciRuntime.finished("create", id(), command);
            super.start();
            started = true;
        }

        private void release() {
            if (hook != null) {
                hook.release();
                hook = null;
            }
        }

        /** Up to the poststop hook, which lasts until the container is closed. */
        @Override
        public void stop() {
            if (stopped) {
                return;
            }
            stopped = true;
            super.stop();
            release();
            if (!started) {
                // Killed while it was being created: runc notices, and calls the hook by itself.
                hook = OciHook.next(relay, id(), command).orElse(null);
            }
            if (hook == null) {
                command = runtime().beginDelete(id());
                hook = OciHook.await(relay, id(), command);
            }
        }

        @Override
        public String netnsAtDel() {
            return stopped ? "" : netns();
        }

        @Override
        public void close() {
            destroy();
            release();
            OciHook.dismissAll(relay, id(), command);
            if (runtime().knows(id())) {
                OciHook.dismissAll(relay, id(), runtime().beginDelete(id()));
            }
            super.close();
        }
    }
}
