package dev.pontoon.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Attachment;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a runtime keeps of an ADD: libcni's {@code cniCacheV1}.
 *
 * @param network the network
 * @param target for whom, with the arguments of the ADD
 * @param config the list as it was at the ADD
 * @param result the last plugin's result
 * @param file where it is kept
 * @param keptAt since when
 */
public record CachedResult(
        String network,
        Target target,
        String config,
        ObjectNode result,
        Path file,
        Instant keptAt) {
    private static final String KIND = "cniCacheV1";

    /**
     * Reads a file of libcni's; empty if it is of another kind, such as the bare result that
     * versions before 0.8 kept.
     */
    static Optional<CachedResult> read(byte[] json, Path file, Instant keptAt) {
        ObjectNode kept = Documents.readObject(json, file.toString());
        if (!kept.path("kind").asText("").equals(KIND)) {
            return Optional.empty();
        }
        Target target =
                new Target(
                        kept.path("containerId").asText(""),
                        kept.path("ifName").asText(""),
                        kept.path("netns").asText(""),
                        args(kept.path("cniArgs")),
                        objectOrEmpty(kept.path("capabilityArgs")));
        return Optional.of(
                new CachedResult(
                        kept.path("networkName").asText(""),
                        target,
                        config(kept.path("config"), file),
                        objectOrEmpty(kept.path("result")),
                        file,
                        keptAt));
    }

    private static ObjectNode objectOrEmpty(JsonNode node) {
        return node instanceof ObjectNode object ? object : Documents.object();
    }

    private static String config(JsonNode node, Path file) {
        try {
            byte[] config = node.binaryValue();
            return config == null ? "" : new String(config, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CniException(
                            ErrorCode.DECODE_FAILURE, "read " + file + ": config is not base64")
                    .because(e);
        }
    }

    private static String args(JsonNode pairs) {
        List<String> args = new ArrayList<>();
        for (JsonNode each : pairs) {
            args.add(each.path(0).asText("") + "=" + each.path(1).asText(""));
        }
        return String.join(";", args);
    }

    byte[] toJson() {
        ObjectNode kept = Documents.object();
        kept.put("kind", KIND);
        kept.put("containerId", target.containerId());
        kept.put("config", config.getBytes(StandardCharsets.UTF_8));
        kept.put("ifName", target.ifname());
        kept.put("networkName", network);
        if (!target.netns().isEmpty()) {
            kept.put("netns", target.netns());
        }
        writeArgs(kept);
        if (!target.capabilityArgs().isEmpty()) {
            kept.set("capabilityArgs", target.capabilityArgs());
        }
        if (!result.isEmpty()) {
            kept.set("result", result);
        }
        return Documents.bytes(kept);
    }

    private void writeArgs(ObjectNode kept) {
        if (target.args().isEmpty()) {
            return;
        }
        ArrayNode pairs = kept.putArray("cniArgs");
        for (String pair : target.args().split(";", -1)) {
            int equals = pair.indexOf('=');
            pairs.addArray().add(pair.substring(0, equals)).add(pair.substring(equals + 1));
        }
    }

    /** The attachment that it is the result of. */
    public Attachment attachment() {
        return target.attachmentTo(network);
    }

    /**
     * The path of the container's namespace, which libcni keeps only of late: else where the result
     * says that the interface is; empty if it does not.
     */
    public String netns() {
        if (!target.netns().isEmpty()) {
            return target.netns();
        }
        for (JsonNode each : result.path("interfaces")) {
            if (each.path("name").asText("").equals(target.ifname())) {
                return each.path("sandbox").asText("");
            }
        }
        return "";
    }

    /** The list as it was at the ADD, for a network whose file is gone. Throws code 6 or 7. */
    public NetworkList list() {
        return NetworkList.cached(config.getBytes(StandardCharsets.UTF_8), file);
    }

    /**
     * The result in the layout of that version. A configuration may have been changed since the
     * ADD. Throws code 1 or 6 if the one cannot be made of the other.
     */
    ObjectNode resultIn(String version) {
        String own = result.path("cniVersion").asText("");
        if (own.equals(version) || own.isEmpty()) {
            return result.deepCopy().put("cniVersion", version);
        }
        CniVersion wanted =
                CniVersion.of(version)
                        .orElseThrow(() ->
                                new CniException(
                                        ErrorCode.INCOMPATIBLE_VERSION,
                                        "turn the result of version "
                                                + own
                                                + " in "
                                                + file
                                                + " into one of version "
                                                + version,
                                        "that version is not known here"));
        AddResult read = AddResult.read(Documents.bytes(result), wanted);
        String text = read.toJson(wanted);
        return Documents.readObject(text.getBytes(StandardCharsets.UTF_8), file.toString());
    }
}
