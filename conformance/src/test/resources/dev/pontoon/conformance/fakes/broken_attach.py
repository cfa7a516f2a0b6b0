"""Breaks ADD, DEL, concurrency, crashes, pools of addresses: one rule each."""

import fcntl
import ipaddress
import json
import os
import time
import good
import kernel
from breaking import breaks, wrap
from kernel import Lock, batch
from protocol import TAKEN, TRY_LATER, CniError

LINK_DOWN = "is up"
NO_ADDRESS = "addresses of"
SAME = "nothing changed"
ONCE = "given once"
ADD_OK = "ADD succeeds"
ADD_REFUSED = "ADD fails"
DEL_OK = "DEL succeeds"
NOTHING_LEFT = "nothing of the case is left"


def answer(out):
    """What a plugin printed, to be changed; None where it is no result."""
    try:
        document = json.loads(out)
    except ValueError:
        return None
    return document if "code" not in document else None


# ADD.


@breaks("add/interface", says=LINK_DOWN)
@breaks("namespace/attach", says=LINK_DOWN)
class LeavesLinkDown(good.Bridge):
    def set_up_host(self, record, own, link):
        super().set_up_host(record, own, link)
        batch([f"link set dev {self.ifname} down"], self.container())


@wrap("add/interface", says="cniVersion of the result")
def other_version(call, exit, out, err):
    document = answer(out)
    return (exit, json.dumps({**document, "cniVersion": "0.4.0"}).encode(), err) if document else (exit, out, err)


@breaks("add/interface", says=NO_ADDRESS)
@breaks("namespace/attach", says=NO_ADDRESS)
@breaks("namespace/start", says=NO_ADDRESS)
class GivesNoAddress(good.Bridge):
    def address_line(self, ip):
        return ""

    def configure_container(self, netns, result):
        return super().configure_container(netns, {**result, "routes": []})


@breaks("add/second-interface", says=SAME)
class DetachesWholeContainer(good.Bridge):
    def delete(self):
        for container_id, ifname in self.records.pairs():
            if container_id == self.container_id:
                self.clean_attachment(container_id, ifname)
        super().delete()


@breaks("add/second-interface", says=ADD_OK)
@breaks("concurrent/two-interfaces", says=ADD_OK)
class OneInterfaceEach(good.Bridge):
    def claim(self, record):
        if any(container_id == self.container_id for container_id, _ in self.records.pairs()):
            self.already_attached()
        super().claim(record)


@breaks("add/second-lease", says=SAME)
class ReleasesWholeContainer(good.HostLocal):
    def delete(self):
        self.release(lambda holder: holder.split()[0] == self.container_id)


@breaks("add/second-lease", says=ONCE)
@breaks("add/distinct-leases", says=ONCE)
@breaks("concurrent/adds-and-dels", says=ONCE)
class AlwaysTheSame(good.HostLocal):
    def next_free(self, index, ranges, leases):
        return ranges[0].first + 8, ranges[0]


@breaks("add/two-containers", says=ONCE)
@breaks("concurrent/mix", says=ONCE)
@breaks("edge/same-subnet-in-two-networks", says=ONCE)
class OneAddressForAll(good.Bridge):
    def addresses(self):
        own = super().addresses()
        own["ips"][0]["address"] = "10.88.0.50/24"
        return own


@breaks("add/two-containers", says=LINK_DOWN)
class FirstComeFirstServed(good.Bridge):
    def set_up_host(self, record, own, link):
        super().set_up_host(record, own, link)
        if len(self.records.pairs()) > 1:
            batch([f"link set dev {self.ifname} down"], self.container())


@breaks("add/one-bridge", says="ports of one bridge")
@breaks("concurrent/adds-and-dels", says="one bridge")
class BridgeForEach(good.Bridge):
    def read_config(self):
        super().read_config()
        if self.container_id:
            self.bridge = f"br{int(self.container_id[1:]) % 2}"


@breaks("add/one-bridge", says="gets an answer")
class KeepsContainersApart(good.Bridge):
    def port_options(self, record):
        return [*super().port_options(record), f"link set dev {record['host']} type bridge_slave isolated on"]


