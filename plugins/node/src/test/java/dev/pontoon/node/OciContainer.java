package dev.pontoon.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.testing.Await;
import dev.pontoon.testing.Conf;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.Need;
import java.util.ArrayList;
import java.util.List;

/** A container made by an OCI runtime by hand: {@code create}, {@code start}, {@code delete}. */
final class OciContainer {

    /** Ends by itself one day, should the test be killed before it could delete the container. */
    private static final List<String> COMMAND = List.of("sleep", "600");

    private final Host host;
    private final String runtime;
    private final String id;

    private OciContainer(Host host, String runtime, String id) {
        this.host = host;
        this.runtime = runtime;
        this.id = id;
    }

    /** Skips the test unless the runtime can run a container on this machine. */
    static void need(String runtime) {
        Need.tool(runtime);
        Need.tool("busybox");
        Need.kernel(runtime + " that runs containers here", probe(runtime));
    }

    private static String probe(String runtime) {
        return """
        [ -d /sys/fs/cgroup/unified ] && umount /sys/fs/cgroup/unified
        mkdir -p /run/probe/rootfs/bin && cp "$(command -v busybox)" /run/probe/rootfs/bin/true
        cd /run/probe
        %1$s spec
        sed -i -e 's/"terminal": true/"terminal": false/' -e 's/"sh"/"true"/' \
            -e "s,\\"linux\\": {,&\\"cgroupsPath\\": \\"/pontoon-probe-$$/c\\"\\,," config.json
        %1$s run pontoon-probe-$$ || status=$?
        rmdir /sys/fs/cgroup/*/pontoon-probe-$$ 2>/dev/null || :
        exit ${status:-0}
        """
                .formatted(runtime);
    }

    /** Fills {@code /run/rootfs} with a busybox; containers mount it read-only. */
    static String rootfs(Host host) {
        host.sh(
                """
                mkdir -p /run/rootfs/bin /run/rootfs/proc /run/rootfs/sys /run/rootfs/dev /run/rootfs/etc
                cp "$(command -v busybox)" /run/rootfs/bin/busybox
                for name in sh sleep ip ping cat; do ln -sf busybox /run/rootfs/bin/$name; done
                """);
        return "/run/rootfs";
    }

    /** The configuration that the runtime itself proposes, with what every test needs. */
    static ObjectNode spec(Host host, String runtime, String cgroup) {
        rootfs(host);
        host.sh("mkdir -p /run/spec; cd /run/spec; rm -f config.json; " + runtime + " spec");
        ObjectNode spec = Conf.of(host.read("/run/spec/config.json"));
        spec.withObject("/root").put("path", "/run/rootfs").put("readonly", true);
        spec.withObject("/linux").put("cgroupsPath", cgroup);
        ObjectNode process = spec.withObject("/process").put("terminal", false);
        ArrayNode command = process.putArray("args");
        COMMAND.forEach(command::add);
        for (JsonNode set : process.path("capabilities")) {
            ((ArrayNode) set).add("CAP_NET_RAW");
        }
        return spec;
    }

    /** Sets the path of the network namespace, which the specification leaves to the runtime. */
    static ObjectNode joining(ObjectNode spec, String netns) {
        for (JsonNode namespace : spec.path("linux").path("namespaces")) {
            if (namespace.path("type").asText().equals("network")) {
                ((ObjectNode) namespace).put("path", netns);
            }
        }
        return spec;
    }

    /** Creates the container; its init waits for {@link #start}. */
    static OciContainer create(Host host, String runtime, String id, ObjectNode spec) {
        String bundle = "/run/bundles/" + id;
        host.write(bundle + "/config.json", spec.toString());
        var container = new OciContainer(host, runtime, id);
        // The container keeps the streams it is created with: a pipe would never be closed.
        String toFile =
                "\"$@\" > " + bundle + "/output 2>&1 || { cat " + bundle + "/output; exit 1; }";
        var words = new ArrayList<>(List.of("sh", "-c", toFile, "create"));
        words.addAll(container.words("create", "--bundle", bundle, id));
        host.command(words).ok();
        return container;
    }

    String id() {
        return id;
    }

    /** {@code /proc/PID/ns/net} of the container's init. */
    String netns() {
        return "/proc/" + pid() + "/ns/net";
    }

    String status() {
        return state().path("status").asText();
    }

    void start() {
        run("start", id);
    }

    /** Runs a command in the container and returns what it printed; it must succeed. */
    String exec(String... command) {
        var words = new ArrayList<>(List.of("exec", id));
        words.addAll(List.of(command));
        return run(words.toArray(String[]::new));
    }

    /** Kills the container's init from outside and waits until the runtime knows. */
    void killInit() {
        host.ok("kill", "-s", "KILL", Long.toString(pid()));
        Await.until(id + " to be stopped", this::status, "stopped"::equals);
    }

    void delete() {
        run("delete", "--force", id);
    }

    private long pid() {
        return state().path("pid").asLong();
    }

    private JsonNode state() {
        return Conf.of(run("state", id));
    }

    private String run(String... arguments) {
        return host.command(words(arguments)).ok();
    }

    private List<String> words(String... arguments) {
        List<String> words = new ArrayList<>();
        if (runtime.equals("crun")) {
            // It refuses to work where both generations of control groups are mounted.
            words.addAll(List.of("unshare", "-m", "sh", "-c"));
            words.add("umount /sys/fs/cgroup/unified 2>/dev/null; exec \"$@\"");
            words.add("crun");
        }
        words.add(runtime);
        words.addAll(List.of(arguments));
        return words;
    }
}
