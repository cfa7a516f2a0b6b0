package dev.pontoon.conformance.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.host.Place;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.host.Wait;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.subject.Subject;
import dev.pontoon.conformance.subject.Trait;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where one case happens, and the verbs its body is written with.
 *
 * <p>It behaves as a runtime does: a DEL gets the ADD's result back, an ADD that was tried is
 * followed by a DEL. After the body it removes what still stands, and compares host and containers
 * with what they were before.
 */
public final class Lab {

    /**
     * Stubs are executables of this folder of the host; it is first in CNI_PATH once there is one.
     */
    static final String BIN = Host.OWN + "/bin";

    private static final String USUAL_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Bench bench;
    private final Subject subject;
    private final CniVersion version;
    private final List<CniVersion> versions;
    private final Duration timeout;
    private final Recorder recorder = new Recorder();
    private final List<Container> containers = new ArrayList<>();
    private final Map<Container, Before> containersBefore = new HashMap<>();
    private final List<Attachment> attachments = new ArrayList<>();
    private final Map<String, Stub> stubs = new HashMap<>();
    private final List<Runnable> afterwards = new ArrayList<>();
    private final Predecessor predecessor;
    private Snapshot baseline;
    private @Nullable Snapshot left;

    /**
     * @param version what configurations ask for unless a body says otherwise
     * @param versions all that the plugin supports and the harness knows
     * @param timeout for each call of the plugin
     */
    public Lab(
            Bench bench,
            Subject subject,
            CniVersion version,
            List<CniVersion> versions,
            Duration timeout) {
        this.bench = bench;
        this.subject = subject;
        this.version = version;
        this.versions = List.copyOf(versions);
        this.timeout = timeout;
        this.predecessor = new Predecessor(bench.host());
        this.baseline = bench.baseline();
    }

    /**
     * Gives the host what a plugin of this type finds there, such as the link it builds on. Called
     * once, before the body.
     *
     * @throws NotHere when this machine refuses
     */
    public void prepare() {
        for (String command : subject.profile().host()) {
            if (bench.host().tool("sh", "-e", "-c", command).exit() != 0) {
                throw new NotHere(
                        "this machine refuses what " + subject.type() + " builds on: " + command);
            }
        }
        if (!subject.profile().host().isEmpty()) {
            baseline = bench.host().snapshot();
        }
    }

    // What is judged

    public Subject subject() {
        return subject;
    }

    public boolean has(Trait trait) {
        return subject.has(trait);
    }

    /** The version that configurations ask for unless a body says otherwise. */
    public CniVersion version() {
        return version;
    }

    /** All versions that the plugin supports and the harness knows, ascending. */
    public List<CniVersion> versions() {
        return versions;
    }

    // Configurations

    /** The smallest valid configuration, with these traits switched on. */
    public ObjectNode config(Trait... switchedOn) {
        return config(version, switchedOn);
    }

    /** The smallest valid configuration of a version, with these traits switched on. */
    public ObjectNode config(CniVersion wanted, Trait... switchedOn) {
        ObjectNode config =
                Json.object()
                        .put("cniVersion", wanted.toString())
                        .put("name", subject.network())
                        .put("type", subject.type());
        Json.merge(config, subject.profile().config());
        if (has(Trait.DELEGATES)) {
            config.set("ipam", ipam(wanted, List.of(switchedOn).contains(Trait.DUAL_STACK)));
        }
        for (Trait trait : switchedOn) {
            Json.merge(config, subject.profile().switchFor(trait));
        }
        return config;
    }

    /**
     * The {@code ipam} that interface plugins get: the folder's own host-local with 10.88.0.0/24
     * and a default route, and fd00:88::/64 as well for both families; a stub that hands out the
     * same addresses where the folder has none.
     */
    public ObjectNode ipam(boolean dualStack) {
        return ipam(version, dualStack);
    }

