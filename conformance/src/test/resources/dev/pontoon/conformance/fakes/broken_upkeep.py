"""Breaks CHECK, GC, STATUS, and how an IPAM plugin is used: one rule each."""

import json
import os
import time
import good
import kernel
from breaking import breaks, wrap
from kernel import Lock, Records, batch
from protocol import BAD_CONFIG, INPUT_FAILED, INTERNAL, TRY_LATER, UNAVAILABLE, WRONG_STATE, CniError

ADD_OK, ADD_FAILS = "ADD succeeds", "ADD fails"
DEL_OK, DEL_FAILS = "DEL succeeds", "DEL fails"
CHECK_OK, CHECK_FAILS = "CHECK succeeds", "CHECK fails"
GC_OK, GC_FAILS = "GC succeeds", "GC fails"
STATUS_OK, STATUS_FAILS = "STATUS succeeds", "STATUS fails"
SILENT = "prints nothing on stdout"
SAME = "nothing changed on"
RULES_SAME = "files and rules on the host have not changed"
CALLS = "the list of calls"
STDIN = "gets the configuration that the plugin got"
ONE_OBJECT = "one JSON object"


def talks(command):
    """Prints a word where a success of that command says nothing."""

    def mangle(call, exit, out, err):
        return exit, b"done\n" + out if call.command == command and exit == 0 else out, err

    return mangle


wrap("check/after-add", says=SILENT)(talks("CHECK"))
wrap("gc/stale", says=SILENT)(talks("GC"))
wrap("gc/live", type="host-local", says=SILENT)(talks("GC"))
wrap("gc/other-interface", says=SILENT)(talks("GC"))
wrap("gc/other-network", says=SILENT)(talks("GC"))
wrap("gc/own-stale-only", says=SILENT)(talks("GC"))
wrap("gc/namespace-still-there", says=SILENT)(talks("GC"))
wrap("gc/empty-list", says=SILENT)(talks("GC"))
wrap("gc/null-list", says=SILENT)(talks("GC"))
wrap("gc/never-used", type="static", says=SILENT)(talks("GC"))
wrap("gc/repeated", says=SILENT)(talks("GC"))
wrap("gc/delegate", says=SILENT)(talks("GC"))
wrap("status/ready", type="loopback", says=SILENT)(talks("STATUS"))


def touch(path):
    with open(path, "w"):
        pass


# CHECK: what the result lists.


@breaks("check/after-add", says=CHECK_OK)
class NeverContent(good.Loopback):
    def check(self):
        self.fail(WRONG_STATE, "something may be wrong")


@breaks("check/without-previous-result", says=CHECK_FAILS)
@breaks("check/null-previous-result", says=CHECK_FAILS)
class NeedsNoPrevious(good.Bridge):
    def do_check(self):
        if self.prev_result() is not None:
            self.check()


@breaks("check/missing-netns", says=CHECK_FAILS)
class IgnoresMissingNetns(good.Bridge):
    def check(self):
        if os.path.exists(self.netns):
            super().check()


@breaks("check/interface-removed", says=CHECK_FAILS)
@breaks("check/interface-renamed", says=CHECK_FAILS)
@breaks("check/after-del", says=CHECK_FAILS)
class IgnoresMissingLink(good.Bridge):
    def check(self):
        if self.ifname in kernel.links(self.container()):
            super().check()


@breaks("check/interface-down", says=CHECK_FAILS)
class IgnoresLinkDown(good.Bridge):
    def check(self):
        if "UP" in self.link_in(self.container())["flags"]:
            super().check()


@breaks("check/interface-down", says=CHECK_FAILS)
class IgnoresLoopbackDown(good.Loopback):
    def check(self):
        self.container()


@breaks("check/other-kind-of-interface", says=CHECK_FAILS)
class IgnoresKind(good.Bridge):
    def check(self):
        if kernel.kind(self.link_in(self.container())) == "veth":
            super().check()


@breaks("check/mac-changed", says=CHECK_FAILS)
class IgnoresMac(good.Bridge):
    def check_link(self, link, entry):
        super().check_link(link, {**entry, "mac": ""})


@breaks("check/mtu-changed", says=CHECK_FAILS)
class IgnoresMtu(good.Bridge):
    def check_link(self, link, entry):
        super().check_link(link, {**entry, "mtu": 0})