@breaks("add/addresses-as-reported", says="MAC address of")
class InventsMac(good.Bridge):
    def entry(self, link):
        return {**super().entry(link), "mac": "02:00:00:00:00:07"}


@breaks("add/addresses-as-reported", says="there is a link")
class InventsLink(good.Bridge):
    def result(self, own, record, link):
        result = super().result(own, record, link)
        result["interfaces"].append({"name": "nowhere0"})
        return result


@breaks("add/both-families-usable", says="address of each family")
class OneFamily(good.Bridge):
    def addresses(self):
        own = super().addresses()
        own["ips"] = own["ips"][:1]
        own["routes"] = own["routes"][:1]
        return own


@breaks("add/both-families-usable", says="tentative")
class ReturnsTooEarly(good.Bridge):
    def address_line(self, ip):
        return f"addr add {ip['address']} dev {self.ifname}"

    def container_sysctls(self, result):
        return []


@breaks("add/routes-as-reported", says="10.88.0.254")
class IgnoresNextHop(good.Bridge):
    def route_line(self, route, ips):
        return super().route_line({"dst": route["dst"]}, ips)


@breaks("add/routes-as-reported", says="routes of the result")
class ReportsNoRoutes(good.Bridge):
    def result(self, own, record, link):
        return {**super().result(own, record, link), "routes": []}


@breaks("add/no-route-for-a-gateway", says="no default route")
class RouteForEveryGateway(good.Bridge):
    def complete(self, own):
        super().complete(own)
        own["routes"] = own["routes"] or list(self.missing_defaults(own))


@breaks("add/default-route-taken", says=ADD_OK)
class InsistsOnDefaultRoute(good.Bridge):
    def default_present(self, netns, route):
        return False


@breaks("add/default-route-taken", says="of the other network")
class ReplacesDefaultRoute(good.Bridge):
    def without_present_defaults(self, netns, routes):
        batch(["route del default"], netns)
        return routes


@breaks("add/route-metric", says="metric of the default route")
class SecondChoice(good.Bridge):
    def route_line(self, route, ips):
        return super().route_line({**route, "priority": 50}, ips)


@breaks("add/route-metric", says="one IPv4 default route")
class OtherTable(good.Bridge):
    def route_line(self, route, ips):
        return super().route_line({**route, "table": 100}, ips)


@breaks("add/others-untouched", says="the container's other things")
@breaks("namespace/others-untouched", says="the container's other things")
class TouchesLoopback(good.Bridge):
    def set_up_host(self, record, own, link):
        super().set_up_host(record, own, link)
        batch(["link set dev lo mtu 5000"], self.container())


@breaks("add/others-untouched", says="the host's other things")
class TakesHostsRoute(good.Bridge):
    def set_up_host(self, record, own, link):
        super().set_up_host(record, own, link)
        batch(["route replace default dev lo"])


@breaks("add/others-untouched", says="not among the links of the host")
class LeavesNameOnHost(good.Bridge):
    def set_up_host(self, record, own, link):
        super().set_up_host(record, own, link)
        batch([f"link add {self.ifname} type veth peer name twin"])


@breaks("add/prev-result", says="interface of prevResult")
class ForgetsPrevResult(good.Bridge):
    def merge(self, own):
        return own


@breaks("add/prev-result", says="addresses of the result")
class ForgetsPreviousAddresses(good.Bridge):
    def merge(self, own):
        merged = super().merge(own)
        return {**merged, "ips": own["ips"]}


@breaks("add/bridge-reused", says=ADD_OK)
class OwnBridgeOnly(good.Bridge):
    def make_bridge(self):
        if self.bridge in kernel.links() and len(self.records.pairs()) == 1:
            self.fail(TAKEN, f"{self.bridge} is not ours")
        super().make_bridge()


@breaks("add/bridge-reused", says="index of the bridge")
class FreshBridge(good.Bridge):
    def make_bridge(self):
        if self.bridge in kernel.links() and len(self.records.pairs()) == 1:
            batch([f"link del {self.bridge}"])
        super().make_bridge()