    private ObjectNode ipam(CniVersion wanted, boolean dualStack) {
        if (!subject.hasPlugin("host-local")) {
            return Json.object().put("type", fixedAddresses(wanted, dualStack).name());
        }
        return dualStack
                ? Json.object(
                        "{'type':'host-local','ranges':[[{'subnet':'10.88.0.0/24'}],[{'subnet':'fd00:88::/64'}]],"
                                + "'routes':[{'dst':'0.0.0.0/0'},{'dst':'::/0'}]}")
                : Json.object(
                        "{'type':'host-local','ranges':[[{'subnet':'10.88.0.0/24'}]],'routes':[{'dst':'0.0.0.0/0'}]}");
    }

    private Stub fixedAddresses(CniVersion wanted, boolean dualStack) {
        Stub stub = stub(dualStack ? "conformance-ipam-dual" : "conformance-ipam");
        return stub.answersAdd(
                addresses(wanted, "10.88.0.@N@/24", dualStack ? "fd00:88::@N@/64" : ""));
    }

    /**
     * An IPAM result of a version: one IPv4 address with gateway 10.88.0.1 and default route, and
     * an IPv6 one with fd00:88::1 unless it is empty.
     */
    public static ObjectNode addresses(CniVersion version, String address4, String address6) {
        return Results.ipam(version, address4, address6);
    }

    // Containers and attachments

    /** Builds a container with a name of its own. */
    public synchronized Container container() {
        String name = "c" + (containers.size() + 1);
        Container container = bench.workshop().build(name);
        containers.add(container);
        note("built " + bench.builder().title() + ": CNI_NETNS=" + container.netns());
        return container;
    }

    /** A new container with the smallest configuration; nothing is called yet. */
    public Attachment attachment(Trait... switchedOn) {
        return attachment(container(), config(switchedOn));
    }

    /** A container's first interface in a network; nothing is called yet. */
    public Attachment attachment(Container container, ObjectNode config) {
        return attachment(container, has(Trait.LOOPBACK) ? "lo" : "eth0", config);
    }

    /** A container's interface in a network; nothing is called yet. */
    public synchronized Attachment attachment(
            Container container, String ifname, ObjectNode config) {
        if (has(Trait.EXCLUSIVE) && attachments.stream().anyMatch(Attachment::wantsDel)) {
            throw new NotHere(
                    subject.type() + " serves one container at a time, and this case needs more");
        }
        var attachment = new Attachment(container, ifname, config);
        if (has(Trait.CHAINED)) {
            attachment.after(predecessor.prepare(container, ifname, versionOf(config)));
        }
        attachments.add(attachment);
        return attachment;
    }

    private CniVersion versionOf(ObjectNode config) {
        String text = config.path("cniVersion").asText();
        return CniVersion.isKnown(text) ? CniVersion.of(text) : version;
    }

    /** A new container that was attached; the case fails when that fails. */
    public Attachment attached(Trait... switchedOn) {
        Attachment attachment = attachment(switchedOn);
        add(attachment).result();
        return attachment;
    }

    // Verbs, as a runtime does them

    /** Attaches. The result of a success is kept for CHECK and DEL. */
    public Reply add(Attachment attachment) {
        rememberContainer(attachment.container());
        attachment.wantsDel(true);
        Reply reply = call("ADD", attachment).run();
        keepResult(attachment, reply);
        for (ObjectNode follower : subject.followers()) {
            if (reply.exit() != 0 || attachment.resultIfAny().isEmpty()) {
                return reply;
            }
            ObjectNode stdin = followerOf(attachment.config(), follower);
            stdin.set("prevResult", attachment.result());
            reply = follow("ADD", attachment, stdin).run();
            keepResult(attachment, reply);
        }
        return reply;
    }

    /** What a plugin after the first gets: its own part of the list, and what all of them get. */
    private ObjectNode followerOf(ObjectNode first, ObjectNode part) {
        return part.deepCopy()
                .put("name", subject.network())
                .put("cniVersion", first.path("cniVersion").asText());
    }

    private Call follow(String command, Attachment attachment, ObjectNode stdin) {
        Path executable = subject.folder().resolve(stdin.path("type").asText());
        return call(command, attachment).of(executable).config(stdin);
    }

