package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V0_4_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Execution;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Invocation;
import dev.pontoon.conformance.host.Wait;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Section 3 of the spec, several calls at once. */
final class ConcurrencyCases {

    private static final String LIFECYCLE = "lifecycle--ordering";

    private static final String CONCURRENTLY =
            "Plugins must handle being executed concurrently across different containers. If necessary, they must"
                    + " implement locking on shared resources (e.g. IPAM databases).";

    private static final int MANY = 20;
    private static final int ROUNDS = 5;

    private ConcurrencyCases() {}

    static List<Case> all() {
        return List.of(
                Case.named("concurrent/adds-and-dels")
                        .level(MUST)
                        .spec(LIFECYCLE, CONCURRENTLY)
                        .rows("CON-01", "E14")
                        .thorough()
                        .when(
                                "20 containers are attached at once on a host without any state, then detached at once")
                        .then(
                                "all calls succeed, no address is given twice, one bridge serves all, nothing is left")
                        .run(ConcurrencyCases::addsAndDels),
                Case.named("concurrent/mix")
                        .level(MUST)
                        .spec(LIFECYCLE, CONCURRENTLY)
                        .rows("CON-02")
                        .thorough()
                        .when(
                                "four containers are detached, four checked and four attached, all at once")
                        .then("all calls succeed, and exactly those that stay attached work")
                        .run(ConcurrencyCases::mix),
                Case.named("concurrent/two-interfaces")
                        .level(DE_FACTO)
                        .source(
                                Source.RUNTIMES,
                                "",
                                "go-cni attaches a container to all its networks at once unless it is told not to.")
                        .rows("CON-03")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("one container is attached as eth0 and as net1 at once")
                        .then("both calls succeed and both interfaces are there")
                        .run(ConcurrencyCases::twoInterfaces),
                Case.named("concurrent/last-and-first")
                        .level(MUST)
                        .spec(LIFECYCLE, CONCURRENTLY)
                        .rows("CON-02", "E15")
                        .of(Trait.INTERFACE)
                        .when(
                                "the network's only container is detached while the next one is attached, five times")
                        .then("all calls succeed and each new container works")
                        .run(ConcurrencyCases::lastAndFirst),
                Case.named("concurrent/packet-filter-edits")
                        .level(DE_FACTO)
                        .spec(
                                "error",
                                "Try again later. If the plugin detects some transient condition that should clear up,"
                                        + " it can use this code to notify the runtime it should re-try the operation"
                                        + " later.")
                        .rows("CON-05")
                        .of(Trait.MASQUERADE)
                        .needs(Need.NFT)
                        .when("another program adds and removes packet filter tables all the time")
                        .then("ADD succeeds or is refused with code 11, and so does DEL")
                        .run(ConcurrencyCases::packetFilterEdits),
                Case.named("concurrent/xtables-lock")
                        .level(DE_FACTO)
                        .spec(
                                "error",
                                "Try again later. If the plugin detects some transient condition that should clear up,"
                                        + " it can use this code to notify the runtime it should re-try the operation"
                                        + " later.")
                        .rows("CON-05")
                        .of(Trait.MASQUERADE)
                        .when("another program holds the iptables lock for two seconds")
                        .then("ADD succeeds or is refused with code 11, in bounded time")
                        .run(ConcurrencyCases::xtablesLock),
                Case.named("concurrent/executable-replaced")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Plugins are upgraded on running nodes by renaming a new file over the old one.")
                        .rows("E58")
                        .thorough()
                        .when(
                                "the plugin's file is replaced by an equal one, by renaming, while ten containers are attached")
                        .then("all calls succeed")
                        .run(ConcurrencyCases::executableReplaced));
    }

    private static void addsAndDels(Lab lab) {
        Crowd crowd = Crowd.of(lab, MANY, () -> Networks.withAnyOf(lab, Trait.MASQUERADE));
        crowd.addAll();
        if (!lab.has(Trait.FIXED_ADDRESSES)
                && !lab.has(Trait.LOOPBACK)
                && !lab.has(Trait.CHAINED)) {
            AddCases.distinct(crowd.members());
        }
        if (lab.has(Trait.BRIDGE)) {
            oneBridge(lab, crowd.members());
        }
        crowd.delAll();
    }

    private static void oneBridge(Lab lab, List<Attachment> attachments) {
        Set<String> reported = new HashSet<>();
        for (Attachment attachment : attachments) {
            Reported.of(attachment).interfaces().stream()
                    .filter(link -> link.path("sandbox").asText("").isEmpty())
                    .forEach(link -> reported.add(link.path("name").asText()));
        }
        Set<String> masters = new HashSet<>();
        lab.onHost().links().stream()
                .filter(link -> reported.contains(link.path("ifname").asText()))
                .filter(link -> link.has("master"))
                .forEach(link -> masters.add(link.path("master").asText()));
        Expect.that(
                masters.size() <= 1,
                "all containers hang on one bridge",
                () -> "they hang on " + masters);
        for (String bridge : masters) {
            List<String> addresses = lab.onHost().addresses(bridge);
            Expect.that(
                    addresses.size() == Set.copyOf(addresses).size() && addresses.size() <= 2,
                    "the bridge has one gateway address of each family",
                    () -> "it has " + addresses);
        }
    }

