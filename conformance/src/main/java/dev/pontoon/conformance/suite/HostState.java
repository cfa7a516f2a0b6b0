package dev.pontoon.conformance.suite;

import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.host.Wait;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What plugins had on the host at a moment, to see whether it is the same again.
 *
 * @param things without what the plugin may leave there
 * @param links the names of all links, also of those that the plugin may leave there
 * @param linksCount whether links are compared at all
 */
record HostState(Snapshot things, SortedSet<String> links, boolean linksCount) {

    /** What is a link, or lives and dies with one. */
    private static final Set<String> OF_LINKS =
            Set.of(
                    "link",
                    "address",
                    "route",
                    "neighbour",
                    "proxy",
                    "vlan",
                    "qdisc",
                    "class",
                    "filter");

    /** The kernel removes links some time after their namespace is gone. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    static HostState now(Lab lab) {
        return new HostState(lab.hostSnapshot(), lab.onHost().linkNames(), true);
    }

    /** Without links, which a plugin may leave as long as their namespace exists. */
    static HostState withoutLinks(Lab lab) {
        return new HostState(
                lab.hostSnapshot().without(HostState::isOfLinks), new TreeSet<>(), false);
    }

    private static boolean isOfLinks(String thing) {
        return OF_LINKS.contains(thing.replaceFirst(" .*", ""));
    }

    /** What came, went or changed since. */
    List<String> since(HostState before) {
        return things.since(before.things).lines();
    }

    /** Waits until no link is there that was not, except such as may stay; perhaps in vain. */
    void awaitLinks(Lab lab) {
        Wait.holds(
                PATIENCE,
                () ->
                        lab.onHost().linkNames().stream()
                                .filter(name ->
                                        !lab.subject().profile().isPermanent("link " + name))
                                .allMatch(links::contains));
    }

    /** The case fails if the host is not as it was then. */
    void expectAgain(Lab lab, String moment) {
        if (linksCount) {
            awaitLinks(lab);
            lab.expectHostAs(things, moment);
        } else {
            List<String> changed = withoutLinks(lab).since(this);
            Expect.that(
                    changed.isEmpty(),
                    "files and rules on the host have not changed since " + moment,
                    () -> "this changed:\n" + String.join("\n", changed));
        }
    }
}
