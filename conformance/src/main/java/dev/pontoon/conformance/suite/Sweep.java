package dev.pontoon.conformance.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.subject.Trait;
import java.util.ArrayList;
import java.util.List;

/** Versions one after the other. */
final class Sweep {

    private Sweep() {}

    /** What the plugin says it supports; the case fails when it does not say. */
    static List<String> supported(Lab lab) {
        return supported(lab.versionProbe().result());
    }

    /** The list in an answer to VERSION; the case fails when there is none. */
    static List<String> supported(ObjectNode answer) {
        JsonNode list = answer.path("supportedVersions");
        List<String> found = new ArrayList<>();
        list.forEach(one -> found.add(one.isTextual() ? one.asText() : ""));
        Expect.that(
                list.isArray() && !found.isEmpty() && !found.contains(""),
                "supportedVersions is a list of texts that is not empty",
                () -> "it is " + (list.isMissingNode() ? "absent" : list.toString()));
        return found;
    }

    /**
     * Those versions that can be tried: plugins of a chain get prevResult, which came with 0.3.0.
     */
    static List<CniVersion> of(Lab lab) {
        return lab.versions().stream()
                .filter(version -> !lab.has(Trait.CHAINED) || version.atLeast(CniVersion.V0_3_0))
                .toList();
    }

    /** A new container with the smallest configuration of that version. */
    static Attachment attachment(Lab lab, CniVersion version) {
        return lab.attachment(lab.container(), lab.config(version));
    }
}
