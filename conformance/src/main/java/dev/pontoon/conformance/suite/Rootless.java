package dev.pontoon.conformance.suite;

import dev.pontoon.conformance.host.HarnessFault;
import dev.pontoon.conformance.host.Host;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Call;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.subject.Trait;
import java.util.ArrayList;
import java.util.List;

/**
 * What a rootless engine gives its plugins: user, mount and network namespaces of an unprivileged
 * user, with file systems of their own where plugins keep their state, and in them a container.
 */
final class Rootless {

    private static final String NETNS = "/run/netns/rootless";
    private static final String ANYBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups ";

    private static final String SCRIPT =
            ANYBODY
                    + "unshare --user --map-root-user --net --mount sh -ec '"
                    + "mount -t tmpfs -o mode=0755 tmpfs /run;"
                    + "mount -t tmpfs -o mode=0755 tmpfs /var/lib;"
                    + "mount -t sysfs sysfs /sys;"
                    + "mkdir -p /run/lock /var/lib/cni;"
                    + "ip link set lo up;"
                    + "ip netns add rootless;"
                    + "echo ready;"
                    + "exec sleep infinity' > $1 2>&1 < /dev/null &\n"
                    + "echo $!\n"
                    + "for try in $(seq 3000); do grep -q . $1 && break; sleep 0.01; done\n";

    private final Lab lab;
    private final String pid;

    private Rootless(Lab lab, String pid) {
        this.lab = lab;
        this.pid = pid;
    }

    /** Makes them. */
    static Rootless in(Lab lab) {
        boolean delegateIsHere = !lab.has(Trait.DELEGATES) || lab.subject().hasPlugin("host-local");
        String executable = lab.subject().executable().toString();
        if (!delegateIsHere
                || lab.host().tool("sh", "-c", ANYBODY + "test -x \"$0\"", executable).exit()
                        != 0) {
            throw new NotHere(
                    "an unprivileged user cannot execute " + executable + " and what it needs");
        }
        String said = Host.OWN + "/rootless";
        String pid = lab.host().script(SCRIPT, said).strip();
        String answer = lab.host().read(said).strip();
        if (!answer.equals("ready")) {
            throw new HarnessFault("make namespaces as an unprivileged user: " + answer);
        }
        return new Rootless(lab, pid);
    }

    /** Attaches the container and detaches it again, and takes all of it away. */
    void attachAndDetach() {
        try {
            prepare();
            Attachment attachment = lab.attachment();
            lab.note("a user namespace of an unprivileged user, and in it CNI_NETNS=" + NETNS);
            inside(lab.call("ADD", attachment)).run().result();
            boolean there = hasLink(attachment.ifname());
            Expect.that(there, attachment.ifname() + " is in the container", () -> "it is not");
            inside(lab.call("DEL", attachment)).run().succeeded();
            boolean left = !lab.has(Trait.LOOPBACK) && hasLink(attachment.ifname());
            Expect.that(
                    !left, attachment.ifname() + " is gone after DEL", () -> "it is still there");
        } finally {
            lab.host().tool("kill", "-KILL", pid);
        }
    }

    /** The user's own host needs what the machine's host was given for plugins of this type. */
    private void prepare() {
        for (String command : lab.subject().profile().host()) {
            if (lab.host().tool(entering("sh", "-e", "-c", command)).exit() != 0) {
                throw new NotHere(
                        "no unprivileged user may do what "
                                + lab.subject().type()
                                + " needs: "
                                + command);
            }
        }
    }

    private Call inside(Call call) {
        return call.env("CNI_NETNS", NETNS).through(enter().toArray(String[]::new));
    }

    private boolean hasLink(String name) {
        return lab.host()
                        .tool(
                                entering(
                                        "nsenter",
                                        "--net=" + NETNS,
                                        "ip",
                                        "link",
                                        "show",
                                        "dev",
                                        name))
                        .exit()
                == 0;
    }

    private List<String> entering(String... command) {
        List<String> line = new ArrayList<>(enter());
        line.addAll(List.of(command));
        return line;
    }

    private List<String> enter() {
        return List.of("/usr/bin/nsenter", "--target", pid, "--user", "--mount", "--net", "--");
    }
}
