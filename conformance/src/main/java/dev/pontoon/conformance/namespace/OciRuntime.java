package dev.pontoon.conformance.namespace;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Output;
import java.util.ArrayList;
import java.util.List;

/**
 * runc or crun in a host, with its state, bundles and root file system in the harness's own folder.
 */
final class OciRuntime {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String ROOTFS = Host.OWN + "/rootfs";

    /** One program and mount points: a container of ours only sleeps. */
    private static final String MAKE_ROOTFS =
            """
            if [ -d "$1" ]; then exit 0; fi
            busybox=$(command -v busybox) || { echo "busybox is not installed" >&2; exit 1; }
            new=$(mktemp -d "$1.XXXXXX"); chmod 755 "$new"
            mkdir "$new/bin" "$new/proc" "$new/sys" "$new/dev" "$new/etc"
            cp "$busybox" "$new/bin/sleep"
            mv -T "$new" "$1"
            """;

    /** The container inherits the output, so that nobody may wait for its end. */
    private static final String QUIETLY =
            """
            log=$1; shift; rm -f "$log"
            "$@" < /dev/null > "$log" 2>&1 || { status=$?; cat "$log" >&2; exit $status; }
            """;

    private final Host host;
    private final String folder;
    private final List<String> program;

    private OciRuntime(Host host, String folder, List<String> program) {
        this.host = host;
        this.folder = folder;
        List<String> line = new ArrayList<>(program);
        line.addAll(List.of("--root", folder + "/state"));
        this.program = List.copyOf(line);
        host.script(MAKE_ROOTFS, ROOTFS);
    }

    /**
     * runc.
     *
     * @param name of a folder of its own
     */
    static OciRuntime runc(Host host, String name) {
        return new OciRuntime(host, Host.OWN + "/" + name, List.of("runc"));
    }

    /**
     * crun, which refuses control groups of both versions side by side: it sees those of version 1
     * only, where there are both.
     *
     * @param name of a folder of its own
     */
    static OciRuntime crun(Host host, String name) {
        String script = "umount /sys/fs/cgroup/unified 2> /dev/null || :; exec crun \"$@\"";
        return new OciRuntime(
                host,
                Host.OWN + "/" + name,
                List.of("unshare", "--mount", "sh", "-c", script, "crun"));
    }

    Host host() {
        return host;
    }

    /** Creates a container: its namespaces are there, its own program is not started. */
    void create(String id, OciConfig config) {
        finished("create", id, beginCreate(id, config));
    }

    /** Begins to create a container; for those whose hooks somebody has to answer meanwhile. */
    Execution beginCreate(String id, OciConfig config) {
        String controlGroup = "/" + host.run().name() + "/" + host.pid() + "-" + id;
        host.write(bundle(id) + "/config.json", config.text(ROOTFS, controlGroup));
        return begin(id, "create", "--bundle", bundle(id), id);
    }

    /** Begins to remove a stopped container. */
    Execution beginDelete(String id) {
        return begin(id, "delete", id);
    }

    private Execution begin(String id, String... arguments) {
        List<String> line = new ArrayList<>(List.of("sh", "-e", "-c", QUIETLY, "sh"));
        line.add(bundle(id) + "/log");
        line.addAll(program);
        line.addAll(List.of(arguments));
        return host.start(Invocation.tool(line));
    }

    private String bundle(String id) {
        return folder + "/" + id;
    }

    /**
     * Waits for what was begun.
     *
     * @throws HarnessFault when the runtime fails
     */
    static void finished(String what, String id, Execution begun) {
        Output output = begun.await();
        if (output.exit() != 0) {
            throw new HarnessFault(what + " container " + id + ": " + output.err().strip());
        }
    }

    /** Starts the container's own program. */
    void start(String id) {
        finished("start", id, begin(id, "start", id));
        String status = state(id).path("status").asText();
        if (!status.equals("running")) {
            throw new HarnessFault("container " + id + " was started and is " + status);
        }
    }

    /** The id of the container's first process, as the host numbers it. */
    long pid(String id) {
        return state(id).path("pid").asLong();
    }

    private JsonNode state(String id) {
        List<String> line = new ArrayList<>(program);
        line.addAll(List.of("state", id));
        try {
            return JSON.readTree(host.ok(line));
        } catch (JsonProcessingException e) {
            throw new HarnessFault("read the state of container " + id, e);
        }
    }

    /** The container's first process. */
    Sleeper process(long pid) {
        return new Sleeper(host, pid);
    }

    /** Removes a container in any state, and its bundle; no effect where there is none. */
    void remove(String id) {
        if (knows(id)) {
            finished("remove", id, begin(id, "delete", "--force", id));
        }
        host.tool("rm", "-rf", bundle(id));
    }

    /** Whether there is such a container, in whatever state. */
    boolean knows(String id) {
        return host.exists(folder + "/state/" + id);
    }

    /** Removes what is left when all containers are gone. */
    void close() {
        host.tool("rm", "-rf", folder);
    }
}