@breaks("check/mac-of-later-plugin", says=CHECK_OK)
class InsistsOnOwnMac(good.Bridge):
    def set_up_host(self, record, own, link):
        super().set_up_host(record, own, link)
        with Lock():
            self.records.write(self.container_id, self.ifname, {**record, "mac": link["address"]})

    def check_link(self, link, entry):
        own = self.records.read(self.container_id, self.ifname)["mac"]
        super().check_link(link, {**entry, "mac": own})


@breaks("check/address-replaced", says=CHECK_FAILS)
class IgnoresAddresses(good.Bridge):
    def check_addresses(self, netns, ips):
        pass


@breaks("check/extra-address", says=CHECK_OK)
class AllowsNoOtherAddress(good.Bridge):
    def check_addresses(self, netns, ips):
        super().check_addresses(netns, ips)
        shown = batch([f"-4 addr show dev {self.ifname}"], netns)
        if sum(len(link["addr_info"]) for link in shown) > len(ips):
            self.fail(WRONG_STATE, f"{self.ifname} has an address too many")


@breaks("check/route-removed", says=CHECK_FAILS)
class IgnoresRoutes(good.Bridge):
    def check_routes(self, netns, prev):
        pass


@breaks("check/extra-route", says=CHECK_OK)
class AllowsNoOtherRoute(good.Bridge):
    def check_routes(self, netns, prev):
        super().check_routes(netns, prev)
        there = [r for r in batch(["route show"], netns) if r.get("protocol") != "kernel"]
        if len(there) > len(prev["routes"]):
            self.fail(WRONG_STATE, f"{self.container_id} has a route too many")


@breaks("check/unlisted-route-removed", says=CHECK_OK)
class InsistsOnOwnRoutes(good.Bridge):
    def check_routes(self, netns, prev):
        super().check_routes(netns, {**prev, "routes": [{"dst": "0.0.0.0/0"}]})


@breaks("check/wrong-sandbox", says=CHECK_FAILS)
class IgnoresSandbox(good.Bridge):
    def is_sandbox(self, path):
        return bool(path)


@breaks("check/entries-of-other-plugins", says=CHECK_OK)
class TakesAllForItsOwn(good.Bridge):
    def own_ips(self, prev, index):
        return prev["ips"]


@breaks("check/changes-nothing", says="nothing changed on the host")
class NotesEveryCheck(good.Static):
    def check(self):
        super().check()
        touch("/run/good-was-checked")


@breaks("check/changes-nothing", says="nothing changed on container")
@breaks("check/repairs-nothing", says="nothing changed on container")
class RepairsRoutes(good.Bridge):
    def check(self):
        batch([f"route replace default via 10.88.0.1 dev {self.ifname} mtu 1300"], self.container())
        super().check()


@breaks("check/repairs-nothing", says="nothing changed on the host")
class NotesFailures(good.Bridge):
    def check_route(self, route, there, ips):
        touch("/run/good-was-checked")
        super().check_route(route, there, ips)


@breaks("check/changes-nothing", says=CHECK_OK)
class ChecksOnce(good.Loopback):
    def check(self):
        if os.path.exists("/run/good-was-checked"):
            self.fail(TRY_LATER, "it was checked just now")
        touch("/run/good-was-checked")


@breaks("check/after-release", says=CHECK_FAILS)
@breaks("check/reservation-removed", says=CHECK_FAILS)
class IgnoresReservation(good.HostLocal):
    def check(self):
        pass


# CHECK: the host, and what no result lists.


def tolerant(plugin, words):
    """That plugin, but a CHECK that would fail with these words goes on."""

    class Tolerant(plugin):
        def fail(self, code, msg, details=""):
            if self.command != "CHECK" or words not in msg:
                super().fail(code, msg, details)

    return Tolerant


for case, plugin, words in (
    ("check/port-detached", good.Bridge, "is no port of"),
    ("check/host-link-down", good.Bridge, "is down"),
    ("check/bridge-down", good.Bridge, "is down"),
    ("check/gateway-address-removed", good.Bridge, "has no address"),
    ("check/forwarding-off", good.Bridge, "forwarding is off"),
    ("check/forwarding-off", good.Ptp, "forwarding is off"),
    ("check/masquerade-removed", good.Bridge, "masquerade rules"),
    ("check/spoof-check-removed", good.Bridge, "nothing checks MAC addresses"),
    ("check/port-mappings-removed", good.Portmap, "rules for the ports"),
    ("check/firewall-removed", good.Firewall, "the rules that accept"),
    ("check/rate-limit-removed", good.Bandwidth, "is not limited to"),
    ("check/sysctl-changed", good.Tuning, "/proc/sys/"),
    ("check/hairpin-off", good.Bridge, "not in hairpin mode"),
    ("check/vlan-removed", good.Bridge, "is not on VLAN"),
):
    breaks(case, says=CHECK_FAILS)(tolerant(plugin, words))


