package dev.pontoon.conformance.suite;

import static dev.pontoon.conformance.spec.Level.MUST;
import static dev.pontoon.conformance.spec.Level.SHOULD;
import static dev.pontoon.conformance.suite.CheckCases.CHECK;
import static dev.pontoon.conformance.suite.CheckCases.draft;

import dev.pontoon.conformance.lab.Attachment;
import dev.pontoon.conformance.lab.Case;
import dev.pontoon.conformance.lab.Lab;
import dev.pontoon.conformance.lab.Need;
import dev.pontoon.conformance.lab.NotHere;
import dev.pontoon.conformance.spec.Level;
import dev.pontoon.conformance.subject.Trait;
import java.util.List;

/** Section 2 of the spec, CHECK: what is on the host, and what no result lists. */
final class CheckHostCases {

    private static final String UNTRACKED =
            "The plugin should return an error if other resources not tracked in the Result type such as the"
                    + " following are missing or are in an invalid state: Firewall rules; Traffic shaping"
                    + " controls; IP reservations; External dependencies such as a daemon required for"
                    + " connectivity; etc.";

    private static final String UNREACHABLE =
            "The plugin should return an error if it is aware of a condition where the container is generally"
                    + " unreachable.";

    /** All that filters or translates, in either of the ways a plugin may have made it. */
    private static final String FLUSH_RULES =
            "nft flush ruleset;"
                    + " for t in $(cat /proc/net/ip_tables_names 2> /dev/null); do"
                    + " iptables-legacy -t $t -F; iptables-legacy -t $t -X; done";

    private CheckHostCases() {}

