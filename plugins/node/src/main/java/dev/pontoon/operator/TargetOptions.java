package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.plugin.ReferenceHash;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.runtime.Documents;
import dev.pontoon.runtime.Target;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** For whom a network is called, with the words and variables of cnitool. */
final class TargetOptions {
    private static final int ID_DIGITS = 20;

    @SuppressWarnings("NullAway.Init") // picocli's to set
    @Parameters(index = "0", paramLabel = "NETWORK", description = "The network's name.")
    private String network;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "NETNS",
            description =
                    "The path of the container's network namespace; del does without if it is gone and --container-id"
                            + " is given.")
    private @Nullable String netns;

    @Option(
            names = "--container-id",
            paramLabel = "ID",
            description =
                    "The container's id; else CNI_CONTAINERID, else what cnitool makes of NETNS.")
    private @Nullable String containerId;

    @Option(
            names = {"--ifname", "-i"},
            paramLabel = "NAME",
            description = "The interface in the container; else CNI_IFNAME, else eth0.")
    private @Nullable String ifname;

    @Option(
            names = "--cap-args",
            paramLabel = "JSON",
            description =
                    "What plugins get in runtimeConfig by their capabilities, as in"
                            + " '{\"portMappings\":[{\"hostPort\":8080,\"containerPort\":80}]}'; else CAP_ARGS.")
    private @Nullable String capArgs;

    @Option(
            names = "--cni-args",
            paramLabel = "ARGS",
            description = "KEY=value;KEY=value for the plugins; else CNI_ARGS.")
    private @Nullable String cniArgs;

    String network() {
        return network;
    }

    /** Throws code 4 or 6 for what cannot be passed on. */
    Target target() {
        String path = netns == null || netns.isEmpty() ? "" : absolute(netns);
        String id = NetworkOptions.chosen(containerId, "CNI_CONTAINERID", "");
        if (id.isEmpty() && path.isEmpty()) {
            throw new CniException(
                    ErrorCode.INVALID_ENVIRONMENT,
                    "neither NETNS nor --container-id says which container it is");
        }
        return new Target(
                id.isEmpty() ? idOf(path) : id,
                NetworkOptions.chosen(ifname, "CNI_IFNAME", "eth0"),
                path,
                NetworkOptions.chosen(cniArgs, "CNI_ARGS", ""),
                capabilityArgs(NetworkOptions.chosen(capArgs, "CAP_ARGS", "")));
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize().toString();
    }

    static ObjectNode capabilityArgs(String json) {
        return json.isEmpty()
                ? Documents.object()
                : Documents.readObject(json.getBytes(StandardCharsets.UTF_8), "CAP_ARGS");
    }

    /** What cnitool calls a container that it only knows by its namespace. */
    static String idOf(String netns) {
        return "cnitool-" + ReferenceHash.of(netns, ID_DIGITS);
    }
}