@breaks("check/bridge-removed", says=CHECK_FAILS)
class IgnoresMissingBridge(good.Bridge):
    def check_host(self, link, prev, ips):
        if self.bridge in kernel.links():
            super().check_host(link, prev, ips)


class NeverContentWithSwitches(good.Bridge):
    def check_port(self, port, prev):
        self.fail(WRONG_STATE, "something may be wrong")


for case in ("check/masquerade-removed", "check/spoof-check-removed", "check/hairpin-off", "check/vlan-removed"):
    breaks(case, says=CHECK_OK)(NeverContentWithSwitches)


@breaks("drift/rules-flushed", says=DEL_OK)
class NeedsRulesToRemove(good.Bridge):
    def remove_masquerade(self, record):
        if record.get("masquerade") and not kernel.table_rules("inet", self.masquerade_table(record)):
            self.fail(INTERNAL, "the rules are not there")
        super().remove_masquerade(record)


# GC.


@breaks("gc/does-something", says="GC removes something")
class CollectsNothing(good.Bridge):
    def gc(self, valid):
        pass


@breaks("gc/stale", says=SAME)
@breaks("gc/goes-on-without-delegate", says=SAME)
class CollectsNothingOfItsOwn(good.Bridge):
    def gc(self, valid):
        self.delegate("GC")


@breaks("gc/stale", says=SAME)
class CollectsNoReservations(good.HostLocal):
    def gc(self, valid):
        pass


@breaks("gc/stale", says=SAME)
class CollectsLiveOnesToo(good.Bridge):
    def stale(self, valid):
        return super().stale(set())


@breaks("gc/live", says="nothing changed on the host")
class CollectsEverything(good.HostLocal):
    def gc(self, valid):
        super().gc(set())


@breaks("gc/live", says="nothing changed on container")
class MeddlesWithLiveOnes(good.Loopback):
    def gc(self, valid):
        for name in os.listdir("/run/netns"):
            batch(["link add name goodgc type bridge"], kernel.open_netns(f"/run/netns/{name}"))


@breaks("gc/other-interface", says=RULES_SAME)
class KeepsWholeContainers(good.HostLocal):
    def gc(self, valid):
        live = {container_id for container_id, _ in valid}
        self.release(lambda holder: holder.split()[0] not in live)


@breaks("gc/other-interface", says=RULES_SAME)
class CollectsWholeContainers(good.HostLocal):
    def gc(self, valid):
        holders = {f"{container}\r\n{ifname}" for container, ifname in valid}
        dead = {holder.split()[0] for holder in self.leases().values() if holder not in holders}
        self.release(lambda holder: holder.split()[0] in dead)


@breaks("gc/other-network", says=SAME)
@breaks("gc/own-stale-only", says=RULES_SAME)
class CollectsOtherNetworks(good.Bridge):
    def gc(self, valid):
        own = self.config["name"]
        for network in kernel.listed(Records.ROOT):
            self.config["name"] = network
            for pair in self.stale(valid):
                self.clean_attachment(*pair)
        self.config["name"] = own
        self.delegate("GC")


@breaks("gc/own-stale-only", says=RULES_SAME)
class CollectsByContainerInAllNetworks(good.HostLocal):
    def gc(self, valid):
        own = self.config["name"]
        dead = {container_id for container_id in self.leases().values()}
        for network in ("conformance", own):
            self.config["name"] = network
            self.release(lambda holder: any(holder.split()[0] == one.split()[0] for one in dead))


@breaks("gc/namespace-still-there", says=RULES_SAME)
class SparesLivingNamespaces(good.Bridge):
    def gc(self, valid):
        if not os.listdir("/run/netns"):
            super().gc(valid)


@breaks("gc/namespace-still-there", says=GC_OK)
class RefusesLivingNamespaces(good.Bridge):
    def gc(self, valid):
        if os.listdir("/run/netns"):
            self.fail(TRY_LATER, "a namespace of an attachment to be collected is alive")
        super().gc(valid)


