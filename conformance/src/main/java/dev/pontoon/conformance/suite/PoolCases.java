package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.CniVersion.V0_3_0;
import static dev.pontoon.conformance.spec.Level.DE_FACTO;
import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pontoon.conformance.host.Snapshot;
import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Expect;
import dev.pontoon.conformance.lab.Json;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Reply;
import dev.pontoon.conformance.namespace.Container;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.subject.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Ranges of addresses at their ends, and what else is found where leases are kept. */
final class PoolCases {

    private static final String SUBNET = "10.88.0.0/24";
    private static final String STORE = "/var/lib/cni/networks/";

    private static final String CHOOSES =
            "host-local: Select an unused (by other containers on the same host) IP within the specified range.";

    private PoolCases() {}

    static List<Case> all() {
        return List.of(
                Case.named("pool/exhausted")
                        .level(MUST)
                        .source(Source.SPEC_0_4, "ip-address-management-ipam-interface", CHOOSES)
                        .rows("E09", "ADD-11")
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE)
                        .when("all addresses of the range are taken")
                        .then(
                                "ADD is refused, DEL after it succeeds, and the leases stay as they were")
                        .run(PoolCases::exhausted),
                Case.named("pool/exhausted-below-interface")
                        .level(SHOULD)
                        .spec(
                                "delegated-plugin-execution-procedure",
                                "If, on `ADD`, a delegated plugin fails, the \"upper\" plugin should execute again with"
                                        + " `DEL` before returning failure.")
                        .rows("E09")
                        .of(Trait.INTERFACE, Trait.DELEGATES)
                        .when("an interface plugin's range is exhausted")
                        .then(
                                "ADD is refused, and container and host are as they were, before any DEL")
                        .run(PoolCases::exhausted),
                Case.named("pool/reused")
                        .level(MUST)
                        .source(Source.SPEC_0_4, "ip-address-management-ipam-interface", CHOOSES)
                        .rows("E38")
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE)
                        .when(
                                "the last address of a range was given and an earlier one is free again")
                        .then("the next container gets the free one")
                        .run(PoolCases::reused),
                Case.named("pool/tiny-subnets")
                        .level(DE_FACTO)
                        .source(Source.SPEC_0_4, "ip-address-management-ipam-interface", CHOOSES)
                        .rows("E38")
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE)
                        .when("ranges are /31, /32 and /127")
                        .then("each is refused, or gives an address of its own")
                        .run(PoolCases::tinySubnets),
                Case.named("pool/ipv6-many-leases")
                        .level(DE_FACTO)
                        .source(Source.SPEC_0_4, "ip-address-management-ipam-interface", CHOOSES)
                        .rows("E38")
                        .since(V0_3_0)
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE)
                        .when("the first 10 000 addresses of an IPv6 /64 are taken")
                        .then("ADD gives another address of the subnet in time")
                        .run(PoolCases::ipv6ManyLeases),
                Case.named("pool/ipv6-requested")
                        .level(DE_FACTO)
                        .source(
                                Source.CONVENTIONS,
                                "dynamic-plugin-specific-fields-capabilities--runtime-configuration",
                                "Dynamically allocate IPs for container interface. Runtime passes `ips` capability to"
                                        + " CNI plugin.")
                        .rows("E38")
                        .since(V0_3_0)
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE, Trait.IPS)
                        .when("an address far inside an IPv6 /64 is asked for")
                        .then("it is that one")
                        .run(PoolCases::ipv6Requested),
                Case.named("pool/impossible-requests")
                        .level(DE_FACTO)
                        .source(
                                Source.CONVENTIONS,
                                "dynamic-plugin-specific-fields-capabilities--runtime-configuration",
                                "Dynamically allocate IPs for container interface. Runtime passes `ips` capability to"
                                        + " CNI plugin.")
                        .rows("E39")
                        .since(V0_3_0)
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE, Trait.IPS)
                        .when("the gateway's, the broadcast and a foreign address are asked for")
                        .then("each is refused, says which address, and takes none")
                        .run(PoolCases::impossibleRequests),
                Case.named("pool/second-request")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "A container that asked for an address while it had one held two from then on.")
                        .rows("E39")
                        .since(V0_3_0)
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE, Trait.IPS)
                        .when("a container and interface that have an address ask for another one")
                        .then("it is refused and they keep the one they have")
                        .run(PoolCases::secondRequest),
                Case.named("pool/empty-lease")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "A node that lost power left empty lease files, which blocked their addresses for ever.")
                        .rows("E35")
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE)
                        .when("the only address of the range has an empty lease file")
                        .then("ADD gives it")
                        .run(PoolCases::emptyLease),
                Case.named("pool/old-lease")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Leases of old releases hold the container's id alone, without an interface.")
                        .rows("E35")
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE)
                        .when(
                                "an address has a lease of the old format, which is the container's id alone")
                        .then("nobody else gets it, and that container's DEL releases it")
                        .run(PoolCases::oldLease),
                Case.named("pool/foreign-files")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "Backups and editors leave files in the leases' folder.")
                        .rows("E35")
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE)
                        .when("there are files that are no leases, and one lease that was cut off")
                        .then("ADD and DEL succeed and leave them alone")
                        .run(PoolCases::foreignFiles),
                Case.named("pool/disk-full")
                        .level(DE_FACTO)
                        .source(
                                Source.OPERATORS,
                                "",
                                "On a full disk every failed ADD left an empty lease behind, until the range was empty.")
                        .rows("E36")
                        .of(Trait.POOL, Trait.HOST_LOCAL_STORE)
                        .when("ADD is called three times while the leases' file system is full")
                        .then(
                                "whatever failed took no address, and ADD works when there is room again")
                        .run(PoolCases::diskFull));
    }

    private static Attachment withRange(Lab lab, String first, String last) {
        return lab.attachment(lab.container(), Networks.withRange(lab, SUBNET, first, last));
    }

    private static void exhausted(Lab lab) {
        lab.add(withRange(lab, "10.88.0.5", "10.88.0.5")).result();
        Container container = lab.container();
        var late =
                lab.attachment(
                        container, Networks.withRange(lab, SUBNET, "10.88.0.5", "10.88.0.5"));
        Snapshot inside = lab.snapshot(container);
        Snapshot host = lab.hostSnapshot();
        lab.add(late).refused();
        lab.expectContainerAs(container, inside, "before ADD");
        lab.expectHostAs(host, "before ADD");
        lab.del(late).succeeded();
        lab.expectHostAs(host, "before ADD");
    }

    private static void reused(Lab lab) {
        var first = withRange(lab, "10.88.0.5", "10.88.0.6");
        String address = onlyAddress(lab, first);
        onlyAddress(lab, withRange(lab, "10.88.0.5", "10.88.0.6"));
        lab.del(first).succeeded();
        Expect.equal(
                "the address that the next container gets",
                address,
                onlyAddress(lab, withRange(lab, "10.88.0.5", "10.88.0.6")));
    }

    private static String onlyAddress(Lab lab, Attachment attachment) {
        List<Reported.Ip> ips = new Reported(lab.add(attachment).result()).ips();
        Expect.that(ips.size() == 1, "ADD gives one address", () -> "it gives " + ips);
        return ips.getFirst().host();
    }

    private static void tinySubnets(Lab lab) {
        inSubnetOrRefused(lab, "192.0.2.4/31", Set.of("192.0.2.4", "192.0.2.5"));
        inSubnetOrRefused(lab, "192.0.2.8/32", Set.of("192.0.2.8"));
        inSubnetOrRefused(lab, "fd00:99::4/127", Set.of("fd00:99::4", "fd00:99::5"));
    }

    private static void inSubnetOrRefused(Lab lab, String subnet, Set<String> addresses) {
        var attachment = lab.attachment(lab.container(), Networks.withRange(lab, subnet, "", ""));
        // A plugin may refuse DEL as well with a configuration that it holds to be invalid.
        Reply reply = lab.call("ADD", attachment).run();
        if (reply.exit() != 0) {
            reply.refused();
            return;
        }
        lab.keepResult(attachment, reply);
        for (Reported.Ip ip : new Reported(reply.result()).ips()) {
            Expect.contains("addresses of " + subnet, addresses, ip.host());
        }
    }

    private static void ipv6ManyLeases(Lab lab) {
        var attachment =
                lab.attachment(lab.container(), Networks.withRange(lab, "fd00:99::/64", "", ""));
        String folder = STORE + lab.subject().network();
        lab.afterwards(() -> lab.host().tool("rm", "-rf", folder));
        lab.host()
                .script(
                        "mkdir -p $1; cd $1; i=2; while [ $i -le 10001 ]; do"
                                + " printf 'other\\r\\neth0' > fd00:99::$(printf %x $i); i=$((i + 1)); done",
                        folder);
        String address = onlyAddress(lab, attachment);
        Expect.that(
                address.matches("fd00:99::[0-9a-f:]+")
                        && (address.indexOf(":", 9) >= 0
                                || Integer.parseInt(address.substring(9), 16) > 10_001),
                "the address is one of fd00:99::/64 that nobody has",
                () -> "it is " + address);
        lab.del(attachment).succeeded();
    }

    private static ObjectNode requesting(Lab lab, String subnet, String address) {
        ObjectNode config = Networks.withRange(lab, subnet, "", "");
        Json.merge(config, lab.subject().profile().switchFor(Trait.IPS));
        config.withObject("/runtimeConfig").putArray("ips").add(address);
        return config;
    }

    private static void ipv6Requested(Lab lab) {
        ObjectNode config = requesting(lab, "fd00:99::/64", "fd00:99::abcd:1234");
        Expect.equal(
                "the address",
                "fd00:99::abcd:1234",
                onlyAddress(lab, lab.attachment(lab.container(), config)));
    }

    private static void impossibleRequests(Lab lab) {
        List<String> said = new ArrayList<>();
        Snapshot host = lab.hostSnapshot();
        for (String address : List.of("10.88.0.1", "10.88.0.255", "10.77.0.5")) {
            var attachment = lab.attachment(lab.container(), requesting(lab, SUBNET, address));
            said.add(lab.add(attachment).refused().mentioning(address).msg());
        }
        lab.expectHostAs(host, "before ADD");
        Expect.that(
                said.size() == Set.copyOf(said).size(),
                "each refusal has a message of its own",
                () -> "the messages are " + said);
    }

    private static void secondRequest(Lab lab) {
        Container container = lab.container();
        var attachment = lab.attachment(container, lab.config());
        lab.add(attachment).result();
        Snapshot host = lab.hostSnapshot();
        var greedy = lab.attachment(container, requesting(lab, SUBNET, "10.88.0.99"));
        lab.call("ADD", greedy).run().refused();
        lab.expectHostAs(host, "before the second request");
    }

    /** Puts a file where leases are; it is gone when the case is. */
    private static String file(Lab lab, String name, String content) {
        String path = STORE + lab.subject().network() + "/" + name;
        lab.host().write(path, content);
        lab.afterwards(() -> lab.host().tool("rm", "-f", path));
        return path;
    }

    private static void emptyLease(Lab lab) {
        var attachment = withRange(lab, "10.88.0.5", "10.88.0.5");
        file(lab, "10.88.0.5", "");
        Expect.equal("the address", "10.88.0.5", onlyAddress(lab, attachment));
    }

    private static void oldLease(Lab lab) {
        var holder = withRange(lab, "10.88.0.5", "10.88.0.6");
        String lease = file(lab, "10.88.0.5", holder.id());
        Expect.equal(
                "the address of another container",
                "10.88.0.6",
                onlyAddress(lab, withRange(lab, "10.88.0.5", "10.88.0.6")));
        Expect.equal("the content of the old lease", holder.id(), lab.host().read(lease));
        lab.del(holder).succeeded();
        Expect.that(
                !lab.host().exists(lease),
                "DEL releases the old lease",
                () -> lease + " is still there");
    }

    private static void foreignFiles(Lab lab) {
        var attachment = withRange(lab, "10.88.0.5", "10.88.0.9");
        List<String> files =
                List.of(
                        file(lab, "notes.txt", "do not touch"),
                        file(lab, "10.88.0.300", "not an address"),
                        file(lab, "10.88.0.8", "c\r"));
        onlyAddress(lab, attachment);
        lab.del(attachment).succeeded();
        for (String path : files) {
            Expect.that(lab.host().exists(path), path + " is left alone", () -> "it is gone");
        }
    }

    private static void diskFull(Lab lab) {
        lab.host()
                .script(
                        "mount -t tmpfs -o size=64k full /var/lib/cni; mkdir -p $1",
                        STORE + lab.subject().network());
        lab.afterwards(() -> lab.host().tool("umount", "-l", "/var/lib/cni"));
        lab.host().tool("dd", "if=/dev/zero", "of=/var/lib/cni/filler", "bs=4096");
        for (int n = 0; n < 3; n++) {
            var attachment = lab.attachment();
            if (lab.call("ADD", attachment).run().answered().exit() != 0) {
                String leases = lab.host().script("cd $1; ls", STORE + lab.subject().network());
                Expect.that(
                        leases.lines().noneMatch(name -> name.matches("[0-9.]+")),
                        "a failed ADD leaves no lease",
                        () -> "these files are there: " + leases);
            } else {
                lab.del(attachment).succeeded();
            }
        }
        lab.host().ok("rm", "/var/lib/cni/filler");
        lab.attached();
    }
}
