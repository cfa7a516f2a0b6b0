package dev.pontoon.conformance.namespace;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A container's config.json in the shape that Docker and containerd write it: what differs between
 * our containers.
 */
final class OciConfig {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The container's root on the host is this ordinary user. */
    private static final int FIRST_ID = 500_000;

    private static final int IDS = 65_536;

    private final Map<String, String> hooks = new TreeMap<>();
    private @Nullable String network;
    private boolean userNamespace;

    /** Joins the namespace at a path; else the runtime makes one. */
    OciConfig network(String path) {
        network = path;
        return this;
    }

    /** With a user namespace of its own. */
    OciConfig userNamespace() {
        userNamespace = true;
        return this;
    }

    /**
     * Runs a program at a stage of the container's life.
     *
     * @param stage as the runtime spec has it: {@code createRuntime}
     */
    OciConfig hook(String stage, String program) {
        hooks.put(stage, program);
        return this;
    }

    /** The file's text. */
    String text(String rootfs, String controlGroup) {
        ObjectNode config = JSON.createObjectNode().put("ociVersion", "1.0.2");
        process(config.putObject("process"));
        config.putObject("root").put("path", rootfs).put("readonly", true);
        config.put("hostname", "conformance");
        mounts(config.putArray("mounts"));
        ObjectNode linux = config.putObject("linux").put("cgroupsPath", controlGroup);
        namespaces(linux.putArray("namespaces"));
        if (userNamespace) {
            mapping(linux.putArray("uidMappings"));
            mapping(linux.putArray("gidMappings"));
        }
        hooks.forEach((stage, program) ->
                config.withObjectProperty("hooks")
                        .putArray(stage)
                        .addObject()
                        .put("path", program));
        return config.toPrettyString();
    }

    private static void process(ObjectNode process) {
        process.put("terminal", false).put("cwd", "/").put("noNewPrivileges", true);
        process.putObject("user").put("uid", 0).put("gid", 0);
        process.putArray("args").add("/bin/sleep").add("1000000");
        process.putArray("env").add("PATH=/bin");
    }

    private static void mounts(ArrayNode mounts) {
        mount(mounts, "/proc", "proc", List.of());
        mount(mounts, "/dev", "tmpfs", List.of("nosuid", "mode=755"));
        mount(mounts, "/sys", "sysfs", List.of("nosuid", "noexec", "nodev", "ro"));
    }

    private static void mount(ArrayNode mounts, String point, String type, List<String> options) {
        ObjectNode mount =
                mounts.addObject().put("destination", point).put("type", type).put("source", type);
        options.forEach(mount.putArray("options")::add);
    }

    private void namespaces(ArrayNode namespaces) {
        List.of("mount", "uts", "ipc", "pid")
                .forEach(type -> namespaces.addObject().put("type", type));
        if (userNamespace) {
            namespaces.addObject().put("type", "user");
        }
        ObjectNode own = namespaces.addObject().put("type", "network");
        if (network != null) {
            own.put("path", network);
        }
    }

    private static void mapping(ArrayNode mappings) {
        mappings.addObject().put("containerID", 0).put("hostID", FIRST_ID).put("size", IDS);
    }
}