@breaks("gc/during-add", says=CHECK_OK)
class CollectsWhatItDoesNotKnow(good.HostLocal):
    # So that GC has looked before there is anything new, however slowly it starts.
    def add(self):
        time.sleep(1)
        return super().add()

    def gc(self, valid):
        known = set(self.leases().values())
        time.sleep(2)
        self.release(lambda holder: holder not in known)


@breaks("gc/during-add", says=GC_OK)
class IsBusy(good.HostLocal):
    def add(self):
        touch("/run/good-is-adding")
        time.sleep(1)
        return super().add()

    def gc(self, valid):
        if os.path.exists("/run/good-is-adding"):
            self.fail(TRY_LATER, "somebody adds")


@breaks("gc/during-add", says=ADD_OK)
class IsOnceBusy(good.HostLocal):
    def add(self):
        if os.path.exists("/run/good-has-added"):
            self.fail(TRY_LATER, "somebody adds")
        touch("/run/good-has-added")
        return super().add()


@breaks("gc/during-add", says="address of its own")
class GivesOneAddressToAll(good.HostLocal):
    def choose(self, index, ranges, leases):
        return ranges[0].first + 8, ranges[0]

    def check(self):
        pass


@breaks("gc/empty-list", says=SAME)
@breaks("gc/null-list", says=SAME)
class TakesEmptyListForNone(good.Bridge):
    def gc(self, valid):
        if valid:
            super().gc(valid)


@breaks("gc/null-list", says=GC_OK)
class RefusesNull(good.Bridge):
    def attachment_list(self, key):
        if self.config[key] is None:
            self.fail(BAD_CONFIG, f"{key} is null")
        return super().attachment_list(key)


@breaks("gc/absent-list", says=SAME)
class TakesNoListForEmpty(good.Bridge):
    def valid_attachments(self):
        listed = "cni.dev/valid-attachments" in self.config or "cni.dev/attachments" in self.config
        return super().valid_attachments() if listed else set()


@breaks("gc/valid-list-wins", says=SAME)
class BelievesLegacyList(good.Bridge):
    def valid_attachments(self):
        return {self.attachment(one) for one in self.attachment_list("cni.dev/attachments")}


@breaks("gc/valid-list-wins", says=GC_OK)
@breaks("gc/legacy-list-loses", says=GC_OK)
class WantsListsToAgree(good.Bridge):
    def valid_attachments(self):
        if self.config.get("cni.dev/attachments") != self.config.get("cni.dev/valid-attachments"):
            self.fail(BAD_CONFIG, "the lists differ")
        return super().valid_attachments()


@breaks("gc/legacy-list-loses", says=SAME)
class BelievesBothLists(good.Bridge):
    def valid_attachments(self):
        keys = ("cni.dev/attachments", "cni.dev/valid-attachments")
        return {self.attachment(one) for key in keys for one in self.attachment_list(key)}


@breaks("gc/legacy-list", says=SAME)
class IgnoresLegacyList(good.Bridge):
    def valid_attachments(self):
        return {self.attachment(one) for one in self.config.get("cni.dev/valid-attachments") or ()}


class SkipsMalformed(good.HostLocal):
    """Takes what it does not understand for nothing."""

    def valid_attachments(self):
        given = self.config["cni.dev/valid-attachments"]
        pairs = [(one.get("containerID"), one.get("ifname")) for one in given if isinstance(one, dict)]
        return {pair for pair in pairs if all(pair)}


class IgnoresMalformed(good.HostLocal):
    """Does nothing then, and says so to nobody."""

    def do_gc(self):
        try:
            super().do_gc()
        except CniError:
            pass


class NumbersMalformedWrong(good.HostLocal):
    def do_gc(self):
        try:
            super().do_gc()
        except CniError as error:
            self.fail(INTERNAL, error.msg)


for case in ("gc/list-of-wrong-type", "gc/entry-without-container", "gc/entry-without-interface"):
    breaks(case, says=SAME)(SkipsMalformed)
    breaks(case, says=GC_FAILS)(IgnoresMalformed)
    breaks(case, says="has code 6 or 7")(NumbersMalformedWrong)


@breaks("gc/never-used", says=GC_OK)
class NeedsFolderToCollect(good.HostLocal):
    def gc(self, valid):
        if not os.path.isdir(self.folder):
            self.fail(INPUT_FAILED, f"there is no {self.folder}")