    /** Calls the plugins after the first in this order; the first failure ends it. */
    private Reply followAll(
            String command,
            Attachment attachment,
            List<ObjectNode> parts,
            Reply first,
            UnaryOperator<Call> change) {
        Reply reply = first;
        for (ObjectNode part : parts) {
            if (reply.exit() != 0) {
                return reply;
            }
            ObjectNode stdin = followerOf(attachment.config(), part);
            if (versionOf(stdin).atLeast(CniVersion.V0_4_0)) {
                attachment.resultIfAny().ifPresent(result -> stdin.set("prevResult", result));
            }
            reply = change.apply(follow(command, attachment, stdin)).run();
        }
        return reply;
    }

    /** Keeps what an ADD that a body called itself reported, as {@link #add} does. */
    public void keepResult(Attachment attachment, Reply reply) {
        attachment.wantsDel(true);
        if (reply.exit() == 0) {
            try {
                if (Json.parse(reply.stdout()) instanceof ObjectNode result) {
                    attachment.added(result);
                }
            } catch (com.fasterxml.jackson.core.JsonProcessingException _) {
                // Bodies that need the result say so.
            }
        }
    }

    /** Detaches, with the namespace path that the runtime has by now. */
    public Reply del(Attachment attachment) {
        return del(attachment, UnaryOperator.identity());
    }

    /**
     * Detaches with calls that differ from what they should be like, for each plugin in the same
     * way.
     */
    public Reply del(Attachment attachment, UnaryOperator<Call> change) {
        attachment.wantsDel(false);
        List<ObjectNode> followers = subject.followers().reversed();
        Reply last = followAll("DEL", attachment, followers, Reply.nothing("DEL"), change);
        return last.exit() == 0 ? change.apply(call("DEL", attachment)).run() : last;
    }

    /**
     * Detaches, and once more without a path where a plugin refuses the path because it leads to
     * the host's own namespace by now: plugins of the Go skeleton do so with code 8.
     */
    public Reply detach(Attachment attachment) {
        Reply reply = del(attachment);
        boolean refusesHost = reply.exit() != 0 && leadsToHost(attachment.container().netnsAtDel());
        return refusesHost ? del(attachment, call -> call.env("CNI_NETNS", "")) : reply;
    }

    private boolean leadsToHost(String path) {
        return !path.isEmpty() && namespaceAt(path).equals(namespaceAt("/proc/1/ns/net"));
    }

    /**
     * Detaches as {@link #del(Attachment)} does, but with this as prevResult, whatever ADD
     * reported.
     */
    public Reply del(Attachment attachment, JsonNode prevResult) {
        attachment.wantsDel(false);
        ObjectNode stdin = stdin("DEL", attachment);
        stdin.set("prevResult", prevResult);
        return call("DEL", attachment).config(stdin).run();
    }

    public Reply check(Attachment attachment) {
        Reply first = call("CHECK", attachment).run();
        return followAll("CHECK", attachment, subject.followers(), first, UnaryOperator.identity());
    }

    /** Collects everything of the network of this configuration that the attachments are not. */
    public Reply gc(ObjectNode config, Attachment... valid) {
        ObjectNode stdin = config.deepCopy();
        ArrayNode list = stdin.putArray("cni.dev/valid-attachments");
        for (Attachment attachment : valid) {
            list.addObject().put("containerID", attachment.id()).put("ifname", attachment.ifname());
        }
        stdin.set("cni.dev/attachments", list.deepCopy());
        Reply reply = call("GC").config(stdin).run();
        for (ObjectNode part : subject.followers()) {
            ObjectNode more = followerOf(stdin, part);
            more.set("cni.dev/valid-attachments", list.deepCopy());
            more.set("cni.dev/attachments", list.deepCopy());
            Reply next = followWithout("GC", more);
            reply = reply.exit() == 0 ? next : reply;
        }
        return reply;
    }

    public Reply status(ObjectNode config) {
        Reply reply = call("STATUS").config(config).run();
        for (ObjectNode part : subject.followers()) {
            if (reply.exit() == 0) {
                reply = followWithout("STATUS", followerOf(config, part));
            }
        }
        return reply;
    }

    private Reply followWithout(String command, ObjectNode stdin) {
        Path executable = subject.folder().resolve(stdin.path("type").asText());
        return call(command).of(executable).config(stdin).run();
    }

