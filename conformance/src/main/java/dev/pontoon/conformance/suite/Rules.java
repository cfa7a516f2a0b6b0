package dev.pontoon.conformance.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.subject.Trait;
import java.util.stream.Stream;

/** Configurations with which a plugin does on the host all that it can do for a container. */
final class Rules {

    private Rules() {}

    /** Everything switched on that leaves something on the host for each container. */
    static ObjectNode config(Lab lab) {
        return lab.config(
                Stream.of(
                                Trait.MASQUERADE,
                                Trait.MAC_SPOOF_CHECK,
                                Trait.PORT_MAPPINGS,
                                Trait.BANDWIDTH,
                                Trait.SYSCTL,
                                Trait.FIREWALL)
                        .filter(lab::has)
                        .toArray(Trait[]::new));
    }

    /** The same for one container more: what only one can have, a port of the host, differs. */
    static ObjectNode another(ObjectNode config) {
        ObjectNode another = config.deepCopy();
        for (JsonNode mapping : another.path("runtimeConfig").path("portMappings")) {
            ((ObjectNode) mapping).put("hostPort", mapping.path("hostPort").asInt() + 1000);
        }
        return another;
    }

    /** The same in another network on the same host, with addresses of its own. */
    static ObjectNode otherNetwork(ObjectNode config) {
        ObjectNode other = another(config).put("name", "conformance-other");
        if (other.path("ipam").path("ranges").path(0).path(0) instanceof ObjectNode range) {
            range.put("rangeStart", "10.88.0.100");
        }
        return other;
    }
}