@breaks("gc/never-used", says=GC_OK)
@breaks("gc/repeated", says=GC_OK)
class CollectsOnce(good.HostLocal):
    def gc(self, valid):
        if os.path.exists("/run/good-has-collected"):
            self.fail(TRY_LATER, "that was done just now")
        touch("/run/good-has-collected")
        super().gc(valid)


class AsksNobody(good.Bridge):
    """Executes no other plugin for the command in question."""

    SPARED = ()

    def delegate(self, command):
        return b"" if command in self.SPARED else super().delegate(command)


class AsksTwice(good.Bridge):
    SPARED = ()

    def delegate(self, command):
        if command in self.SPARED:
            super().delegate(command)
        return super().delegate(command)


class HandsOverIpamOnly(good.Bridge):
    """Gives the other plugin the part of the configuration that is for it."""

    SPARED = ()

    def delegate_stdin(self):
        if self.command not in self.SPARED:
            return super().delegate_stdin()
        kept = ("cniVersion", "name", "type", "ipam")
        return json.dumps({key: self.config[key] for key in kept if key in self.config}).encode() + b" \n"


class HandsOverChanged(HandsOverIpamOnly):
    """Gives it something of its own as well."""

    def delegate_stdin(self):
        if self.command not in self.SPARED:
            return super().delegate_stdin()
        return json.dumps({**self.config, "upper": "bridge"}).encode()


class HandsOverGarbage(HandsOverIpamOnly):
    def delegate_stdin(self):
        return b"" if self.command in self.SPARED else super().delegate_stdin()


class SwallowsFailure(good.Bridge):
    """Takes a failure of the other plugin for a success."""

    SPARED = ()

    def delegate_failed(self, code, out, err):
        if self.command not in self.SPARED:
            super().delegate_failed(code, out, err)


def sparing(plugin, *commands):
    return type(plugin.__name__, (plugin,), {"SPARED": commands})


for case, command in (
    ("check/delegate", "CHECK"),
    ("gc/delegate", "GC"),
    ("status/delegate", "STATUS"),
    ("delegation/del", "DEL"),
):
    breaks(case, says=CALLS)(sparing(AsksNobody, command))
    breaks(case, says=CALLS)(sparing(AsksTwice, command))
    breaks(case, says=STDIN)(sparing(HandsOverChanged, command))
    breaks(case, says=STDIN)(sparing(HandsOverGarbage, command))
breaks("gc/delegate", says=STDIN)(sparing(HandsOverIpamOnly, "GC"))
breaks("check/delegate-fails", says=CHECK_FAILS)(sparing(SwallowsFailure, "CHECK"))
breaks("gc/delegate-fails", says=GC_FAILS)(sparing(SwallowsFailure, "GC"))
breaks("status/delegate-fails", says=STATUS_FAILS)(sparing(SwallowsFailure, "STATUS"))
breaks("delegation/del-fails", says=DEL_FAILS)(sparing(SwallowsFailure, "DEL"))


@breaks("gc/goes-on-without-delegate", says=SAME)
class AsksDelegateFirst(good.Bridge):
    def gc(self, valid):
        self.delegate("GC")
        self.every(*[(self.clean_attachment, *pair) for pair in self.stale(valid)])


@breaks("gc/one-removal-fails", says="that can be deleted are gone")
class StopsAtFirstFailure(good.HostLocal):
    def release(self, condition):
        for address, holder in sorted(self.leases().items()):
            if condition(holder):
                self.drop(str(address))


@breaks("gc/one-removal-fails", says=GC_FAILS)
class KeepsFailuresToItself(good.HostLocal):
    def drop(self, name):
        try:
            super().drop(name)
        except OSError:
            pass


# STATUS.


@breaks("status/ready", says=STATUS_OK)
class NeverReady(good.Static):
    def status(self):
        self.fail(UNAVAILABLE, "try another one")


@breaks("status/ready", says=STATUS_OK)
class WantsAttachmentForStatus(good.Bridge):
    def status(self):
        if not self.env("CNI_CONTAINERID"):
            self.bad_environment("STATUS needs CNI_CONTAINERID")
        super().status()


@breaks("status/does-something", says=STATUS_FAILS)
class AlwaysReady(good.Bridge):
    def read_config(self):
        if self.command != "STATUS":
            super().read_config()

    def status(self):
        pass


