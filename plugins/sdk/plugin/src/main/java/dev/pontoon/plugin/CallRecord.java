package dev.pontoon.plugin;

import dev.pontoon.protocol.JsonText;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What there is to tell of a call at its end.
 *
 * @param plugin the plugin's name
 * @param verb ADD, DEL and so on; as it came, if there is no such verb
 * @param network empty if the configuration could not be read, and for VERSION
 * @param containerId empty for a verb that is about no container
 * @param ifname empty for a verb that is about no container
 * @param code of the error; 0 for success
 * @param message of the error; empty for success
 * @param nanos how long it took
 * @param steps of which it consists; of a failed call those that were done
 * @param traceparent of the trace that it belongs to; empty for none
 */
public record CallRecord(
        String plugin,
        String verb,
        String network,
        String containerId,
        String ifname,
        int code,
        String message,
        long nanos,
        List<Timing.Step> steps,
        String traceparent) {
    private static final double NANOS_OF_A_MILLISECOND = 1e6;

    public CallRecord {
        steps = List.copyOf(steps);
    }

    /** The same as one line of JSON; times are in milliseconds. */
    String toJson() {
        JsonText json =
                new JsonText()
                        .put("time", Instant.now().toString())
                        .put("plugin", plugin)
                        .put("verb", verb)
                        .put("network", network)
                        .put("containerID", containerId)
                        .put("ifname", ifname)
                        .put("code", code);
        if (!message.isEmpty()) {
            json.put("error", message);
        }
        json.put("ms", millis(nanos));
        Map<String, Double> each = new LinkedHashMap<>();
        steps.forEach(step -> each.merge(step.name(), millis(step.nanos()), Double::sum));
        json.putNumbers("steps", each);
        if (!traceparent.isEmpty()) {
            json.put("traceparent", traceparent);
        }
        return json.toString();
    }

    /** To the microsecond. */
    private static double millis(long nanos) {
        return Math.round(nanos / NANOS_OF_A_MILLISECOND * 1000) / 1000.0;
    }
}