    private static void mix(Lab lab) {
        Crowd old = Crowd.of(lab, 8, lab::config);
        Crowd young = Crowd.of(lab, 4, lab::config);
        old.addAll();
        List<Attachment> going = old.members().subList(0, 4);
        List<Attachment> staying = old.members().subList(4, 8);
        List<Crowd.Started> started = new ArrayList<>();
        for (int n = 0; n < 4; n++) {
            started.add(old.del(going.get(n)));
            if (lab.version().atLeast(V0_4_0)) {
                started.add(old.check(staying.get(n)));
            }
            started.add(young.add(young.members().get(n)));
        }
        Crowd.finish(started);
        List<Attachment> attached = new ArrayList<>(staying);
        attached.addAll(young.members());
        if (lab.has(Trait.INTERFACE)) {
            attached.forEach(one -> Reach.working(lab, one));
        }
        if (lab.has(Trait.INTERFACE) && lab.has(Trait.DELEGATES) || lab.has(Trait.POOL)) {
            AddCases.distinct(attached);
        }
    }

    private static void twoInterfaces(Lab lab) {
        Container container = lab.container();
        ObjectNode config = Networks.withoutRoutes(lab, lab.config());
        Attachment first = lab.attachment(container, "eth0", config);
        Attachment second = lab.attachment(container, "net1", config.deepCopy());
        Crowd crowd = Crowd.of(lab, 0, lab::config);
        Crowd.finish(List.of(crowd.add(first), crowd.add(second)));
        Reach.working(lab, first);
        Reach.working(lab, second);
    }

    private static void lastAndFirst(Lab lab) {
        Crowd crowd = Crowd.of(lab, ROUNDS + 1, lab::config);
        Attachment present = crowd.members().getFirst();
        crowd.add(present).finish();
        for (Attachment next : crowd.members().subList(1, ROUNDS + 1)) {
            Crowd.finish(List.of(crowd.del(present), crowd.add(next)));
            Reach.answering(lab, next);
            present = next;
        }
    }

    private static void packetFilterEdits(Lab lab) {
        String flag = Host.OWN + "/edits";
        lab.host().write(flag, "");
        Execution edits =
                lab.host()
                        .start(
                                Invocation.tool(
                                        List.of(
                                                "sh",
                                                "-c",
                                                "while [ -e "
                                                        + flag
                                                        + " ]; do nft add table ip other; nft delete table ip other; done")));
        try {
            Attachment attachment = lab.attachment(lab.container(), lab.config(Trait.MASQUERADE));
            succeededOrTryLater(lab.add(attachment));
            succeededOrTryLater(lab.del(attachment));
        } finally {
            lab.host().tool("rm", "-f", flag);
            edits.await();
        }
    }

    private static void succeededOrTryLater(Reply reply) {
        if (reply.answered().exit() != 0) {
            reply.refused(11);
        }
    }

    private static void xtablesLock(Lab lab) {
        String lock = "/run/xtables.lock";
        String held = Host.OWN + "/lock-held";
        lab.afterwards(() -> lab.host().tool("rm", "-f", lock, held));
        Execution holder =
                lab.host()
                        .start(
                                Invocation.tool(
                                        List.of(
                                                "flock",
                                                lock,
                                                "sh",
                                                "-c",
                                                ": > " + held + "; sleep 2")));
        if (!Wait.holds(Duration.ofSeconds(5), () -> lab.host().exists(held))) {
            throw new NotHere("flock(1) cannot take " + lock);
        }
        try {
            succeededOrTryLater(
                    lab.add(lab.attachment(lab.container(), lab.config(Trait.MASQUERADE))));
        } finally {
            holder.await();
        }
    }

    private static void executableReplaced(Lab lab) {
        String copies = Host.OWN + "/replaced";
        String folder = lab.subject().folder().toString();
        // At the same path, as plugins may look for what else they need beside themselves.
        lab.host().script("cp -a \"$2\" $1; mount --bind $1 \"$2\"", copies, folder);
        lab.afterwards(
                () -> lab.host().tool("sh", "-c", "umount -l \"$1\"; rm -rf $0", copies, folder));
        Crowd crowd = Crowd.of(lab, 10, lab::config);
        List<Crowd.Started> started = new ArrayList<>();
        for (Attachment one : crowd.members()) {
            started.add(crowd.add(one));
            lab.host()
                    .script(
                            "cd $1; cp -a \"$2\" \"$2.new\"; mv -f \"$2.new\" \"$2\"",
                            copies,
                            lab.subject().type());
        }
        Crowd.finish(started);
    }
}
