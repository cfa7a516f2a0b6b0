package dev.pontoon.conformance.cri;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pontoon.conformance.host.HarnessFault;
import java.util.ArrayList;
import java.util.List;

/**
 * What a runtime knows of one pod.
 *
 * @param ready false once it is stopped, or found dead
 * @param addresses without prefix lengths, the first being the one that kubelet reports; empty when
 *     the pod is not ready
 * @param netns the path of its network namespace where the runtime lives, alive or not; empty if it
 *     has none of its own
 */
public record SandboxStatus(boolean ready, List<String> addresses, String netns) {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int STATUS = 1;
    private static final int INFO = 2;
    private static final int STATE = 3;
    private static final int NETWORK = 5;

    public SandboxStatus {
        addresses = List.copyOf(addresses);
    }

    /** Reads the answer to a verbose question. */
    static SandboxStatus of(byte[] answer) {
        byte[] status = Protobuf.message(answer, STATUS);
        return new SandboxStatus(
                Protobuf.number(status, STATE) == 0,
                addresses(Protobuf.message(status, NETWORK)),
                netns(answer));
    }

    private static List<String> addresses(byte[] network) {
        List<String> addresses = new ArrayList<>();
        Protobuf.text(network, 1).filter(ip -> !ip.isEmpty()).ifPresent(addresses::add);
        for (byte[] more : Protobuf.all(network, 2)) {
            Protobuf.text(more, 1).ifPresent(addresses::add);
        }
        return addresses;
    }

    /** In the runtime specification, which containerd tells as JSON under the name "info". */
    private static String netns(byte[] answer) {
        for (byte[] entry : Protobuf.all(answer, INFO)) {
            if (Protobuf.text(entry, 1).orElse("").equals("info")) {
                JsonNode info = json(Protobuf.text(entry, 2).orElse("{}"));
                for (JsonNode namespace : info.at("/runtimeSpec/linux/namespaces")) {
                    if (namespace.path("type").asText().equals("network")) {
                        return namespace.path("path").asText();
                    }
                }
            }
        }
        return "";
    }

    private static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new HarnessFault("read what the runtime says of a pod: " + e.getMessage(), e);
        }
    }
}