@breaks("status/does-something", says=STATUS_FAILS)
class AlwaysReadyToGive(good.HostLocal):
    def judge_config(self):
        if self.command != "STATUS":
            super().judge_config()

    def status(self):
        pass


@breaks("status/read-only-store", says=STATUS_FAILS)
class IgnoresReadOnlyStore(good.HostLocal):
    def check_writable(self):
        pass


@breaks("status/read-only-store", says="has code 50 or 51")
class NumbersStatusWrong(good.HostLocal):
    def fail(self, code, msg, details=""):
        super().fail(INPUT_FAILED if code == UNAVAILABLE else code, msg, details)


@breaks("status/pool-exhausted", says=STATUS_FAILS)
class IgnoresFullPool(good.HostLocal):
    def status(self):
        self.check_writable()


@breaks("status/pool-exhausted", says="has code 50")
class TellsToTryLater(good.HostLocal):
    def exhausted(self):
        return TRY_LATER


@breaks("status/pool-exhausted", says=STATUS_OK)
class StaysExhausted(good.HostLocal):
    def status(self):
        if os.path.isdir(self.folder):
            self.fail(UNAVAILABLE, "no address is free")


@breaks("status/pool-exhausted", says=ADD_OK)
class LeavesOneFree(good.HostLocal):
    def choose(self, index, ranges, leases):
        if ranges[0].first == ranges[0].last:
            self.fail(TRY_LATER, "one address has to stay free")
        return super().choose(index, ranges, leases)


@breaks("status/pool-exhausted", says=DEL_OK)
class KeepsLastAddress(good.HostLocal):
    def delete(self):
        self.fail(TRY_LATER, "not now")


class ForgetsVariables(good.Bridge):
    """Gives the other plugin an environment without some variables."""

    FORGOTTEN = ()
    GIVEN = {}

    def delegate_environment(self, command):
        found = super().delegate_environment(command)
        return {**{name: value for name, value in found.items() if name not in self.FORGOTTEN}, **self.GIVEN}


def forgetting(*names, **given):
    given = {name.encode(): value.encode() for name, value in given.items()}
    return type("Forgets", (ForgetsVariables,), {"FORGOTTEN": [name.encode() for name in names], "GIVEN": given})


breaks("status/delegate", says="variable HARNESS")(forgetting("HARNESS"))


@breaks("status/delegate", says=STATUS_OK)
class NeverReadyWithDelegate(good.Bridge):
    def status(self):
        super().status()
        self.fail(UNAVAILABLE, "try another one")


@breaks("status/delegate-fails", says="has code 50 or 51")
class NumbersDelegateWrong(good.Bridge):
    def delegate_failed(self, code, out, err):
        self.fail(INTERNAL, "the IPAM plugin is not ready")


@breaks("status/missing-delegate", says=STATUS_FAILS)
class IgnoresMissingDelegate(good.Bridge):
    def status(self):
        try:
            self.find_delegate()
        except CniError:
            return
        super().status()


class NotesStatus(good.Bridge):
    NOTE = "/run/good-is-not-ready"

    def status(self):
        touch(self.NOTE)
        super().status()

    def refuse(self):
        if os.path.exists(self.NOTE):
            self.fail(UNAVAILABLE, "the status was not good")


@breaks("status/bars-nothing", says=ADD_OK)
class AddsOnlyWhenReady(NotesStatus):
    def add(self):
        self.refuse()
        return super().add()


@breaks("status/bars-nothing", says=DEL_OK)
class DeletesOnlyWhenReady(NotesStatus):
    def delete(self):
        self.refuse()
        super().delete()


@breaks("status/changes-nothing", says="STATUS changes nothing")
class PreparesAtStatus(good.Bridge):
    def status(self):
        self.make_bridge()
        super().status()


# Delegation.


@breaks("delegation/lookup", says=ADD_OK)
class SearchesBackwards(good.Bridge):
    def env(self, name):
        value = super().env(name)
        return ":".join(reversed(value.split(":"))) if name == "CNI_PATH" else value


@breaks("delegation/lookup", says=ADD_OK)
class SearchesFirstFolder(good.Bridge):
    def env(self, name):
        value = super().env(name)
        return value.partition(":")[0] if name == "CNI_PATH" else value


