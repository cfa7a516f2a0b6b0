package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * dockerd's way, with its steps done by hand: runc makes the namespace, its prestart hook reports
 * the process, and only then is the namespace mounted on a file, the sandbox key.
 */
final class DockerSteps extends ProbedBuilder {

    private static final String KEYS = Host.OWN + "/docker/netns/";

    DockerSteps() {
        super(
                "docker-steps",
                "dockerd's steps without dockerd",
                List.of("runc", "busybox"),
                new Shape(
                        "runc init, told no path",
                        "mount on the sandbox key, made in runc's prestart hook",
                        "docker/netns/SANDBOX, below any folder",
                        "between create and start",
                        "an empty plain file",
                        "the host's"));
    }

    @Override
    public Workshop open(Host host) {
        var runtime = OciRuntime.runc(host, id());
        var relay = Relay.install(host, id());
        return new OciWorkshop(runtime, name -> build(runtime, relay, name));
    }

    private static Container build(OciRuntime runtime, Relay relay, String name) {
        String id = containerId(runtime.host(), name);
        String key = KEYS + id.substring(0, 12);
        Execution create =
                runtime.beginCreate(id, new OciConfig().hook("prestart", relay.script()));
        OciHook hook = OciHook.await(relay, id, create);
        var container = new Sandboxed(runtime, id, hook.pid(), key);
        mount(runtime.host(), container.processPath(), key);
        hook.release();
        OciRuntime.finished("create", id, create);
        return container;
    }

    private static void mount(Host host, String namespace, String key) {
        host.script("mkdir -p \"${2%/*}\"; : > \"$2\"; mount --bind \"$1\" \"$2\"", namespace, key);
    }

    /** 64 hexadecimal digits, as docker has them, and the same for the same name. */
    private static String containerId(Host host, String name) {
        try {
            byte[] text = (host.run().name() + "/" + name).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new HarnessFault("make a container's id", e);
        }
    }

    private static final class Sandboxed extends OciContainer {
        private final String key;

        private Sandboxed(OciRuntime runtime, String id, long pid, String key) {
            super(runtime, id, pid);
            this.key = key;
        }

        @Override
        public String netns() {
            return key;
        }

        /** The file itself stays until dockerd tidies up, up to a minute later. */
        @Override
        public void stop() {
            super.stop();
            runtime().remove(id());
            PinnedFile.unmount(host(), key);
        }

        @Override
        public void destroy() {
            super.destroy();
            PinnedFile.remove(host(), key);
        }
    }
}
