package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V1_1_0;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Unmet;
import dev.pontoon.conformance.subject.Profile;
import dev.pontoon.conformance.subject.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Section 2 of the spec, STATUS. */
final class StatusCases {

    private static final String STATUS = "status-check-plugin-status";

    private static final String ABSENT = "conformance-absent";

    private static final String KNOWS =
            "If the plugin knows that it is not able to service ADD requests, it must exit with a non-zero return"
                    + " code and output an error on standard out (see below).";

    private static final String EXHAUSTED =
            "Likewise, if a plugin has a limited number of resources (e.g. IP addresses, hardware queues), it"
                    + " should return an error if those resources are exhausted and no new `ADD` requests can"
                    + " be serviced.";

    private static final String NOT_AVAILABLE =
            "50: The plugin is not available (i.e. cannot service `ADD` requests)";

    private static final String DELEGATED =
            "If a plugin relies on a delegated plugin (e.g. IPAM) to service `ADD` requests, it must also execute"
                    + " a `STATUS` request to that plugin. If the delegated plugin return an error result, the"
                    + " executing plugin should return an error result.";

    /** Kinds of things that STATUS could only make on purpose; locks are files. */
    private static final Set<String> FILES = Set.of("file", "folder", "content");

    private StatusCases() {}

    static List<Case> all() {
        return List.of(
                draft("status/ready")
                        .level(MUST)
                        .spec(
                                STATUS,
                                "A plugin must exit with a zero (success) return code if the plugin is ready to"
                                        + " service ADD requests.")
                        .rows("STA-01")
                        .when(
                                "STATUS is called with nothing but CNI_COMMAND, CNI_PATH and a valid configuration")
                        .then("it succeeds silently")
                        .run(lab -> lab.status(lab.config()).succeededSilently()),
                draft("status/does-something")
                        .level(SHOULD)
                        .spec(STATUS, KNOWS)
                        .rows("STA-02")
                        .when(
                                "no ADD can work: the configuration is invalid, or its IPAM plugin is not installed")
                        .then(
                                "STATUS fails at least once; a plugin that is always ready should not offer"
                                        + " 1.1.0")
                        .run(StatusCases::doesSomething),
                draft("status/read-only-store")
                        .level(SHOULD)
                        .spec(STATUS, NOT_AVAILABLE)
                        .rows("STA-02", "E33")
                        .of(Trait.HOST_LOCAL_STORE)
                        .when("the file system where reservations are kept is read-only")
                        .then("STATUS fails with code 50 or 51")
                        .run(StatusCases::readOnlyStore),
                draft("status/pool-exhausted")
                        .level(SHOULD)
                        .spec(STATUS, EXHAUSTED)
                        .rows("STA-03", "E33")
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE)
                        .when("the only address of the range is taken")
                        .then(
                                "STATUS fails with code 50, and succeeds again when the address is free")
                        .run(StatusCases::poolExhausted),
                draft("status/delegate")
                        .level(MUST)
                        .spec(STATUS, DELEGATED)
                        .rows("STA-04", "DLG-11")
                        .of(Trait.DELEGATES)
                        .when("addresses come from an IPAM plugin")
                        .then(
                                "that plugin is executed once, with STATUS, the same configuration and environment")
                        .run(StatusCases::delegate),
                draft("status/delegate-fails")
                        .level(SHOULD)
                        .spec(STATUS, DELEGATED)
                        .rows("STA-04", "DLG-11")
                        .of(Trait.DELEGATES)
                        .when("the IPAM plugin's STATUS fails with code 51")
                        .then("STATUS fails with code 51, or 50")
                        .run(StatusCases::delegateFails),
                draft("status/missing-delegate")
                        .level(MUST)
                        .spec(STATUS, KNOWS)
                        .rows("STA-05", "E33")
                        .of(Trait.DELEGATES)
                        .when("no folder of CNI_PATH has the IPAM plugin")
                        .then("STATUS fails")
                        .run(lab -> lab.status(withoutPlugin(lab)).refused()),
                draft("status/bars-nothing")
                        .level(MUST)
                        .spec(
                                STATUS,
                                "Plugins should always expect other CNI operations (like `ADD`, `DEL`, etc) even if"
                                        + " `STATUS` returns an error.`STATUS` does not prevent other runtime"
                                        + " requests.")
                        .rows("STA-06")
                        .of(Trait.DELEGATES)
                        .when("ADD and DEL follow a STATUS that failed")
                        .then("both succeed")
                        .run(StatusCases::barsNothing),
                draft("status/changes-nothing")
                        .level(MUST)
                        .spec(
                                STATUS,
                                "Status is purely informational. A plugin MUST NOT rely on `STATUS` being called.")
                        .rows("STA-07")
                        .when("STATUS is called on a host where nothing was ever attached")
                        .then(
                                "links, addresses, routes, rules and sysctls of the host are as before")
                        .run(StatusCases::changesNothing));
    }

    private static Case.Draft draft(String id) {
        return Case.named(id).since(V1_1_0);
    }

    private static ObjectNode withoutPlugin(Lab lab) {
        ObjectNode config = lab.config();
        config.set("ipam", Json.object().put("type", ABSENT));
        return config;
    }

    private static void doesSomething(Lab lab) {
        List<ObjectNode> hopeless = new ArrayList<>();
        if (lab.has(Trait.DELEGATES)) {
            hopeless.add(withoutPlugin(lab));
        }
        lab.subject().profile().invalid().stream()
                .map(Profile.Invalid::config)
                .filter(keys -> !keys.has("runtimeConfig") && !keys.has("args"))
                .forEach(keys -> hopeless.add(Json.merge(lab.config(), keys)));
        if (hopeless.isEmpty()) {
            throw new NotHere("nothing is known that keeps this plugin from working");
        }
        if (hopeless.stream().allMatch(config -> lab.status(config).answered().exit() == 0)) {
            throw new Unmet(
                    "STATUS fails where no ADD can work",
                    "it succeeded with each of " + hopeless.size() + " such configurations");
        }
    }

    private static void readOnlyStore(Lab lab) {
        ObjectNode config = lab.config();
        lab.note("the reservations' file system is read-only");
        lab.host().script("mount -t tmpfs -o ro conformance /var/lib/cni");
        var reply = lab.status(config);
        lab.host().script("umount /var/lib/cni");
        reply.refused(50, 51);
    }

    private static void poolExhausted(Lab lab) {
        ObjectNode config = lab.config();
        if (!(config.path("ipam").path("ranges").path(0).path(0) instanceof ObjectNode range)) {
            throw new NotHere("the profile's configuration has no range");
        }
        range.put("rangeStart", "10.88.0.9").put("rangeEnd", "10.88.0.9");
        var attachment = lab.attachment(lab.container(), config);
        lab.add(attachment).result();
        lab.status(config).refused(50);
        lab.del(attachment).succeeded();
        lab.status(config).succeeded();
    }

    private static void delegate(Lab lab) {
        var ipam = new Watched(lab);
        lab.call("STATUS").env("HARNESS", "status").config(ipam.config()).run().succeeded();
        var call = ipam.expect(0, "STATUS").getFirst();
        Watched.expectStdin(ipam.config(), call);
        Expect.equal(
                "the delegated plugin's variable HARNESS",
                "status",
                call.environment().getOrDefault("HARNESS", "unset"));
    }

    private static void delegateFails(Lab lab) {
        var ipam = new Watched(lab);
        ipam.stub().refuses("STATUS", 51, "the harness's own addresses are cut off");
        lab.status(ipam.config()).refused(50, 51);
    }

    private static void barsNothing(Lab lab) {
        var ipam = new Watched(lab);
        ipam.stub().refuses("STATUS", 50, "the harness's own addresses are used up");
        lab.status(ipam.config()).answered();
        var attachment = lab.attachment(lab.container(), ipam.config());
        lab.add(attachment).result();
        lab.del(attachment).succeeded();
    }

    private static void changesNothing(Lab lab) {
        Snapshot before = inKernel(lab);
        lab.status(lab.config()).answered();
        List<String> changed = inKernel(lab).since(before).lines();
        Expect.that(
                changed.isEmpty(),
                "STATUS changes nothing on the host",
                () -> "this changed:\n" + String.join("\n", changed));
    }

    /** All of it, also what the plugin may make when it attaches. */
    private static Snapshot inKernel(Lab lab) {
        return lab.host()
                .snapshot()
                .without(thing -> FILES.contains(thing.replaceFirst(" .*", "")));
    }
}