@breaks("delegation/folder-is-no-plugin", says=ADD_OK)
class TakesFolderForPlugin(good.Bridge):
    def find_delegate(self):
        for folder in self.env("CNI_PATH").split(":"):
            if os.path.exists(f"{folder}/{self.ipam_type}"):
                return f"{folder}/{self.ipam_type}"
        return super().find_delegate()


class AsksTwiceAtAdd(good.Bridge):
    def addresses(self):
        self.delegate("ADD")
        return super().addresses()


for case in (
    "delegation/lookup",
    "delegation/folder-is-no-plugin",
    "delegation/environment",
    "delegation/configuration",
    "delegation/namespace",
):
    breaks(case, says=CALLS)(AsksTwiceAtAdd)


@breaks("delegation/absent", says="the error names")
class NamesNoDelegate(good.Bridge):
    def find_delegate(self):
        try:
            return super().find_delegate()
        except CniError:
            self.fail(INTERNAL, "there is no such plugin")


@breaks("delegation/absent", says=ADD_FAILS)
class DoesWithoutDelegate(good.Bridge):
    def find_delegate(self):
        try:
            return super().find_delegate()
        except CniError:
            self.ipam_type = ""


for name in ("HARNESS", "TRACEPARENT", "LANG", "CNI_ARGS", "CNI_CONTAINERID", "CNI_NETNS", "CNI_PATH"):
    breaks("delegation/environment", says=f"variable {name}")(forgetting(name))
breaks("delegation/environment", says="variable CNI_IFNAME")(forgetting(CNI_IFNAME="eth9"))
breaks("delegation/configuration", says=STDIN)(sparing(HandsOverIpamOnly, "ADD"))
breaks("delegation/configuration", says=STDIN)(sparing(HandsOverChanged, "ADD"))


@breaks("delegation/configuration", says=STDIN)
class RoundsNumbers(good.Bridge):
    def delegate_stdin(self):
        return json.dumps(json.loads(self.raw, parse_int=float)).encode()


@breaks("delegation/stderr", says="stderr is on")
@breaks("delegation/stderr-of-failure", says="stderr is on")
class DropsStderr(good.Bridge):
    def pass_stderr(self, err):
        pass


class GivesUp(good.Bridge):
    def make_bridge(self):
        self.fail(TRY_LATER, "not now")


for case in (
    "delegation/lookup",
    "delegation/folder-is-no-plugin",
    "delegation/environment",
    "delegation/configuration",
    "delegation/stderr",
    "delegation/namespace",
    "delegation/del",
    "delegation/del-fails",
    "delegation/none",
):
    breaks(case, says=ADD_OK)(GivesUp)


@breaks("delegation/namespace", says="the network namespace of the delegated plugin")
class DelegatesInside(good.Bridge):
    def call(self, path, environment, stdin):
        tool = kernel.tool("nsenter")
        if self.command != "ADD":
            return super().call(path, environment, stdin)
        return kernel.execute(tool, [tool, f"--net={self.netns}", "--", path], environment, stdin)


@breaks("delegation/del", says=DEL_OK)
@breaks("delegation/none", says=DEL_OK)
@breaks("delegation/del-fails", says=DEL_OK)
class NeverDeletes(good.Bridge):
    def delete(self):
        self.fail(TRY_LATER, "not now")


@breaks("delegation/no-address", says=ADD_FAILS)
@breaks("delegation/garbled-result", says=ADD_FAILS)
class AcceptsNoAddress(good.Bridge):
    def addresses(self):
        try:
            return super().addresses()
        except CniError:
            return {"interfaces": [], "ips": [], "routes": [], "dns": {}}


class KeepsWhatItGot(good.Bridge):
    """Does not ask for addresses to be taken back."""

    def release_addresses(self):
        pass


class ReleasesTwice(good.Bridge):
    def release_addresses(self):
        super().release_addresses()
        super().release_addresses()


for case in (
    "delegation/no-address",
    "delegation/roll-back",
    "delegation/later-step-fails",
):
    breaks(case, says=CALLS)(KeepsWhatItGot)
    breaks(case, says=CALLS)(ReleasesTwice)


@breaks("delegation/result-without-version", says=ADD_OK)
@breaks("delegation/result-of-older-version", says=ADD_OK)
class WantsItsOwnVersion(good.Bridge):
    def read_result(self, given):
        if given.get("cniVersion") != self.version:
            raise ValueError("it is of another version")
        return super().read_result(given)


