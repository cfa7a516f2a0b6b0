package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** What plugins that limit rates promise, measured with real bytes. */
final class BandwidthCases {

    private static final String LIMITS =
            "Desired bandwidth limits. Rates are in bits per second, burst values are in bits.";

    private static final String BOTH_SET =
            "Both ingressRate and ingressBurst must be set in order to limit ingress bandwidth. If neither one is set,"
                    + " then ingress bandwidth is not limited.";

    private static final String HOST = "10.88.0.1";

    private static final String TO = "'ingressRate':8000000,'ingressBurst':800000";
    private static final String FROM = "'egressRate':8000000,'egressBurst':800000";

    /** At 8 Mbit/s, after a burst of 100 kB, these take half a second. */
    private static final int BYTES = 600_000;

    /** Coarse, as bursts and segments are; without a limit it takes some milliseconds. */
    private static final double AT_LEAST = 0.35;

    private BandwidthCases() {}

    static List<Case> all() {
        return List.of(
                draft("bandwidth/to-container")
                        .rows("CAP-03", "BWD-01")
                        .when("the runtime limits what goes to the container to 8 Mbit/s")
                        .then("600 kB take as long as that")
                        .run(BandwidthCases::toContainer),
                draft("bandwidth/from-container")
                        .rows("CAP-03", "BWD-01")
                        .when("the runtime limits what comes from the container to 8 Mbit/s")
                        .then("600 kB take as long as that")
                        .run(BandwidthCases::fromContainer),
                draft("bandwidth/configured")
                        .source(
                                Source.PLUGINS,
                                "",
                                "ingressRate: is the rate in bps at which traffic can enter an interface.")
                        .rows("BWD-01")
                        .when("the configuration itself has the rates")
                        .then("600 kB take as long as they say, in both directions")
                        .run(BandwidthCases::configured),
                draft("bandwidth/one-direction")
                        .level(DE_FACTO)
                        .source(Source.PLUGINS, "", BOTH_SET)
                        .rows("BWD-02")
                        .when("only what goes to the container is limited, to 1 Mbit/s")
                        .then("600 kB from the container take far less than that")
                        .run(BandwidthCases::oneDirection),
                draft("bandwidth/two-interfaces")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Devices named by the container alone made a second interface fail.")
                        .rows("E19")
                        .when("two interfaces of a container are limited in what comes from them")
                        .then("both are")
                        .run(BandwidthCases::twoInterfaces),
                draft("bandwidth/rate-without-burst")
                        .source(Source.PLUGINS, "", BOTH_SET)
                        .rows("CAP-03")
                        .when("the runtime gives a rate and no burst")
                        .then("ADD fails, and changes nothing")
                        .run(lab -> refused(lab, "{'egressRate':8000000}")),
                draft("bandwidth/burst-without-rate")
                        .source(Source.PLUGINS, "", BOTH_SET)
                        .rows("CAP-03")
                        .when("the runtime gives a burst and no rate")
                        .then("ADD fails, and changes nothing")
                        .run(lab -> refused(lab, "{'ingressBurst':800000}")),
                draft("bandwidth/largest-burst")
                        .source(
                                Source.RUNTIMES,
                                "",
                                "containerd passes the rates of a pod's annotations with a burst of 2^32-1 bits.")
                        .rows("CAP-03")
                        .when("the runtime gives a burst of 2^32-1")
                        .then("ADD succeeds")
                        .run(BandwidthCases::largestBurst));
    }

    private static Case.Draft draft(String id) {
        return Case.named(id)
                .level(SHOULD)
                .source(Source.CONVENTIONS, "well-known-capabilities", LIMITS)
                .of(Trait.CHAINED, Trait.BANDWIDTH)
                .needs(Need.TRAFFIC_CONTROL, Need.PYTHON);
    }

    private static ObjectNode limited(Lab lab, String limits) {
        return CapabilityCases.given(lab.config(Trait.BANDWIDTH), "bandwidth", limits);
    }

    private static Attachment attached(Lab lab, ObjectNode config) {
        Attachment attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        return attachment;
    }

    private static double to(Lab lab, Attachment attachment) {
        String address = MasqueradeCases.own(attachment).host();
        return new Exchange(lab).secondsTo(attachment.container(), address, BYTES);
    }

    private static double from(Lab lab, Attachment attachment) {
        return new Exchange(lab).secondsFrom(attachment.container(), HOST, BYTES);
    }

    private static void expectLimited(String direction, double seconds) {
        Expect.that(
                seconds > AT_LEAST,
                BYTES + " bytes " + direction + " the container take as long as 8 Mbit/s allow",
                () -> "they took " + seconds + " s");
    }

    private static void toContainer(Lab lab) {
        expectLimited("to", to(lab, attached(lab, limited(lab, "{" + TO + "}"))));
    }

    private static void fromContainer(Lab lab) {
        expectLimited("from", from(lab, attached(lab, limited(lab, "{" + FROM + "}"))));
    }

    private static void configured(Lab lab) {
        ObjectNode config = lab.config();
        config.setAll(Json.object("{" + TO + "," + FROM + "}"));
        Attachment attachment = attached(lab, config);
        expectLimited("to", to(lab, attachment));
        expectLimited("from", from(lab, attachment));
    }

    private static void oneDirection(Lab lab) {
        ObjectNode config = limited(lab, "{'ingressRate':1000000,'ingressBurst':80000}");
        double seconds = from(lab, attached(lab, config));
        Expect.that(
                seconds < 2.5,
                "what comes from the container is not limited",
                () -> BYTES + " bytes took " + seconds + " s");
    }

    private static void twoInterfaces(Lab lab) {
        Container container = lab.container();
        Attachment one = lab.attachment(container, limited(lab, "{" + FROM + "}"));
        Attachment other = lab.attachment(container, "eth1", limited(lab, "{" + FROM + "}"));
        lab.add(one).result();
        lab.add(other).result();
        for (Attachment attachment : List.of(one, other)) {
            String address = MasqueradeCases.own(attachment).host();
            new Wiring(lab, attachment).inside("ip route replace 10.88.0.1 dev $if src " + address);
            expectLimited("from " + attachment.ifname() + " of", from(lab, attachment));
        }
        new Wiring(lab, other).inside("ip route del 10.88.0.1 dev $if");
    }

    private static void refused(Lab lab, String limits) {
        lab.call("ADD", lab.attachment(lab.container(), limited(lab, limits))).run().refused();
    }

    private static void largestBurst(Lab lab) {
        String limits =
                "{'ingressRate':10000000,'ingressBurst':4294967295,"
                        + "'egressRate':10000000,'egressBurst':4294967295}";
        attached(lab, limited(lab, limits));
    }
}
