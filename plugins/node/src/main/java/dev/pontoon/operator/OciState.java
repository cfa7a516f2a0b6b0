package dev.pontoon.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import dev.pontoon.runtime.Target;

/**
 * What an OCI runtime tells a hook of its container.
 *
 * @param id the container's id
 * @param status where it is in its life
 * @param pid its first process; 0 if there is none any more
 * @param cniArgs of an annotation; empty for none
 * @param capArgs of an annotation; empty for none
 */
record OciState(String id, String status, long pid, String cniArgs, String capArgs) {
    /** Reads the state; throws code 6 if it is none. */
    static OciState read(ObjectNode state) {
        String id = state.path("id").asText("");
        String status = state.path("status").asText("");
        if (id.isEmpty() || status.isEmpty()) {
            throw new CniException(
                    ErrorCode.DECODE_FAILURE,
                    "standard input is no state of an OCI container: id or status is missing",
                    "oci-hook is called by an OCI runtime, as a hook of config.json");
        }
        return new OciState(
                id,
                status,
                state.path("pid").asLong(0),
                state.path("annotations").path("dev.pontoon.cni-args").asText(""),
                state.path("annotations").path("dev.pontoon.cap-args").asText(""));
    }

    /** Whether the hook is one of those before the container's own program: runc says creating. */
    boolean isBeforeStart() {
        return status.equals("creating") || status.equals("created");
    }

    boolean isStopped() {
        return status.equals("stopped");
    }

    /**
     * The container's interface of that number. Throws code 8 before the start if the runtime does
     * not tell the process, or tells it in the words of the container's own processes: there it is
     * 1, which here is the host's.
     */
    Target target(int number) {
        if (isBeforeStart() && pid <= 1) {
            throw new CniException(
                    ErrorCode.INVALID_NETNS,
                    "container " + id + ": the process is told as " + pid,
                    "the hook must be createRuntime or prestart, which run on the host");
        }
        return new Target(
                id,
                "eth" + number,
                pid > 1 ? "/proc/" + pid + "/ns/net" : "",
                cniArgs,
                TargetOptions.capabilityArgs(capArgs));
    }
}