    static List<Case> all() {
        return List.of(
                detached("check/port-detached")
                        .rows("CHK-08", "E24")
                        .of(Trait.BRIDGE)
                        .when("the container's port was taken out of the bridge")
                        .run(lab -> afterOnHost(lab, "ip link set $port nomaster")),
                detached("check/bridge-removed")
                        .rows("CHK-08")
                        .of(Trait.BRIDGE)
                        .when("the bridge was deleted")
                        .run(lab ->
                                afterOnHost(
                                        lab,
                                        "ip link del $(basename $(readlink /sys/class/net/$port/master))")),
                detached("check/host-link-down")
                        .rows("CHK-08", "CHK-11")
                        .of(Trait.HOST_LINK)
                        .when("the host's end of the container's link was set down")
                        .run(lab -> afterOnHost(lab, "ip link set $port down")),
                detached("check/bridge-down")
                        .rows("CHK-11")
                        .of(Trait.BRIDGE)
                        .when("the bridge was set down")
                        .run(lab ->
                                afterOnHost(
                                        lab,
                                        "ip link set $(basename $(readlink /sys/class/net/$port/master)) down")),
                untracked("check/gateway-address-removed")
                        .rows("CHK-10", "E21")
                        .of(Trait.BRIDGE, Trait.GATEWAY)
                        .when("the bridge lost the gateway's address")
                        .run(lab ->
                                afterOnHost(
                                        lab,
                                        "ip -4 address flush dev"
                                                + " $(basename $(readlink /sys/class/net/$port/master))")),
                detached("check/forwarding-off")
                        .rows("CHK-11", "CHK-10", "E22")
                        .of(Trait.GATEWAY)
                        .when("IPv4 forwarding, which ADD had turned on, was turned off")
                        .run(CheckHostCases::forwardingOff),
                untracked("check/masquerade-removed")
                        .rows("CHK-10", "E20")
                        .of(Trait.MASQUERADE)
                        .needs(Need.NFT)
                        .when("the rules that masquerade the container were flushed")
                        .run(lab -> afterFlush(lab, Trait.MASQUERADE)),
                untracked("check/spoof-check-removed")
                        .rows("CHK-10")
                        .of(Trait.MAC_SPOOF_CHECK)
                        .needs(Need.NFT)
                        .when("the rules against forged MAC addresses were flushed")
                        .run(lab -> afterFlush(lab, Trait.MAC_SPOOF_CHECK)),
                untracked("check/port-mappings-removed")
                        .rows("CHK-10")
                        .of(Trait.PORT_MAPPINGS)
                        .needs(Need.NFT)
                        .when("the rules that forward ports were flushed")
                        .run(lab -> afterFlush(lab, Trait.PORT_MAPPINGS)),
                untracked("check/firewall-removed")
                        .rows("CHK-10")
                        .of(Trait.FIREWALL)
                        .needs(Need.NFT)
                        .when("the rules that accept the container's traffic were flushed")
                        .run(lab -> afterFlush(lab, Trait.FIREWALL)),
                untracked("check/rate-limit-removed")
                        .rows("CHK-10")
                        .of(Trait.BANDWIDTH, Trait.CHAINED)
                        .needs(Need.TRAFFIC_CONTROL)
                        .when("the queueing discipline of the container's link was removed")
                        .run(CheckHostCases::rateLimitRemoved),
                untracked("check/sysctl-changed")
                        .rows("CHK-10")
                        .of(Trait.SYSCTL)
                        .when("a sysctl that the plugin set has another value")
                        .run(CheckHostCases::sysctlChanged),
                untracked("check/hairpin-off")
                        .rows("CHK-10")
                        .of(Trait.BRIDGE, Trait.HAIRPIN)
                        .when("hairpin mode of the port was turned off")
                        .run(CheckHostCases::hairpinOff),
                untracked("check/vlan-removed")
                        .rows("CHK-10")
                        .of(Trait.BRIDGE, Trait.VLAN)
                        .needs(Need.BRIDGE_VLAN_FILTERING)
                        .when("the port was taken off its VLAN")
                        .run(CheckHostCases::vlanRemoved),
                untracked("check/reservation-removed")
                        .rows("CHK-10", "E24")
                        .of(Trait.HOST_LOCAL_STORE)
                        .when("the file that reserves the address was deleted")
                        .run(CheckHostCases::reservationRemoved),
                draft("check/delegate")
                        .level(MUST)
                        .spec(
                                "delegated-plugin-execution-procedure",
                                "If a plugin is executed with `CNI_COMMAND=CHECK`, `DEL`, or `GC`, it must also"
                                        + " execute any delegated plugins.")
                        .rows("CHK-12", "DLG-11")
                        .of(Trait.DELEGATES)
                        .when("CHECK is called where an IPAM plugin gave the address")
                        .then("that plugin is executed once, with CHECK and the same configuration")
                        .run(CheckHostCases::delegate),
                draft("check/delegate-fails")
                        .level(SHOULD)
                        .spec(
                                CHECK,
                                "The plugin should call `CHECK` on any delegated (e.g. IPAM) plugins and pass any"
                                        + " errors on to its caller.")
                        .rows("CHK-12", "DLG-11")
                        .of(Trait.DELEGATES)
                        .when("the IPAM plugin's CHECK fails")
                        .then("CHECK fails")
                        .run(CheckHostCases::delegateFails),
                Case.named("drift/rules-flushed")
                        .level(SHOULD)
                        .spec(
                                "del-remove-container-from-network-or-un-apply-modifications",
                                "Plugins should generally complete a `DEL` action without error even if some"
                                        + " resources are missing.")
                        .rows("E26")
                        .of(Trait.HOST_STATE)
                        .needs(Need.NFT)
                        .when("all rules of the host were flushed before DEL")
                        .then("DEL succeeds and leaves nothing")
                        .run(CheckHostCases::delAfterFlush));
    }

    private static Case.Draft detached(String id) {
        return failing(id, SHOULD, UNREACHABLE);
    }

    private static Case.Draft untracked(String id) {
        return failing(id, SHOULD, UNTRACKED);
    }

    private static Case.Draft failing(String id, Level level, String quote) {
        return draft(id).level(level).spec(CHECK, quote).then("CHECK fails");
    }

