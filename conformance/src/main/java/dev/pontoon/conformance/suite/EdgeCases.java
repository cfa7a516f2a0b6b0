package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.DE_FACTO;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.lab.View;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Hosts that are not as a plugin's author had them in mind. */
final class EdgeCases {

    private EdgeCases() {}

    static List<Case> all() {
        return List.of(
                Case.named("edge/ipv6-off-in-container")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Docker makes namespaces with IPv6 switched off, and dual-stack pods failed there.")
                        .rows("E51")
                        .of(Trait.INTERFACE, Trait.DUAL_STACK)
                        .when(
                                "new links of the container have IPv6 off, and an IPv6 address is to be given")
                        .then(
                                "the interface has both addresses, or ADD is refused with the container as it was")
                        .run(EdgeCases::ipv6OffInContainer),
                Case.named("edge/ipv6-off-on-host")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Many hosts have IPv6 switched off altogether.")
                        .rows("E51")
                        .of(Trait.INTERFACE, Trait.DUAL_STACK)
                        .when("the host has IPv6 off, and an IPv6 address is to be given")
                        .then(
                                "the interface has both addresses, or ADD is refused with container and host as they were")
                        .run(EdgeCases::ipv6OffOnHost),
                Case.named("edge/stale-neighbours")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "A pod that got a recently used address could not be reached until the neighbours'"
                                        + " caches timed out.")
                        .rows("E52")
                        .of(Trait.BRIDGE, Trait.GATEWAY, Trait.DELEGATES)
                        .needs(Need.PING)
                        .when(
                                "host and a sibling still have another MAC address for the new container's address")
                        .then("their first echo requests are answered")
                        .run(EdgeCases::staleNeighbours),
                Case.named("edge/read-only-sysctls")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Agents that call plugins in unprivileged containers have a read-only /proc/sys.")
                        .rows("E54")
                        .of(Trait.INTERFACE, Trait.GATEWAY)
                        .needs(Need.PING)
                        .when("/proc/sys is read-only for the plugin, and forwarding is on already")
                        .then("ADD succeeds and the container works")
                        .run(lab -> readOnlySysctls(lab, true)),
                Case.named("edge/read-only-wrong-sysctls")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Agents that call plugins in unprivileged containers have a read-only /proc/sys.")
                        .rows("E54")
                        .of(Trait.INTERFACE, Trait.GATEWAY)
                        .needs(Need.PING)
                        .when("/proc/sys is read-only for the plugin, and forwarding is off")
                        .then(
                                "the container works, or ADD is refused with container and host as they were")
                        .run(lab -> readOnlySysctls(lab, false)),
                Case.named("edge/same-subnet-in-two-networks")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Two networks on one bridge with one subnet gave the same address to two containers.")
                        .rows("E59")
                        .of(Trait.BRIDGE, Trait.DELEGATES)
                        .when(
                                "two networks of different names have the same bridge and the same subnet")
                        .then(
                                "their containers get different addresses, or the second ADD is refused")
                        .run(EdgeCases::sameSubnet),
                Case.named("edge/bridge-with-another-gateway")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "The reference refuses a bridge that has another address, unless forceAddress is set.")
                        .rows("E60")
                        .of(Trait.BRIDGE, Trait.GATEWAY)
                        .needs(Need.PING)
                        .when("the bridge is there with another address of the subnet")
                        .then(
                                "ADD works beside that address, or is refused with bridge and container as they were")
                        .run(EdgeCases::otherGateway),
                Case.named("edge/bridge-down")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "A bridge that an operator set down left new pods without network and without error.")
                        .rows("E60")
                        .of(Trait.BRIDGE, Trait.GATEWAY)
                        .needs(Need.PING)
                        .when("the bridge is there and is down")
                        .then("ADD works, or is refused with the container as it was")
                        .run(EdgeCases::bridgeDown));
    }

    /** Either all works, or ADD was refused and nothing changed. */
    private static void worksOrLeaves(Lab lab, Attachment attachment, Supplier<Reply> add) {
        Container container = attachment.container();
        Snapshot inside = lab.snapshot(container);
        Snapshot host = lab.hostSnapshot();
        Reply reply = add.get();
        if (reply.exit() == 0) {
            lab.keepResult(attachment, reply);
            reply.result();
            Reach.answering(lab, attachment);
            return;
        }
        reply.refused();
        lab.expectContainerAs(container, inside, "before ADD");
        lab.expectHostAs(host, "before ADD");
    }

    private static void ipv6OffInContainer(Lab lab) {
        Container container = lab.container();
        if (!lab.host().exists("/proc/sys/net/ipv6")) {
            throw new NotHere("this kernel has no IPv6");
        }
        lab.in(container)
                .sh(
                        "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6;"
                                + " echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
        var attachment = lab.attachment(container, lab.config(Trait.DUAL_STACK));
        worksOrLeaves(lab, attachment, () -> lab.add(attachment));
    }

    private static void ipv6OffOnHost(Lab lab) {
        if (!lab.host().exists("/proc/sys/net/ipv6")) {
            throw new NotHere("this kernel has no IPv6");
        }
        switchIpv6(lab, "1");
        lab.afterwards(() -> switchIpv6(lab, "0"));
        var attachment = lab.attachment(Trait.DUAL_STACK);
        worksOrLeaves(lab, attachment, () -> lab.add(attachment));
    }

    private static void switchIpv6(Lab lab, String off) {
        lab.host()
                .script(
                        "echo $1 > /proc/sys/net/ipv6/conf/default/disable_ipv6;"
                                + " echo $1 > /proc/sys/net/ipv6/conf/all/disable_ipv6",
                        off);
    }

    private static void staleNeighbours(Lab lab) {
        var sibling = lab.attached();
        String address = "10.88.0.77";
        Optional<String> bridge =
                Reported.of(sibling).interfaces().stream()
                        .map(link -> link.path("name").asText())
                        .filter(name -> lab.host().exists("/sys/class/net/" + name + "/bridge"))
                        .findFirst();
        String name = bridge.orElse(lab.config().path("bridge").asText("cni0"));
        lab.onHost().sh(stale(address, name));
        lab.in(sibling).sh(stale(address, sibling.ifname()));
        var stub =
                lab.stub("conformance-77")
                        .answersAdd(Lab.addresses(lab.version(), address + "/24", ""));
        var attachment = lab.attachment(lab.container(), Networks.withIpam(lab.config(), stub));
        lab.add(attachment).result();
        answersAtOnce(lab.onHost(), "the host", address);
        answersAtOnce(lab.in(sibling), "the sibling", address);
    }

    private static String stale(String address, String link) {
        return "ip neighbour replace "
                + address
                + " lladdr 02:de:ad:be:ef:01 nud stale dev "
                + link;
    }

    private static void answersAtOnce(View from, String who, String address) {
        Expect.that(
                from.run("ping", "-c", "2", "-i", "0.2", "-W", "1", address).exit() == 0,
                who + " gets an answer from " + address + " at once",
                () ->
                        "there is none within a second; its neighbours are "
                                + from.run("ip", "neighbour", "show").out().strip());
    }

    private static void readOnlySysctls(Lab lab, boolean forwarding) {
        if (forwarding) {
            lab.host().script("echo 1 > /proc/sys/net/ipv4/ip_forward");
            lab.afterwards(() -> lab.host().script("echo 0 > /proc/sys/net/ipv4/ip_forward"));
        }
        var attachment = lab.attachment();
        Snapshot inside = lab.snapshot(attachment.container());
        Snapshot host = lab.hostSnapshot();
        Reply reply =
                lab.call("ADD", attachment)
                        .through(
                                "/usr/bin/unshare",
                                "--mount",
                                "/bin/sh",
                                "-c",
                                "mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec \"$0\"")
                        .run();
        lab.keepResult(attachment, reply);
        if (forwarding || reply.exit() == 0) {
            reply.result();
            Reach.answering(lab, attachment);
            return;
        }
        reply.refused();
        lab.expectContainerAs(attachment.container(), inside, "before ADD");
        lab.expectHostAs(host, "before ADD");
    }

    private static void sameSubnet(Lab lab) {
        var first =
                lab.attachment(lab.container(), Networks.withRange(lab, "10.88.0.0/24", "", ""));
        lab.add(first).result();
        ObjectNode config =
                Networks.withRange(lab, "10.88.0.0/24", "", "").put("name", "conformance-too");
        var second = lab.attachment(lab.container(), config);
        Reply reply = lab.add(second);
        if (reply.exit() != 0) {
            reply.refused();
            return;
        }
        AddCases.distinct(List.of(first, second));
    }

    private static void otherGateway(Lab lab) {
        String bridge = lab.config().path("bridge").asText("cni0");
        lab.onHost()
                .sh(
                        "ip link add "
                                + bridge
                                + " type bridge; ip address add 10.88.0.254/24 dev "
                                + bridge
                                + "; ip link set "
                                + bridge
                                + " up");
        var attachment = lab.attachment();
        worksOrLeaves(lab, attachment, () -> lab.add(attachment));
        Expect.contains("addresses of " + bridge, lab.onHost().addresses(bridge), "10.88.0.254/24");
    }

    private static void bridgeDown(Lab lab) {
        lab.onHost()
                .sh("ip link add " + lab.config().path("bridge").asText("cni0") + " type bridge");
        var attachment = lab.attachment();
        worksOrLeaves(lab, attachment, () -> lab.add(attachment));
    }
}
