package dev.pontoon.conformance.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Stub;
import dev.pontoon.conformance.subject.Trait;
import java.util.Arrays;

/** Networks that several cases need: the smallest configuration with other addresses. */
final class Networks {

    private Networks() {}

    /** The smallest configuration with those of the traits that the plugin has. */
    static ObjectNode withAnyOf(Lab lab, Trait... wanted) {
        return lab.config(Arrays.stream(wanted).filter(lab::has).toArray(Trait[]::new));
    }

    /** Addresses come from a stub. */
    static ObjectNode withIpam(ObjectNode config, Stub stub) {
        config.set("ipam", Json.object().put("type", stub.name()));
        return config;
    }

    /**
     * A stub whose n-th call answers 10.88.0.(n+1), with gateway 10.88.0.1 and these routes.
     *
     * @param routes a JSON list, with single quotes if need be
     */
    static Stub stubWithRoutes(Lab lab, String name, String routes) {
        ObjectNode result = Lab.addresses(lab.version(), "10.88.0.@N@/24", "");
        JsonNode list = Json.object("{'routes':" + routes + "}").path("routes");
        if (result.path("ip4") instanceof ObjectNode family) {
            family.set("routes", list);
        } else {
            result.set("routes", list);
        }
        return lab.stub(name).answersAdd(result);
    }

    /** Without default route, so that a container can be attached twice. */
    static ObjectNode withoutRoutes(Lab lab, ObjectNode config) {
        if (config.path("ipam") instanceof ObjectNode ipam && ipam.has("routes")) {
            ipam.remove("routes");
            return config;
        }
        return lab.has(Trait.DELEGATES)
                ? withIpam(config, stubWithRoutes(lab, "conformance-no-routes", "[]"))
                : config;
    }

    /** Addresses come from this range of host-local, be it the judged plugin or its delegate. */
    static ObjectNode withRange(Lab lab, String subnet, String first, String last) {
        ObjectNode config = lab.config();
        if (!(config.path("ipam") instanceof ObjectNode ipam)
                || !ipam.path("type").asText().equals("host-local")) {
            throw new NotHere("the folder has no host-local, whose ranges this case is about");
        }
        ObjectNode range = Json.object().put("subnet", subnet);
        if (!first.isEmpty()) {
            range.put("rangeStart", first).put("rangeEnd", last);
        }
        ipam.putArray("ranges").addArray().add(range);
        ipam.remove("routes");
        return config;
    }
}