@breaks("add/no-address-to-report", says=ADD_REFUSED)
class EmptyOldResult(good.Bridge):
    def old_layout(self, result, version):
        return {"cniVersion": version, "dns": {}}


@breaks("add/address-of-eth0", says="belongs to eth0")
class AddressOfTheBridge(good.Bridge):
    def result(self, own, record, link):
        result = super().result(own, record, link)
        result["ips"] = [{**ip, "interface": 0} for ip in result["ips"]]
        return result


@breaks("add/gateway-answers", says="the host gets an answer")
@breaks("namespace/start", says="the host gets an answer")
class NoGateway(good.Bridge):
    def add_gateway(self, ips):
        pass


@breaks("add/gateway-answers", says="the container gets an answer")
class DeafGateway(good.Bridge):
    def add_gateway(self, ips):
        super().add_gateway(ips)
        kernel.write_sysctl("ipv4/icmp_echo_ignore_all", "1")


# ADD that cannot succeed.


@breaks("add/name-taken", says=ADD_REFUSED)
class TakesTheName(good.Bridge):
    def make_link(self, netns, record, host_options=()):
        batch([f"link del {self.ifname}"], netns)
        super().make_link(netns, record, host_options)


@breaks("add/name-taken", says=SAME)
class RefusesAndRemoves(good.Bridge):
    def make_link(self, netns, record, host_options=()):
        if self.ifname in kernel.links(netns):
            batch([f"link del {self.ifname}"], netns)
            self.fail(TAKEN, f"{self.ifname} was there")
        super().make_link(netns, record, host_options)


@breaks("add/twice", says=ADD_REFUSED)
class AddsAgain(good.Bridge):
    def already_attached(self):
        self.clean_attachment_now()

    def clean_attachment_now(self):
        self.clean(self.records.read(self.container_id, self.ifname))
        self.delegate("DEL")


@breaks("add/twice", says=SAME)
class CleansUpTheFirst(good.Bridge):
    def already_attached(self):
        self.undo(self.release_addresses)
        super().already_attached()


@breaks("add/lease-twice", says=ADD_REFUSED)
@breaks("pool/second-request", says=ADD_REFUSED)
class GivesASecond(good.HostLocal):
    def refuse_second(self, ranges, leases):
        pass


@breaks("add/lease-twice", says=SAME)
class RefusesAndReleases(good.HostLocal):
    def refuse_second(self, ranges, leases):
        try:
            super().refuse_second(ranges, leases)
        except CniError:
            self.undo(self.delete)
            raise


@breaks("add/ipam-fails", says=SAME)
@breaks("add/impossible-route", says=SAME)
@breaks("namespace/failed-attach", says=SAME)
@breaks("pool/exhausted-below-interface", says=SAME)
class LeavesTheRestToDel(good.Bridge):
    def roll_back(self):
        pass


@breaks("add/ipam-fails", says=ADD_REFUSED)
@breaks("namespace/failed-attach", says=ADD_REFUSED)
@breaks("pool/exhausted-below-interface", says=ADD_REFUSED)
class DoesWithoutAddress(good.Bridge):
    def addresses(self):
        try:
            return super().addresses()
        except CniError:
            return {"interfaces": [], "ips": [], "routes": [], "dns": {}}


@breaks("add/impossible-route", says="commands the IPAM plugin got")
class KeepsAddresses(good.Bridge):
    def release_addresses(self):
        pass


@breaks("add/again-after-failure", says=ADD_OK)
class StumblesOverItself(good.Bridge):
    def roll_back(self):
        pass

    def is_alive(self, record):
        return True


@breaks("add/bridge-is-none", says=ADD_REFUSED)
class MakesRoomForBridge(good.Bridge):
    def make_bridge(self):
        there = kernel.links().get(self.bridge)
        if there and kernel.kind(there) != "bridge":
            batch([f"link del {self.bridge}"])
        super().make_bridge()