    /** Asks for the version as libcni does. */
    public Reply versionProbe() {
        return call("VERSION")
                .env("CNI_NETNS", "dummy")
                .env("CNI_IFNAME", "dummy")
                .env("CNI_PATH", "dummy")
                .env("CNI_CONTAINERID", "")
                .env("CNI_ARGS", "")
                .stdin("{\"cniVersion\":\"1.1.0\"}")
                .run();
    }

    /** A call for an attachment with everything that a runtime gives it, to be changed and run. */
    public Call call(String command, Attachment attachment) {
        Container container = attachment.container();
        String netns = command.equals("DEL") ? container.netnsAtDel() : container.netns();
        return call(command, container.place())
                .env("CNI_CONTAINERID", attachment.id())
                .env("CNI_NETNS", netns)
                .env("CNI_IFNAME", attachment.ifname())
                .env("CNI_ARGS", attachment.args())
                .config(stdin(command, attachment));
    }

    /** A call without attachment: only CNI_COMMAND and CNI_PATH, and an empty stdin. */
    public Call call(String command) {
        return call(command, bench.host());
    }

    private Call call(String command, Place place) {
        return new Call(this, place, subject.executable().toString(), timeout)
                .env("CNI_COMMAND", command)
                .env("CNI_PATH", cniPath())
                .env("PATH", USUAL_PATH);
    }

    /** CNI_PATH as calls get it. */
    public String cniPath() {
        Path folder = subject.folder();
        return stubs.isEmpty() ? folder.toString() : BIN + ":" + folder;
    }

    /** What a runtime writes to stdin for that command and attachment. */
    public ObjectNode stdin(String command, Attachment attachment) {
        ObjectNode stdin = attachment.config().deepCopy();
        if (command.equals("ADD")) {
            attachment.previous().ifPresent(previous -> stdin.set("prevResult", previous));
        } else if (versionOf(stdin).atLeast(CniVersion.V0_4_0)) {
            attachment.resultIfAny().ifPresent(result -> stdin.set("prevResult", result));
        }
        return stdin;
    }

    /** A stub plugin of that name; the same one when asked again. */
    public synchronized Stub stub(String name) {
        return stubs.computeIfAbsent(name, _ -> new Stub(bench.host(), name));
    }

    // Looking

    /** The host that the plugin is called in, for arranging and for looking at its files. */
    public Host host() {
        return bench.host();
    }

    /** The host's network namespace. */
    public View onHost() {
        return new View("the host", bench.host()::tool);
    }

    /** A container's network namespace. */
    public View in(Container container) {
        return new View("container " + container.id(), container::enter);
    }

    /** The network namespace of an attachment's container. */
    public View in(Attachment attachment) {
        return in(attachment.container());
    }

    /** What the host holds now, without what the plugin may leave there. */
    public Snapshot hostSnapshot() {
        return judged(bench.host().snapshot());
    }

    /** What a container's namespace holds now. */
    public Snapshot snapshot(Container container) {
        return judged(bench.host().snapshotOf(container.netns()));
    }

    /** The case fails if the host is not as it was then. */
    public void expectHostAs(Snapshot before, String moment) {
        expectSame("the host since " + moment, hostSnapshot().since(before));
    }

    /** The case fails if the container is not as it was then. */
    public void expectContainerAs(Container container, Snapshot before, String moment) {
        expectSame(
                "container " + container.id() + " since " + moment,
                snapshot(container).since(before));
    }

    private void expectSame(String what, Snapshot.Difference difference) {
        recorder.compared(what, difference);
        Expect.that(
                difference.isEmpty(),
                "nothing changed on " + what,
                () -> "this changed:\n" + difference);
    }

    private Snapshot judged(Snapshot snapshot) {
        return snapshot.without(
                thing -> subject.profile().isPermanent(thing) || predecessor.made(thing));
    }

    /**
     * Has something that a body arranged taken back after the last DEL, before anyone looks for
     * leftovers.
     */
    public void afterwards(Runnable step) {
        afterwards.add(step);
    }

    /** Writes into the transcript what a body does between calls. */
    public void note(String text) {
        recorder.note(text);
    }

    Recorder recorder() {
        return recorder;
    }

    // Before and after

