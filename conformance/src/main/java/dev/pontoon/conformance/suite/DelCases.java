package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Lab;
import java.util.List;

/** Section 2 of the spec, DEL. */
final class DelCases {

    private static final String DEL =
            "del-remove-container-from-network-or-un-apply-modifications";

    private DelCases() {}

    static List<Case> all() {
        return List.of(
                Case.named("del/after-add")
                        .level(MUST)
                        .spec(
                                DEL,
                                "A CNI plugin, upon receiving a `DEL` command, should either delete the interface"
                                        + " defined by `CNI_IFNAME` inside the container at `CNI_NETNS`, or undo any"
                                        + " modifications applied in the plugin's `ADD` functionality")
                        .rows("DEL-01")
                        .when("an attached container is detached with the ADD's environment, configuration and result")
                        .then("DEL succeeds silently and nothing is left in the container or on the host")
                        .run(DelCases::afterAdd),
                Case.named("del/repeated")
                        .level(MUST)
                        .spec(
                                DEL,
                                "Plugins MUST accept multiple `DEL` calls for the same (`CNI_CONTAINERID`,"
                                        + " `CNI_IFNAME`) pair, and return success if the interface in question, or any"
                                        + " modifications added, are missing.")
                        .rows("DEL-02")
                        .when("DEL is called three times for one attachment")
                        .then("each of them succeeds")
                        .run(DelCases::repeated),
                Case.named("del/missing-netns")
                        .level(SHOULD)
                        .spec(
                                DEL,
                                "Plugins should generally complete a `DEL` action without error even if some"
                                        + " resources are missing.")
                        .rows("DEL-05", "E02")
                        .when("the namespace is removed before DEL")
                        .then("DEL succeeds and nothing is left on the host")
                        .run(DelCases::missingNetns));
    }

    private static void afterAdd(Lab lab) {
        lab.del(lab.attached()).succeededSilently();
    }

    private static void repeated(Lab lab) {
        var attachment = lab.attached();
        lab.del(attachment).succeeded();
        lab.del(attachment).succeeded();
        lab.del(attachment).succeeded();
    }

    private static void missingNetns(Lab lab) {
        var attachment = lab.attached();
        attachment.container().destroy();
        lab.del(attachment).succeeded();
    }
}