@breaks("add/bridge-is-none", says=SAME)
class RemovesWhatIsNoBridge(good.Bridge):
    def make_bridge(self):
        there = kernel.links().get(self.bridge)
        if there and kernel.kind(there) != "bridge":
            batch([f"link set dev {self.bridge} name other2"])
            self.fail(TAKEN, f"{self.bridge} was no bridge")
        super().make_bridge()


# DEL.


@breaks("del/after-failed-add", says=DEL_OK)
@breaks("del/repeated", says=DEL_OK)
@breaks("del/never-added", says=DEL_OK)
@breaks("namespace/detach-again", says=DEL_OK)
@breaks("namespace/never-attached", says=DEL_OK)
@breaks("del/link-gone", says=DEL_OK)
class KnowsNoSuchContainer(good.Bridge):
    def delete(self):
        if not self.records.read(self.container_id, self.ifname):
            self.fail(3, f"container {self.container_id} is unknown")
        super().delete()


@wrap("del/after-add", says="prints nothing")
@wrap("del/never-added", says="prints nothing")
def talks(call, exit, out, err):
    return exit, b'{"done": true}' if call.command == "DEL" else out, err


@breaks("del/after-add", says=NOTHING_LEFT)
@breaks("namespace/detach", says=NOTHING_LEFT)
class KeepsTheLease(good.Bridge):
    def delegate(self, command):
        return b"" if command == "DEL" else super().delegate(command)


@breaks("del/never-added", says=SAME)
class NotesEveryDel(good.Bridge):
    def delete(self):
        super().delete()
        os.makedirs(f"/run/broken/{self.container_id}", exist_ok=True)


@breaks("del/no-netns", says=DEL_OK)
@breaks("del/missing-netns", says=DEL_OK)
@breaks("del/netns-is-a-plain-file", says=DEL_OK)
@breaks("namespace/destroyed", says=DEL_OK)
class NeedsNetns(good.Bridge):
    def netns_gone(self):
        self.fail(8, "no network namespace")


@breaks("del/no-netns", says=NOTHING_LEFT)
@breaks("del/missing-netns", says=NOTHING_LEFT)
@breaks("del/netns-is-a-plain-file", says=NOTHING_LEFT)
@breaks("namespace/destroyed", says=NOTHING_LEFT)
@breaks("del/empty-netns-of-live-container", says=SAME)
class NothingWithoutNetns(good.Bridge):
    def delete(self):
        if self.container_at_del():
            super().delete()


@breaks("del/empty-netns-of-live-container", says=DEL_OK)
class NeedsPath(good.Bridge):
    def delete(self):
        if not self.netns:
            self.fail(4, "CNI_NETNS is missing")
        super().delete()


@breaks("del/link-gone", says=DEL_OK)
class NeedsLink(good.Bridge):
    def delete(self):
        netns = self.container_at_del()
        if netns:
            self.link_in(netns)
        super().delete()


@breaks("del/rules-gone", says=DEL_OK)
class NeedsRules(good.Bridge):
    def remove_masquerade(self, record):
        if record.get("masquerade"):
            kernel.nft(f"delete table inet {self.masquerade_table(record)}\n")


@breaks("del/without-prev-result", says=DEL_OK)
@breaks("del/null-prev-result", says=DEL_OK)
class NeedsPrevResult(good.Bridge):
    def delete(self):
        if self.prev_result() is None:
            self.fail(7, "DEL needs prevResult")
        super().delete()


@breaks("del/result-of-another", says=SAME)
class BelievesPrevResult(good.Bridge):
    def delete(self):
        for entry in (self.prev_result() or {"interfaces": []})["interfaces"][1:2]:
            if entry["name"] in kernel.links():
                batch([f"link del {entry['name']}"])
        super().delete()


@breaks("del/result-of-another", says=DEL_OK)
class ComparesPrevResult(good.Bridge):
    def delete(self):
        record = self.records.read(self.container_id, self.ifname)
        names = [entry.get("name") for entry in (self.prev_result() or {"interfaces": []})["interfaces"]]
        if record and record["host"] not in names:
            self.fail(102, "prevResult is of another attachment")
        super().delete()