@breaks("delegation/result-without-version", says="addresses of")
@breaks("delegation/result-of-older-version", says="addresses of")
class SetsNoAddress(good.Bridge):
    def configure_container(self, netns, result):
        return super().configure_container(netns, {**result, "ips": [], "routes": []})


@wrap("delegation/result-of-older-version", says="cniVersion of the result")
def answers_in_older_version(call, exit, out, err):
    return exit, out.replace(b'"cniVersion": "1.1.0"', b'"cniVersion": "0.2.0"'), err


@breaks("delegation/roll-back", says=STDIN)
class ReleasesSomethingElse(good.Bridge):
    def release_addresses(self):
        self.raw = json.dumps({**self.config, "rollback": True}).encode()
        super().release_addresses()


class GoesOnAfterFailure(good.Bridge):
    """Takes any failure of the IPAM plugin for a network without addresses."""

    def addresses(self):
        try:
            return super().addresses()
        except CniError:
            return {"interfaces": [], "ips": [], "routes": [], "dns": {}}


for case in (
    "delegation/roll-back",
    "delegation/error-passed-on",
    "delegation/silent-failure",
    "delegation/garbled-failure",
    "delegation/stderr-of-failure",
):
    breaks(case, says=ADD_FAILS)(GoesOnAfterFailure)


class PassesFailureOn(good.Bridge):
    """Answers with what the IPAM plugin printed, whatever that is."""

    def delegate_failed(self, code, out, err):
        self.write(out)
        self.roll_back()
        os._exit(code)


breaks("delegation/silent-failure", says=ONE_OBJECT)(PassesFailureOn)
breaks("delegation/garbled-failure", says=ONE_OBJECT)(PassesFailureOn)


@breaks("delegation/error-passed-on", says="has code 117")
class HasItsOwnCode(good.Bridge):
    def delegate_failed(self, code, out, err):
        self.fail(INTERNAL, out.decode())


@breaks("delegation/error-passed-on", says="the error names")
class HasItsOwnWords(good.Bridge):
    def delegate_failed(self, code, out, err):
        self.fail(json.loads(out)["code"], "there is no address to be had")


@breaks("delegation/silent-failure", says="the error names")
@breaks("delegation/garbled-failure", says="the error names")
class DoesNotSayWhy(good.Bridge):
    def delegate_failed(self, code, out, err):
        self.fail(INTERNAL, f"the IPAM plugin ended with {code}")


@wrap("delegation/later-step-fails", says=ONE_OBJECT)
def prints_nothing(call, exit, out, err):
    return exit, b"" if exit else out, err


@breaks("delegation/none", says=CALLS)
class HasDefaultIpam(good.Bridge):
    def read_config(self):
        self.config.setdefault("ipam", {"type": "host-local"})
        super().read_config()


class AsksTooEarly(good.Bridge):
    """Takes an address before it knows that it can use one."""

    def take(self):
        if self.command == "ADD":
            self.ipam_type = self.config["ipam"]["type"]
            self.delegate("ADD")


@breaks("delegation/not-for-invalid-configuration", says="not left with an address")
class AsksBeforeReading(AsksTooEarly):
    def read_config(self):
        self.take()
        super().read_config()


@breaks("delegation/not-for-unknown-version", says="not left with an address")
class AsksBeforeVersion(AsksTooEarly):
    def check_version(self):
        self.take()
        super().check_version()


@breaks("delegation/not-for-taken-name", says="not left with an address")
class AsksBeforeLooking(AsksTooEarly):
    def add(self):
        self.take()
        return super().add()


@breaks("delegation/not-for-taken-name", says=ADD_FAILS)
class TakesNameOver(good.Bridge):
    def add(self):
        netns = self.container()
        if self.ifname in kernel.links(netns):
            batch([f"link set dev {self.ifname} name ccmoved"], netns)
        return super().add()


class AcceptsAnything(good.Bridge):
    """Makes the best of what is no configuration."""

    def check_version(self):
        self.version = "1.1.0"

    def read_config(self):
        for key in ("vlan", "promiscMode"):
            self.config.pop(key, None)
        super().read_config()


breaks("delegation/not-for-invalid-configuration", says=ADD_FAILS)(AcceptsAnything)
breaks("delegation/not-for-unknown-version", says=ADD_FAILS)(AcceptsAnything)