    private static void afterOnHost(Lab lab, String script) {
        var attachment = lab.attached();
        new Wiring(lab, attachment).onHost(script);
        lab.check(attachment).refused();
    }

    private static void afterFlush(Lab lab, Trait trait) {
        var attachment = checked(lab, trait);
        new Wiring(lab, attachment).onHost(FLUSH_RULES);
        lab.check(attachment).refused();
    }

    /** A container with that trait switched on, whose CHECK succeeds as long as nobody meddles. */
    private static Attachment checked(Lab lab, Trait trait) {
        var attachment = lab.attached(trait);
        lab.check(attachment).succeeded();
        return attachment;
    }

    private static void delAfterFlush(Lab lab) {
        var attachment = lab.attachment(lab.container(), Rules.config(lab));
        lab.add(attachment).result();
        new Wiring(lab, attachment).onHost(FLUSH_RULES);
        lab.del(attachment).succeeded();
    }

    private static void forwardingOff(Lab lab) {
        var attachment = lab.attached();
        if (!lab.onHost().sh("cat /proc/sys/net/ipv4/ip_forward").strip().equals("1")) {
            throw new NotHere("ADD does not turn forwarding on");
        }
        new Wiring(lab, attachment).onHost("echo 0 > /proc/sys/net/ipv4/ip_forward");
        lab.check(attachment).refused();
    }

    private static void rateLimitRemoved(Lab lab) {
        var attachment = checked(lab, Trait.BANDWIDTH);
        new Wiring(lab, attachment).onHost("tc qdisc del dev $port root");
        lab.check(attachment).refused();
    }

    private static void sysctlChanged(Lab lab) {
        var attachment = checked(lab, Trait.SYSCTL);
        String name =
                attachment.config().path("sysctl").properties().stream()
                        .map(entry -> entry.getKey())
                        .findFirst()
                        .orElseThrow(
                                () -> new NotHere("the profile's configuration names no sysctl"));
        String path = "/proc/sys/" + name.replace('.', '/').replace("IFNAME", attachment.ifname());
        new Wiring(lab, attachment).inside("echo $(($(cat " + path + ") ^ 1)) > " + path);
        lab.check(attachment).refused();
    }

    private static void hairpinOff(Lab lab) {
        var attachment = checked(lab, Trait.HAIRPIN);
        new Wiring(lab, attachment).onHost("ip link set $port type bridge_slave hairpin off");
        lab.check(attachment).refused();
    }

    private static void vlanRemoved(Lab lab) {
        var attachment = checked(lab, Trait.VLAN);
        String vlan = attachment.config().path("vlan").asText();
        new Wiring(lab, attachment).onHost("bridge vlan del dev $port vid " + vlan);
        lab.check(attachment).refused();
    }

    private static void reservationRemoved(Lab lab) {
        var attachment = lab.attached();
        removeReservation(lab, attachment);
        lab.check(attachment).refused();
    }

    private static void removeReservation(Lab lab, Attachment attachment) {
        for (var ip : attachment.result().path("ips")) {
            String address = ip.path("address").asText().replaceFirst("/.*", "");
            new Wiring(lab, attachment).onHost("rm /var/lib/cni/networks/conformance/" + address);
        }
    }

    private static void delegate(Lab lab) {
        var ipam = new Watched(lab);
        var attachment = lab.attachment(lab.container(), ipam.config());
        lab.add(attachment).result();
        lab.check(attachment).succeeded();
        var calls = ipam.expect(1, "CHECK");
        Watched.expectStdin(lab.stdin("CHECK", attachment), calls.getFirst());
    }

    private static void delegateFails(Lab lab) {
        var ipam = new Watched(lab);
        var attachment = lab.attachment(lab.container(), ipam.config());
        lab.add(attachment).result();
        ipam.stub().refuses("CHECK", 117, "the harness's own reservation is gone");
        lab.check(attachment).refused();
    }
}