@breaks("del/without-port-mappings", says=SAME)
class NothingToForward(good.Portmap):
    def delete(self):
        if self.runtime("portMappings"):
            super().delete()


@breaks("del/without-bandwidth", says=SAME)
class NothingToLimit(good.Bandwidth):
    def delete(self):
        if self.runtime("bandwidth"):
            super().delete()


@breaks("del/neighbour-stays", says=SAME)
class TakesNeighboursRules(good.Bridge):
    def delete(self):
        super().delete()
        kernel.nft("flush ruleset")


@breaks("del/neighbour-stays", says="gets an answer")
@breaks("namespace/again", says="gets an answer")
class SwitchesBridgeOff(good.Bridge):
    def delete(self):
        super().delete()
        if self.bridge in kernel.links():
            batch([f"link set dev {self.bridge} down"])

    def make_bridge(self):
        if self.bridge not in kernel.links():
            super().make_bridge()


@breaks("del/ipam-without-netns", says="commands the IPAM plugin got")
class NoIpamWithoutNetns(good.Bridge):
    def delegate(self, command):
        return b"" if command == "DEL" and not os.path.exists(self.netns) else super().delegate(command)


@breaks("del/ipam-fails", says="DEL fails")
@breaks("del/ipam-missing", says="DEL fails")
class HidesIpamFailure(good.Bridge):
    def delegate(self, command):
        try:
            return super().delegate(command)
        except CniError:
            if command != "DEL":
                raise
            return b""


@breaks("del/ipam-fails", says="links of the container")
class StopsAtIpam(good.Bridge):
    def every(self, *steps):
        if self.command == "DEL":
            self.delegate("DEL")
        super().every(*steps)


@breaks("del/ipam-fails", says="code 117")
class OwnCode(good.Bridge):
    def delegate_failed(self, code, out, err):
        self.fail(999, "IPAM failed")


@breaks("del/ipam-missing", says=NOTHING_LEFT)
class ForgetsAfterFailure(good.Bridge):
    def clean_attachment(self, container_id, ifname):
        with Lock():
            self.records.remove(container_id, ifname)
        super().clean_attachment(container_id, ifname)


@breaks("del/chained-link-gone", says=DEL_OK)
@breaks("del/chained-alone", says=DEL_OK)
class NeedsChainedLink(good.Tuning):
    def delete(self):
        netns = self.container_at_del()
        if not netns:
            self.fail(8, "no network namespace")
        self.link_in(netns)
        super().delete()


@breaks("del/restores-sysctls", says=SAME)
class RestoresNothing(good.Tuning):
    def restore(self, netns, record):
        pass


# The life of a container.


@breaks("namespace/sandbox", says="the sandbox of eth0")
class RewritesPath(good.Bridge):
    def result(self, own, record, link):
        result = super().result(own, record, link)
        result["interfaces"][2]["sandbox"] = "/var" + self.netns
        return result


@breaks("namespace/sandbox", says="with a `sandbox`")
class NamesNoSandbox(good.Bridge):
    def result(self, own, record, link):
        result = super().result(own, record, link)
        del result["interfaces"][2]["sandbox"]
        return result


@breaks("namespace/check", says="CHECK succeeds")
@breaks("concurrent/mix", says="CHECK succeeds")
class NeverContent(good.Bridge):
    def check(self):
        self.fail(102, "something is wrong")


@breaks("namespace/detach", says=DEL_OK)
class NeverDetaches(good.Bridge):
    def delete(self):
        self.fail(102, "no")


@breaks("namespace/never-attached", says=SAME)
class LeavesTraceOfDel(NotesEveryDel):
    pass


@breaks("namespace/detach", says="the stranger's namespace", conf={"builder": "dead-other-container"})
class DetachesWhomItFinds(good.Bridge):
    def delete(self):
        netns = self.container_at_del()
        if netns and self.ifname in kernel.links(netns):
            batch([f"link del {self.ifname}"], netns)
        super().delete()