    private synchronized void rememberContainer(Container container) {
        if (!containersBefore.containsKey(container) && container.netns().startsWith("/")) {
            String path = container.netns();
            containersBefore.put(container, new Before(namespaceAt(path), snapshot(container)));
        }
    }

    /** A container before its first ADD; a path may lead to another namespace later. */
    private record Before(String namespace, Snapshot snapshot) {}

    /** Device and inode of the namespace that a path leads to now; empty when it leads nowhere. */
    private String namespaceAt(String path) {
        return bench.host().tool("stat", "-Lc", "%d:%i", path).out();
    }

    /** Everything that happened so far. */
    public Transcript transcript() {
        return recorder.transcript();
    }

    /**
     * Does what a runtime does in the end, and looks for what was left behind.
     *
     * @return a finding for each DEL that failed, and for host and containers if they are not as
     *     before
     */
    public List<Outcome.Finding> finish() {
        List<Outcome.Finding> findings = new ArrayList<>();
        for (Attachment attachment : attachments.reversed()) {
            if (attachment.wantsDel()) {
                finish(attachment, findings);
            }
        }
        for (Container container : containers) {
            compare(container, findings);
        }
        afterwards.reversed().forEach(Runnable::run);
        predecessor.remove();
        Snapshot after = hostAtTheEnd();
        left = after;
        Snapshot.Difference onHost = judged(after).since(judged(baseline));
        recorder.compared("the host, before and after the case", onHost);
        if (!onHost.isEmpty()) {
            findings.add(leftover("nothing of the case is left on the host", onHost.toString()));
        }
        return findings;
    }

    /**
     * The kernel removes a link some time after the namespace of its other end, or of a link that
     * builds on it, is gone: what goes then was not left behind by anybody.
     */
    private Snapshot hostAtTheEnd() {
        Snapshot now = bench.host().snapshot();
        if (!hasOtherLinks(now) || containersBefore.keySet().stream().noneMatch(this::isGone)) {
            return now;
        }
        return Wait.within(
                        PATIENCE,
                        () ->
                                Optional.of(bench.host().snapshot())
                                        .filter(later -> !hasOtherLinks(later)))
                .orElseGet(bench.host()::snapshot);
    }

    private boolean hasOtherLinks(Snapshot now) {
        return judged(now).since(judged(baseline)).lines().stream()
                .anyMatch(line -> line.startsWith("+ link ") || line.startsWith("~ link "));
    }

    private boolean isGone(Container container) {
        Before before = containersBefore.get(container);
        return before != null && !namespaceAt(container.netns()).equals(before.namespace());
    }

    private void finish(Attachment attachment, List<Outcome.Finding> findings) {
        Container container = attachment.container();
        if (container.stopsBeforeDel()) {
            container.stop();
        }
        Reply reply = detach(attachment);
        if (reply.exit() != 0) {
            String said = Reply.excerpt(reply.stdout() + " " + reply.stderr());
            findings.add(
                    leftover("the last DEL succeeds", "exit status " + reply.exit() + ", " + said));
        }
    }

    private void compare(Container container, List<Outcome.Finding> findings) {
        Before before = containersBefore.get(container);
        // The number of a namespace that is gone may be its stranger's by now.
        boolean isOwn = container.strangersNetns().isEmpty();
        if (before != null && isOwn && namespaceAt(container.netns()).equals(before.namespace())) {
            Snapshot.Difference difference = snapshot(container).since(before.snapshot());
            recorder.compared(
                    "container " + container.id() + ", before ADD and after DEL", difference);
            if (!difference.isEmpty()) {
                findings.add(
                        leftover(
                                "the container is as it was before ADD",
                                "in container " + container.id() + ":\n" + difference));
            }
        }
    }

    private static Outcome.Finding leftover(String expected, String actual) {
        return new Outcome.Finding(Outcome.Kind.LEFTOVER, List.of(expected), actual);
    }

    /** Removes all containers, whatever happened to them. */
    public void close() {
        RuntimeException first = null;
        for (Container container : containers.reversed()) {
            try {
                container.close();
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /**
     * After {@link #finish} and {@link #close}: whether another case can begin on this bench, which
     * is brought back to what it was if that is possible.
     */
    public boolean restoresBench() {
        return left != null && bench.restored(left);
    }
}