@breaks("namespace/again", says=ADD_OK)
class RemembersForEver(good.Bridge):
    def delete(self):
        record = self.records.read(self.container_id, self.ifname)
        super().delete()
        if record:
            self.records.write(self.container_id, self.ifname, record)

    def is_alive(self, record):
        return True


@breaks("namespace/collected", says=SAME)
class CollectsNothing(good.Bridge):
    def gc(self, valid):
        pass


@breaks("namespace/own-refused", says=ADD_REFUSED)
class AttachesTheHost(good.Bridge):
    def refuse_own_netns(self, netns):
        pass


@breaks("namespace/own-refused", says=SAME)
class RefusesTooLate(good.Bridge):
    def refuse_own_netns(self, netns):
        if netns.is_ours() and self.command == "ADD":
            os.makedirs("/run/broken", exist_ok=True)
        super().refuse_own_netns(netns)


@breaks("namespace/own-untouched-by-del", says=SAME)
class DetachesTheHost(good.Bridge):
    def delete(self):
        if self.netns and os.path.exists(self.netns):
            netns = kernel.open_netns(self.netns)
            if self.ifname in kernel.links(netns):
                batch([f"link del {self.ifname}"], netns)
        super().delete()


# Several at once.


@breaks("concurrent/adds-and-dels", says=ADD_OK)
class WaitsForNobody(good.Bridge):
    def make_bridge(self):
        # The others wait for the lock on /run; this one is for the time of a whole ADD.
        self.busy = os.open("/var/lib", os.O_RDONLY)
        try:
            fcntl.flock(self.busy, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.fail(TRY_LATER, "somebody else is at it")
        super().make_bridge()


@breaks("concurrent/adds-and-dels", says="one gateway address")
class GatewayForEach(good.Bridge):
    def add_gateway(self, ips):
        super().add_gateway(ips)
        number = 200 + int(self.container_id[1:]) % 50
        batch([f"addr replace 10.88.0.{number}/24 dev {self.bridge}"])


@breaks("concurrent/mix", says="there is a link")
class DetachesTheChecked(good.Bridge):
    def delete(self):
        super().delete()
        for container_id, ifname in self.records.pairs():
            if container_id in ("c5", "c6", "c7", "c8"):
                self.clean_attachment(container_id, ifname)

    def check(self):
        pass


@breaks("concurrent/two-interfaces", says=LINK_DOWN)
class OneInterfaceUp(good.Bridge):
    def set_up_host(self, record, own, link):
        super().set_up_host(record, own, link)
        if self.ifname == "net1":
            batch([f"link set dev {self.ifname} down"], self.container())


@breaks("concurrent/last-and-first", says=ADD_OK)
class OneContainerOnly(good.Bridge):
    def claim(self, record):
        if self.records.pairs():
            self.already_attached()
        super().claim(record)

    def clean_attachment(self, container_id, ifname):
        # Long enough for the next ADD to come.
        time.sleep(2)
        super().clean_attachment(container_id, ifname)


@breaks("concurrent/last-and-first", says="gets an answer")
class LastSwitchesOff(SwitchesBridgeOff):
    pass


@breaks("concurrent/packet-filter-edits", says="code 11")
class WantsRulesForItself(good.Bridge):
    def add_masquerade(self, record, ips):
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            if "table ip other" in kernel.run("nft", "list", "tables"):
                self.fail(999, "the rules changed meanwhile")
        super().add_masquerade(record, ips)


@breaks("concurrent/xtables-lock", says="code 11")
class NoPatience(good.Bridge):
    def add_masquerade(self, record, ips):
        with open("/run/xtables.lock") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.fail(999, "another app is holding the xtables lock")
        super().add_masquerade(record, ips)


@breaks("concurrent/executable-replaced", says=ADD_OK)
class LooksAtItsFile(good.Bridge):
    def add(self):
        if os.path.isdir("/run/conformance/replaced"):
            self.fail(999, "my own file is another one now")
        return super().add()


# Ended in the middle.


@breaks("crash/killed", says=NOTHING_LEFT)
class NotesAfterwards(good.Bridge):
    """Killed between link and record, it leaves a link that nobody knows."""

    def claim(self, record):
        self.late = record

    def add(self):
        result = super().add()
        time.sleep(0.3)
        self.records.write(self.container_id, self.ifname, self.late)
        return result


@breaks("crash/killed", says=DEL_OK)
class LocksByFile(good.Bridge):
    def locked(self, work):
        try:
            os.close(os.open("/run/broken.lock", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            self.fail(TRY_LATER, "/run/broken.lock exists")
        try:
            return work()
        finally:
            os.unlink("/run/broken.lock")

    def add(self):
        return self.locked(super().add)

    def delete(self):
        self.locked(super().delete)


@breaks("crash/terminated", says="one JSON object at most")
class SpeaksTwice(good.Bridge):
    def report(self, error):
        super().report(error)
        return super().report(error)


@breaks("crash/terminated", says="ADD that succeeds prints")
class EndsContent(good.Bridge):
    def terminated(self, *_):
        os._exit(0)


@breaks("crash/terminated", says="a success prints a result")
class FailsContent(good.Bridge):
    def report(self, error):
        super().report(error)
        return 0


# Pools of addresses.


@breaks("pool/exhausted", says=ADD_REFUSED)
class GivesTheGateway(good.HostLocal):
    def next_free(self, index, ranges, leases):
        try:
            return super().next_free(index, ranges, leases)
        except CniError:
            return ranges[0].gateway, ranges[0]


@breaks("pool/exhausted", says=SAME)
class NotesTheFailure(good.HostLocal):
    def exhausted(self):
        os.makedirs("/run/broken", exist_ok=True)
        return super().exhausted()


@breaks("pool/reused", says=ADD_OK)
class NeverTurnsBack(good.HostLocal):
    def candidates(self, index, ranges):
        last = self.last_reserved(index)
        for address, one in super().candidates(index, ranges):
            if last is None or address > last:
                yield address, one


@breaks("pool/reused", says="that the next container gets")
class ReusesWhatIsTaken(AlwaysTheSame):
    def next_free(self, index, ranges, leases):
        return (ranges[0].first if not leases else ranges[0].last), ranges[0]


@breaks("pool/tiny-subnets", says="addresses of 192.0.2.")
class LeavesTheSubnet(good.HostLocal):
    def range(self, given):
        if given.get("subnet", "").startswith("192.0.2."):
            given = {**given, "subnet": "192.0.3.0/24"}
        return super().range(given)


@breaks("pool/ipv6-many-leases", says="nobody has")
@breaks("pool/old-lease", says="address of another container")
class SeesOwnLeasesOnly(good.HostLocal):
    def leases(self):
        return {address: holder for address, holder in super().leases().items() if "\n" in holder and "other" not in holder}


@breaks("pool/ipv6-requested", says="the address is")
class IgnoresRequests(good.HostLocal):
    def judge_config(self):
        super().judge_config()
        self.wanted = []


@breaks("pool/impossible-requests", says=ADD_REFUSED)
class GivesWhatIsAsked(good.HostLocal):
    def judge_wanted(self, address, one, leases):
        return address


@breaks("pool/impossible-requests", says="message of its own")
class SaysOneThing(good.HostLocal):
    def fail(self, code, msg, details=""):
        super().fail(code, "no", msg)


@breaks("pool/impossible-requests", says="the error names")
class SaysNothing(good.HostLocal):
    def judge_wanted(self, address, one, leases):
        self.fail(TAKEN, "that one is not possible")


@breaks("pool/second-request", says=SAME)
class MovesHouse(good.HostLocal):
    def refuse_second(self, ranges, leases):
        for address, holder in leases.items():
            if self.is_mine(holder):
                self.drop(str(address))
        super().refuse_second(ranges, leases)


@breaks("pool/empty-lease", says=ADD_OK)
class EmptyIsTaken(good.HostLocal):
    def leases(self):
        found = super().leases()
        for name in os.listdir(self.folder):
            if name[0].isdigit() and os.path.getsize(f"{self.folder}/{name}") == 0:
                found[ipaddress.ip_address(name)] = "somebody"
        return found


@breaks("pool/old-lease", says="releases the old lease")
class OnlyNewLeases(good.HostLocal):
    def is_mine(self, holder):
        return holder == self.holder()


@breaks("pool/old-lease", says="content of the old lease")
class RewritesLeases(good.HostLocal):
    def add(self):
        result = super().add()
        for address, holder in self.leases().items():
            if "\n" not in holder:
                self.store(str(address), holder + "\r\neth0")
        return result


@breaks("pool/foreign-files", says=ADD_OK)
class ReadsEverything(good.HostLocal):
    def leases(self):
        for name in os.listdir(self.folder):
            if name != "lock" and not name.startswith("last_reserved_ip"):
                ipaddress.ip_address(name)
        return super().leases()


@breaks("pool/foreign-files", says="is left alone")
class TidiesUp(good.HostLocal):
    def delete(self):
        super().delete()
        for name in os.listdir(self.folder):
            if name.endswith(".txt"):
                os.unlink(f"{self.folder}/{name}")


@breaks("pool/disk-full", says="leaves no lease")
class WritesInPlace(good.HostLocal):
    def store(self, name, text):
        try:
            with open(f"{self.folder}/{name}", "w") as file:
                file.write(text)
        except OSError as error:
            self.fail(5, f"write {name}: {error}")

    def drop_locked(self, name):
        pass


@breaks("pool/disk-full", says=ADD_OK)
class NeverRecovers(good.HostLocal):
    def store(self, name, text):
        try:
            super().store(name, text)
        except CniError:
            os.makedirs("/run/broken", exist_ok=True)
            raise

    def add(self):
        if os.path.isdir("/run/broken"):
            self.fail(5, "the disk was full")
        return super().add()


# Unusual hosts.


@breaks("edge/ipv6-off-in-container", says=NO_ADDRESS)
class SkipsIpv6(good.Bridge):
    def address_line(self, ip):
        return "" if ":" in ip["address"] else super().address_line(ip)

    def configure_container(self, netns, result):
        routes = [route for route in result["routes"] if ":" not in route["dst"]]
        return super().configure_container(netns, {**result, "routes": routes})


@breaks("edge/ipv6-off-in-container", says=SAME)
@breaks("edge/ipv6-off-on-host", says=SAME)
class FailsWithoutIpv6(LeavesTheRestToDel):
    def set_up_host(self, record, own, link):
        self.fail(100, "IPv6 is off")


@breaks("edge/ipv6-off-on-host", says="the host gets an answer")
class SkipsIpv6Gateway(good.Bridge):
    def gateway_addresses(self, ips):
        return [address for address in super().gateway_addresses(ips) if ":" not in address]


@breaks("edge/stale-neighbours", says="the sibling gets an answer")
class TellsNobody(good.Bridge):
    def announce(self, netns, record, link):
        pass

    def container_sysctls(self, result):
        return []


@breaks("edge/stale-neighbours", says="the host gets an answer")
class TellsNobodyAtAll(TellsNobody):
    def add_gateway(self, ips):
        pass


@breaks("edge/read-only-sysctls", says=ADD_OK)
class WritesAnyway(good.Bridge):
    def forward(self, families):
        with open("/proc/sys/net/ipv4/ip_forward", "w") as file:
            file.write("1")


@breaks("edge/read-only-sysctls", says="the host gets an answer")
class GivesUpSilently(NoGateway):
    pass


@breaks("edge/read-only-wrong-sysctls", says=SAME)
class LeavesTheRest(LeavesTheRestToDel):
    pass


@breaks("edge/bridge-with-another-gateway", says="10.88.0.254/24 is among")
class ReplacesGateway(good.Bridge):
    def key(self, name, kind, default):
        return True if name == "forceAddress" else super().key(name, kind, default)


@breaks("edge/bridge-with-another-gateway", says=SAME)
class LeavesTheLink(LeavesTheRestToDel):
    pass


@breaks("edge/bridge-down", says="the host gets an answer")
class LeavesBridgeDown(good.Bridge):
    def make_bridge(self):
        if self.bridge not in kernel.links():
            super().make_bridge()
