"""Plugins that are wrong about versions, results, and what passes through a chain."""

import json
import os
import good
import kernel
from breaking import breaks, wrap
from protocol import BAD_CONFIG, VERSION_UNKNOWN, WRONG_STATE, Plugin, order


def edits(case, type, says):
    """Registers a function that changes the result of each ADD in place, or returns another."""

    def decorate(change):
        def mangle(call, exit, out, err):
            if call.command != "ADD" or exit != 0:
                return exit, out, err
            result = json.loads(out)
            return exit, json.dumps(change(result) or result).encode(), err

        wrap(case, type=type, says=says)(mangle)
        return change

    return decorate


def answers(case, type, says):
    """Registers a function that changes the answer to VERSION in place."""

    def decorate(change):
        def mangle(call, exit, out, err):
            if call.command != "VERSION" or exit != 0:
                return exit, out, err
            answer = json.loads(out)
            change(answer)
            return exit, json.dumps(answer).encode(), err

        wrap(case, type=type, says=says)(mangle)
        return change

    return decorate


def modern(result):
    return order(result["cniVersion"]) >= order("0.3.0")


def own(result):
    return next(link for link in result["interfaces"] if link.get("sandbox"))


# VERSION.


@answers("version/answer", "static", "cniVersion of the answer is a text")
def no_version(answer):
    del answer["cniVersion"]


@answers("version/answer", "static", "supportedVersions is a list of texts")
def versions_as_text(answer):
    answer["supportedVersions"] = " ".join(answer["supportedVersions"])


@answers("version/answer", "static", "supportedVersions is a list of texts")
def no_versions(answer):
    answer["supportedVersions"] = []


@answers("version/echo", "static", "one of supportedVersions")
def strange_echo(answer):
    answer["cniVersion"] = "9.9.9"


class ReadsFirst(good.Static):
    """Wants a configuration although it is only asked for versions."""

    def version_answer(self):
        self.judge_stdin(self.read_stdin())
        return {"cniVersion": self.VERSIONS[-1], "supportedVersions": list(self.VERSIONS)}

    def judge_stdin(self, raw):
        pass


@breaks("version/any-stdin", says="VERSION succeeds")
class NeedsSomething(ReadsFirst):
    def judge_stdin(self, raw):
        if not raw:
            self.fail(BAD_CONFIG, "no configuration")


@breaks("version/any-stdin", says="VERSION succeeds")
class NeedsStdin(ReadsFirst):
    def judge_stdin(self, raw):
        pass

    def read_stdin(self):
        try:
            os.fstat(0)
        except OSError:
            self.fail(BAD_CONFIG, "no standard input")
        if os.path.realpath("/proc/self/fd/0").startswith("/dev/null"):
            self.fail(BAD_CONFIG, "no standard input")
        return b""


@breaks("version/any-stdin", says="VERSION succeeds")
class NeedsJson(ReadsFirst):
    def judge_stdin(self, raw):
        if raw:
            self.parse(raw)


@breaks("version/libcni-probe", says="VERSION succeeds")
class BelievesNetns(good.Static):
    def version_answer(self):
        if self.env("CNI_NETNS") == "dummy":
            self.fail(BAD_CONFIG, "there is no such namespace")
        return super().version_answer()


@breaks("version/listed-accepted", says="is accepted")
class ListsTooMuch(good.Static):
    def check_version(self):
        if self.command == "ADD" and self.version == "0.3.0":
            self.fail(VERSION_UNKNOWN, "not that one")
        super().check_version()


@breaks("version/listed-accepted", says="is accepted")
class ListsTooMuchForDel(good.Static):
    def check_version(self):
        if self.command == "DEL" and self.version == "0.3.0":
            self.fail(VERSION_UNKNOWN, "not that one")
        super().check_version()


@edits("version/listed-accepted", "static", "cniVersion of the result is")
def always_newest(result):
    result["cniVersion"] = "1.1.0"


@breaks("version/unlisted-refused", says="fails")
class TakesAll(good.Static):
    def check_version(self):
        if self.version not in self.VERSIONS:
            self.version = "1.0.0"


@breaks("version/no-side-effects", says="on the host")
class WritesAtVersion(good.Static):
    def version_answer(self):
        with open("/var/lib/asked", "w") as file:
            file.write("yes")
        return super().version_answer()


@breaks("version/no-side-effects", says="on container")
class SetsUpAtVersion(good.Loopback):
    def version_answer(self):
        netns = kernel.open_netns(self.env("CNI_NETNS")) if self.env("CNI_NETNS").startswith("/") else None
        if netns:
            kernel.batch(["link add name ccask type bridge"], netns)
        return super().version_answer()


@breaks("version/no-delegate", says="executes no IPAM plugin")
class AsksIpam(good.Bridge):
    def version_answer(self):
        self.raw = self.read_stdin()
        self.ipam_type = (self.parse(self.raw).get("ipam") or {}).get("type", "") if self.raw else ""
        self.command = "STATUS"
        if self.ipam_type:
            self.delegate("VERSION")
        return {"cniVersion": self.VERSIONS[-1], "supportedVersions": list(self.VERSIONS)}


# Negotiation.


@wrap("negotiation/error-version", type="static", says="cniVersion of the error is")
def errors_of_today(call, exit, out, err):
    if exit == 0:
        return exit, out, err
    return exit, json.dumps({**json.loads(out), "cniVersion": "1.0.0"}).encode(), err


@breaks("negotiation/unknown-version", says="ADD fails")
class NewestForUnknown(TakesAll):
    def check_version(self):
        if self.command == "ADD":
            super().check_version()
        else:
            good.Static.check_version(self)


@breaks("negotiation/unknown-version", says="DEL fails")
class DelsUnknown(TakesAll):
    def check_version(self):
        if self.command == "DEL":
            super().check_version()
        else:
            good.Static.check_version(self)


@breaks("negotiation/unknown-version", says="code 1")
class WrongCode(good.Static):
    def check_version(self):
        if self.version not in self.VERSIONS:
            self.fail(BAD_CONFIG, f"what is version {self.version}?")
        super().check_version()


@breaks("negotiation/unknown-version", says="the IPAM plugin is not executed")
class AsksIpamFirst(good.Bridge):
    def check_version(self):
        if self.version not in self.VERSIONS:
            self.ipam_type = (self.config.get("ipam") or {}).get("type", "")
            self.delegate("DEL")
        super().check_version()


@breaks("negotiation/unknown-version", says="on container")
class SetsUpFirst(good.Static):
    def check_version(self):
        if self.version == "9.9.9" and self.command == "ADD":
            kernel.batch(["link add name ccleft type bridge"], kernel.open_netns(self.env("CNI_NETNS")))
        super().check_version()


@breaks("negotiation/no-version-at-all", says="ADD fails")
class CompletesVersions(good.Static):
    def check_version(self):
        if self.version == "1.0":
            self.version = "1.0.0"
        super().check_version()


@breaks("negotiation/no-version-at-all", says="code 1 or 6")
class OtherCode(WrongCode):
    pass


class EveryCommandAlways(Plugin):
    def check_version(self):
        if self.version not in self.VERSIONS and self.command in ("ADD", "DEL"):
            super().check_version()


@breaks("negotiation/check-too-early", says="CHECK fails")
class ChecksAlways(EveryCommandAlways, good.Static):
    pass


@breaks("negotiation/gc-too-early", says="GC fails")
class CollectsAlways(EveryCommandAlways, good.Static):
    pass


@breaks("negotiation/gc-too-early", says="nothing changed on container")
class CollectsThenRefuses(good.Static):
    def check_version(self):
        if self.command == "GC":
            kernel.run("sh", "-c", "for one in /run/netns/*; do nsenter --net=$one ip link add ccleft type bridge; done")
        super().check_version()


@breaks("negotiation/status-too-early", says="STATUS fails")
class WellAlways(EveryCommandAlways, good.Static):
    pass


@breaks("negotiation/undecodable-version", says="CHECK fails")
class ChecksAnything(good.Static):
    def check_version(self):
        if self.command != "CHECK" or self.version in self.VERSIONS:
            super().check_version()

    def do_check(self):
        pass

    def check_families(self, addresses):
        pass


@breaks("negotiation/undecodable-version", says="GC fails")
class CollectsAnything(good.Static):
    def check_version(self):
        if self.command != "GC" or self.version in self.VERSIONS:
            super().check_version()


@breaks("negotiation/undecodable-version", says="STATUS fails")
class AnythingIsWell(good.Static):
    def check_families(self, addresses):
        pass

    def check_version(self):
        if self.command != "STATUS" or self.version in self.VERSIONS:
            super().check_version()


@breaks("negotiation/version-missing", says="ADD succeeds")
class NeedsVersion(good.Static):
    def check_config(self):
        if "cniVersion" not in self.config:
            self.fail(VERSION_UNKNOWN, "which version?")
        super().check_config()


@breaks("negotiation/version-missing", says="ADD succeeds")
class NeedsWordInVersion(good.Static):
    def check_config(self):
        if self.config.get("cniVersion") == "":
            self.fail(VERSION_UNKNOWN, "which version?")
        super().check_config()


@edits("negotiation/version-missing", "static", "cniVersion of the result is 0.1.0 or 0.2.0")
def newest_without(result):
    result["cniVersion"] = "1.0.0"


@edits("negotiation/version-missing", "static", "has ip4 or ip6")
def nothing_without(result):
    result.pop("ip4", None)


@breaks("negotiation/ipam-lacks-version", says="code 1")
class OwnCode(good.Bridge):
    def delegate_failed(self, code, out, err):
        self.fail(999, "IPAM failed")


@breaks("negotiation/ipam-lacks-version", says="on container c1")
class KeepsLink(good.Bridge):
    def drop_link(self, record):
        pass


@breaks("negotiation/ipam-lacks-version", says="on the host")
class KeepsFile(good.Bridge):
    def delegate_failed(self, code, out, err):
        with open("/var/lib/failed", "w") as file:
            file.write("yes")
        super().delegate_failed(code, out, err)

    def clean_attachment(self, container_id, ifname):
        if os.path.exists("/var/lib/failed"):
            os.unlink("/var/lib/failed")
        super().clean_attachment(container_id, ifname)


# Results.


@edits("result/every-version", "static", "has no `ips`")
def lists_always(result):
    if not modern(result):
        result["ips"] = [{"address": result.pop("ip4")["ip"]}]


@edits("result/every-version", "static", "cniVersion of the result")
def another_label(result):
    result["cniVersion"] = "1.0.0"


@edits("result/every-version", "static", "is \"4\"")
def families_forgotten(result):
    for ip in result.get("ips", ()):
        ip.pop("version", None)


@edits("result/every-version", "static", "dns is absent or an object")
def dns_as_list(result):
    result["dns"] = []


@edits("result/types", "bridge", "has a name")
def nameless(result):
    del result["interfaces"][0]["name"]


@edits("result/types", "bridge", "lower-case hardware address")
def upper_case(result):
    result["interfaces"][0]["mac"] = "02:AB:00:00:00:01"


@edits("result/types", "bridge", "interface is absent or a number")
def index_as_text(result):
    result["ips"][0]["interface"] = "2"


@edits("result/types", "static", "address in CIDR notation")
def no_prefix(result):
    result["ips"][0]["address"] = "10.88.0.9"


@edits("result/types", "static", "a host's address")
def only_network(result):
    result["ips"][0]["address"] = "10.88.0.0/24"


@edits("result/types", "static", "an IPv4 address")
def gateway_with_prefix(result):
    result["ips"][0]["gateway"] = "10.88.0.1/24"


@edits("result/types", "static", "nameservers is a list of texts")
def numbers_as_servers(result):
    result["dns"] = {"nameservers": [53]}


@edits("result/types", "static", "domain is absent or a text")
def domains(result):
    result["dns"] = {"domain": ["a.test"]}


@edits("result/dns", "static", "dns of the result is")
def options_lost(result):
    del result["dns"]["options"]


@edits("result/legacy-shape", "static", "has no `routes`")
def routes_aside(result):
    result["routes"] = result["ip4"].pop("routes")


@edits("result/legacy-shape", "static", "has no `interfaces`")
def interfaces_before_their_time(result):
    result["interfaces"] = []


@edits("result/legacy-shape", "static", "has no `ips`")
def ips_before_their_time(result):
    result["ips"] = [{"address": "10.88.0.9/24"}]


@edits("result/legacy-shape", "static", "has ip4 or ip6")
def no_family(result):
    del result["ip4"]


@edits("result/legacy-shape", "static", "IPv6 address")
def wrong_family(result):
    result["ip6"] = result.pop("ip4")


@edits("result/legacy-shape", "static", "IPv4 address")
def wrong_gateway(result):
    result["ip4"]["gateway"] = "fd00::1"


class TwoOfAFamily(good.Static):
    def check_families(self, addresses):
        pass


@breaks("result/legacy-one-address", says="the first address")
class TakesTheLast(TwoOfAFamily):
    def result(self, ips, dns):
        return super().result(ips[::-1], dns)


@breaks("result/legacy-one-address", says="has no `ips`")
class ListsBoth(TwoOfAFamily):
    def old_layout(self, result, version):
        return {**super().old_layout(result, version), "ips": result["ips"]}


@edits("result/legacy-routes", "static", "of the right family")
def routes_together(result):
    result["ip4"]["routes"] += result["ip6"]["routes"]


@edits("result/legacy-routes", "static", "ip6 has routes")
def routes_of_one_family(result):
    del result["ip6"]["routes"]


@edits("result/legacy-routes", "static", "dst and gw only")
def priority_too_early(result):
    result["ip4"]["routes"][0]["priority"] = 0


@edits("result/legacy-route-without-address", "static", "the result has no ip6")
def address_invented(result):
    result["ip6"] = {"ip": "fd00:99::2/64", "routes": [{"dst": "fd00:99::/64"}]}


@edits("result/legacy-route-without-address", "static", "of the right family")
def route_misplaced(result):
    result["ip4"]["routes"].append({"dst": "fd00:99::/64"})


@breaks("result/legacy-route-without-address", says="dst and gw only")
class MtuTooEarly(good.Static):
    def route_layout(self, route, newest):
        return route


@edits("result/ips-key", "static", "are in `ips`")
def ip_as_the_text_says(result):
    result["ip"] = result.pop("ips")


@edits("result/ips-key", "static", "are in `ips`")
def both_keys(result):
    result["ip"] = result["ips"]


@edits("result/ips-with-version", "static", "ips[0].version is \"4\"")
def version_left_out(result):
    del result["ips"][0]["version"]


@edits("result/ips-with-version", "static", "ips[1].version is \"6\"")
def version_wrong(result):
    result["ips"][1]["version"] = "4"


@edits("result/ips-with-version", "static", "ips[0].version is \"4\"")
def version_as_number(result):
    result["ips"][0]["version"] = 4


@edits("result/ips-with-version", "static", "has addresses")
def no_addresses(result):
    del result["ips"]


@edits("result/ips-without-version", "static", "has no `version`")
def version_kept(result):
    result["ips"][0]["version"] = "4"


@edits("result/ips-without-version", "static", "has addresses")
def no_addresses_today(result):
    del result["ips"]


@edits("result/ips-interface", "bridge", "is an index into interfaces")
def index_absent(result):
    del result["ips"][0]["interface"]


@edits("result/ips-interface", "loopback", "is an index into interfaces")
def zero_left_out(result):
    for ip in result["ips"]:
        del ip["interface"]


@edits("result/ips-interface", "bridge", "is an index into interfaces")
def index_too_high(result):
    result["ips"][0]["interface"] = 3


@edits("result/ips-interface", "bridge", "is among the addresses of")
def index_of_another(result):
    result["ips"][0]["interface"] = 1


@edits("result/ipam-abbreviated", "static", "has no interfaces")
def interfaces_of_ipam(result):
    result["interfaces"] = [{"name": "eth0"}]


@edits("result/ipam-abbreviated", "static", "has no `interface`")
def index_of_ipam(result):
    result["ips"][0]["interface"] = 0


@edits("result/interface-entries", "bridge", "the sandbox of eth0")
def sandbox_by_another_name(result):
    own(result)["sandbox"] = "/var" + own(result)["sandbox"]


@edits("result/interface-entries", "bridge", "is listed with its sandbox")
def container_not_listed(result):
    result["interfaces"].remove(own(result))


@edits("result/interface-entries", "bridge", "there is a link")
def host_link_in_sandbox(result):
    result["interfaces"][1]["sandbox"] = own(result)["sandbox"]


@edits("result/interface-entries", "bridge", "the mac of eth0")
def mac_of_another(result):
    own(result)["mac"] = result["interfaces"][1]["mac"]


@edits("result/interface-entries", "bridge", "the mac of eth0")
def mac_left_out(result):
    del own(result)["mac"]


@edits("result/interface-entries", "bridge", "lower-case hardware address")
def mac_without_colons(result):
    own(result)["mac"] = own(result)["mac"].replace(":", "-")


@edits("result/all-interfaces", "bridge", "every new link is listed")
def port_not_listed(result):
    del result["interfaces"][1]


@edits("result/all-interfaces", "bridge", "every new link is listed")
def sandbox_forgotten(result):
    del own(result)["sandbox"]


@edits("result/mtu-right", "bridge", "the mtu of eth0")
def mtu_guessed(result):
    own(result)["mtu"] = 9000


@edits("result/mtu-given", "bridge", "has an mtu")
def mtu_kept_quiet(result):
    for link in result["interfaces"]:
        link.pop("mtu", None)


@breaks("result/no-newer-fields", says="has no `mtu`")
class MtuBeforeItsTime(good.Bridge):
    def interface_layout(self, link, newest):
        return super().interface_layout(link, True)


@edits("result/route-families", "static", "of the family of")
def mixed_route(result):
    result["routes"][0]["gw"] = "fd00:88::1"


@edits("result/route-families", "static", "the routes that were asked for")
def routes_lost(result):
    del result["routes"]


@edits("result/route-families", "static", "families that the container has an address of")
def route_of_no_address(result):
    result["ips"] = [ip for ip in result["ips"] if ":" not in ip["address"]]


class RouteWithout(good.Bridge):
    WITHOUT = ()

    def route_line(self, route, ips):
        return super().route_line({k: v for k, v in route.items() if k not in self.WITHOUT}, ips)


@breaks("result/route-attributes", says="metric 77")
class NoPriority(RouteWithout):
    WITHOUT = ("priority",)


@breaks("result/route-attributes", says="10.99.0.0/24 via")
class NoTable(RouteWithout):
    WITHOUT = ("table",)


@breaks("result/route-attributes", says="mtu 1400")
class NoMtu(RouteWithout):
    WITHOUT = ("mtu",)


@breaks("result/route-attributes", says="advmss 1300")
class NoAdvmss(RouteWithout):
    WITHOUT = ("advmss",)


@edits("result/route-attributes", "bridge", "the result reports the route")
def priority_not_reported(result):
    result["routes"][0].pop("priority", None)


@breaks("result/route-scope", says="scope link")
class NoScope(good.Bridge):
    def route_line(self, route, ips):
        line = super().route_line(route, ips)
        return line.replace("scope 253", "scope 0") if "scope" in line else line


# Chains.


@edits("chain/passed-on", "portmap", "interfaces of the result")
def interfaces_cut(result):
    del result["interfaces"][-1]


@edits("chain/passed-on", "portmap", "interfaces of the result")
def newer_fields_lost(result):
    result["interfaces"][-1].pop("socketPath", None)


@edits("chain/passed-on", "portmap", "ips of the result")
def gateway_lost(result):
    result["ips"][0].pop("gateway", None)


@edits("chain/passed-on", "portmap", "routes of the result")
def route_attributes_lost(result):
    result["routes"][-1].pop("table", None)


@edits("chain/passed-on", "portmap", "dns of the result")
def dns_lost(result):
    result.pop("dns", None)


@edits("chain/passed-on", "portmap", "cniVersion of the result")
def older_label(result):
    result["cniVersion"] = "1.0.0"


@edits("chain/zero-kept", "portmap", "table 0 and scope 0")
def zero_table_dropped(result):
    result["routes"][0].pop("table", None)


@edits("chain/zero-kept", "portmap", "table 0 and scope 0")
def zero_scope_dropped(result):
    result["routes"][0].pop("scope", None)


@edits("chain/mac-reported", "tuning", "the mac of eth0")
def old_mac(result):
    own(result)["mac"] = "02:00:00:00:00:01"


@edits("chain/mac-reported", "tuning", "ips of the result")
def addresses_lost(result):
    result["ips"] = []


@breaks("chain/mac-reported", says="another than before")
class KeepsMac(good.Tuning):
    def set_link(self, netns, values):
        return super().set_link(netns, {key: value for key, value in values.items() if key != "mac"})


@edits("chain/mtu-reported", "tuning", "the mtu of eth0")
def old_mtu(result):
    own(result)["mtu"] = 1500


@edits("chain/appended", "bandwidth", "every new link is listed")
def ifb_not_listed(result):
    result["interfaces"] = [link for link in result["interfaces"] if not link["name"].startswith("ifb")]


@edits("chain/appended", "bandwidth", "interfaces[0] of the result")
def ifb_first(result):
    result["interfaces"].insert(0, result["interfaces"].pop())


@edits("chain/appended", "bandwidth", "is among the ips")
def indices_moved(result):
    result["ips"][0]["interface"] = 1


@breaks("chain/capability-unused", says="ADD succeeds")
class NeedsMappings(good.Portmap):
    def judge_config(self):
        super().judge_config()
        if "capabilities" in self.config and "runtimeConfig" not in self.config:
            self.fail(BAD_CONFIG, "which ports?")


@breaks("chain/capability-unused", says="ADD succeeds")
class NeedsMappingsInside(good.Portmap):
    def judge_config(self):
        super().judge_config()
        if self.config.get("runtimeConfig") == {}:
            self.fail(BAD_CONFIG, "which ports?")


@edits("chain/capability-unused", "portmap", "ips of the result")
def nothing_passed(result):
    result.pop("ips", None)


class ReadsLabels(good.Portmap):
    """Looks at the version that prevResult says."""

    def label(self):
        return (self.config.get("prevResult") or {}).get("cniVersion")


@breaks("chain/prev-result-without-version", says="ADD succeeds")
class NeedsLabel(ReadsLabels):
    def prev_result(self):
        return super().prev_result() if self.label() else self.fail(BAD_CONFIG, "a result without version")


@breaks("chain/prev-result-of-sister-version", says="ADD succeeds")
class NeedsSameLabel(ReadsLabels):
    def prev_result(self):
        return super().prev_result() if self.label() == self.version else self.fail(BAD_CONFIG, "another version")


@wrap("chain/prev-result-of-sister-version", type="portmap", says="cniVersion of the result")
def label_passed_on(call, exit, out, err):
    given = json.loads(call.stdin).get("prevResult") if call.command == "ADD" and exit == 0 else None
    return (exit, json.dumps(given).encode(), err) if given else (exit, out, err)


@edits("chain/prev-result-of-sister-version", "portmap", "ips of the result is that of prevResult")
def gateways_lost(result):
    result["ips"][0].pop("gateway", None)


@wrap("chain/prev-result-of-other-layout", type="portmap", says="cniVersion of the result")
def layout_passed_on(call, exit, out, err):
    return label_passed_on(call, exit, out, err)


@edits("chain/prev-result-of-other-layout", "portmap", "has no `version`")
def families_kept(result):
    result["ips"][0]["version"] = "4"


@breaks("chain/prev-result-of-unknown-version", says="ADD fails")
class ReadsAnything(good.Portmap):
    def read_result(self, given):
        return super().read_result({**given, "cniVersion": self.version})


@breaks("chain/empty-family", says="ADD succeeds")
class NeedsFamily(good.Portmap):
    def read_result(self, given):
        if any(ip.get("version") == "" for ip in given.get("ips") or ()):
            raise ValueError("an address without family")
        return super().read_result(given)


@edits("chain/empty-family", "portmap", "version is \"4\"")
def empty_family_passed_on(result):
    result["ips"][0]["version"] = ""


@breaks("chain/stray-family", says="ADD succeeds")
class RefusesFamily(good.Portmap):
    def read_result(self, given):
        if any("version" in ip for ip in given.get("ips") or ()):
            raise ValueError("version is a thing of the past")
        return super().read_result(given)


@edits("chain/stray-family", "portmap", "has no `version`")
def stray_family_passed_on(result):
    result["ips"][0]["version"] = "4"


class Strict(good.Portmap):
    def read_result(self, given):
        for kind, key in self.PLACES:
            for one in given.get(kind) or ():
                if key in one and not one[key]:
                    raise ValueError(f"{key} is empty")
        return super().read_result(given)


@breaks("chain/empty-values", says="ADD succeeds")
class NoNullGateway(Strict):
    PLACES = (("ips", "gateway"),)


@breaks("chain/empty-values", says="ADD succeeds")
class NoNullGw(Strict):
    PLACES = (("routes", "gw"),)


@breaks("chain/empty-values", says="ADD succeeds")
class NoEmptySandbox(Strict):
    PLACES = (("interfaces", "sandbox"),)


class WorksAlone(good.Portmap):
    """Makes do without prevResult."""

    def prev_result(self):
        if self.command == "ADD" and self.config.get("prevResult") is None and self.is_fine():
            return {"interfaces": [], "ips": [], "routes": [], "dns": {}}
        return super().prev_result()


@breaks("chain/prev-result-missing", says="ADD fails")
class WithoutPrevResult(WorksAlone):
    def is_fine(self):
        return "prevResult" not in self.config


@breaks("chain/prev-result-missing", says="ADD fails")
class WithNull(WorksAlone):
    def is_fine(self):
        return "prevResult" in self.config


class Careless(good.Portmap):
    def read_result(self, given):
        if not isinstance(given.get("ips"), list):
            given = {**given, "ips": []}
        return super().read_result(given)


@breaks("chain/prev-result-malformed", says="ADD fails")
class TextAsList(Careless):
    pass


@breaks("chain/prev-result-malformed", says="ADD fails")
class AnyAddress(good.Portmap):
    def check_cidr(self, text):
        pass


@breaks("chain/prev-result-malformed", says="code 6 or 7")
class OwnCodeForMalformed(good.Portmap):
    def prev_result(self):
        try:
            return super().prev_result()
        except Exception as error:
            self.fail(WRONG_STATE, str(error))


@breaks("chain/prev-result-malformed-at-check", says="CHECK fails")
class ChecksTextAsList(Careless):
    pass


@breaks("chain/prev-result-malformed-at-check", says="code 6 or 7")
class OwnCodeAtCheck(OwnCodeForMalformed):
    pass


class NeedsPrevResultAtDel(good.Portmap):
    def delete(self):
        given = self.config.get("prevResult")
        if self.is_bad(given):
            self.fail(BAD_CONFIG, "cannot work with that prevResult")
        super().delete()


@breaks("chain/broken-prev-result-at-del", says="DEL succeeds")
class NotEmpty(NeedsPrevResultAtDel):
    def is_bad(self, given):
        return given == {}


@breaks("chain/broken-prev-result-at-del", says="DEL succeeds")
class NotTextForList(NeedsPrevResultAtDel):
    def is_bad(self, given):
        return isinstance(given, dict) and isinstance(given.get("ips"), str)


@breaks("chain/broken-prev-result-at-del", says="DEL succeeds")
class NotUnknown(NeedsPrevResultAtDel):
    def is_bad(self, given):
        return isinstance(given, dict) and given.get("cniVersion") == "9.9.9"


@breaks("chain/broken-prev-result-at-del", says="DEL succeeds")
class NotNull(NeedsPrevResultAtDel):
    def is_bad(self, given):
        return isinstance(given, dict) and "ips" in given and given["ips"] is None


@breaks("chain/broken-prev-result-at-del", says="DEL succeeds")
class NotNowhere(NeedsPrevResultAtDel):
    def is_bad(self, given):
        ips = given.get("ips") if isinstance(given, dict) else ()
        return isinstance(ips, list) and any(ip.get("interface") == 99 for ip in ips)


@breaks("chain/broken-prev-result-at-del", says="DEL succeeds")
class NotText(NeedsPrevResultAtDel):
    def is_bad(self, given):
        return isinstance(given, str)


@breaks("chain/broken-prev-result-at-del", says="nothing of the case is left")
class CleansByPrevResult(good.Firewall):
    def delete(self):
        given = self.config.get("prevResult")
        if isinstance(given, dict) and given.get("ips"):
            super().delete()


class FallsOver(good.Firewall):
    def apply(self, netns, prev):
        if not prev[self.NEEDED]:
            os.abort()
        return super().apply(netns, prev)


@breaks("chain/prev-result-poor", says="one JSON object")
class FallsOverIps(FallsOver):
    NEEDED = "ips"


@breaks("chain/prev-result-poor", says="one JSON object")
class FallsOverInterfaces(FallsOver):
    NEEDED = "interfaces"


@breaks("chain/link-of-same-name-on-host", says="the mac of the host's eth0")
class AnyOfThatName(good.Tuning):
    def apply(self, netns, prev):
        result = super().apply(netns, prev)
        for entry in result["interfaces"]:
            if entry["name"] == self.ifname:
                entry["mac"] = "02:11:22:33:44:55"
        return result


@breaks("chain/address-without-index", says="lead to")
class IndexNeeded(good.Portmap):
    def container_ips(self, prev):
        return super().container_ips({**prev, "ips": [ip for ip in prev["ips"] if "interface" in ip]})


@breaks("chain/address-without-index", says="lead to")
class IndexBelieved(good.Portmap):
    def container_ips(self, prev):
        return super().container_ips({**prev, "ips": [ip for ip in prev["ips"] if ip.get("interface") != -1]})


@breaks("chain/existing-link-used", says="ADD succeeds")
class NeverChained(good.Bridge):
    def add(self):
        if self.prev_result():
            self.fail(BAD_CONFIG, "a bridge comes first")
        return super().add()


@breaks("chain/existing-link-used", says="is a port of a bridge")
class LeavesExistingLink(good.Bridge):
    def add(self):
        return self.prev_result() if self.prev_result() else super().add()


@breaks("chain/existing-link-used", says="no other link is made")
class MakesAnother(good.Bridge):
    def add(self):
        if not self.prev_result():
            return super().add()
        kernel.batch(
            [
                "link add name ccbr9 type bridge",
                "link set dev ccexisting master ccbr9",
                "link add name ccmore type bridge",
            ]
        )
        return self.prev_result()

    def delete(self):
        kernel.run("sh", "-c", "ip link del ccbr9; ip link del ccmore; true")
        super().delete()


class Remembers(good.Bridge):
    """Compares with what it did itself, not with what became of it."""

    def set_up_host(self, record, own, link):
        super().set_up_host(record, own, link)
        self.records.write(self.container_id, self.ifname, {**record, "mac": link["address"], "mtu": link["mtu"]})

    def check_link(self, link, entry):
        record = self.records.read(self.container_id, self.ifname)
        if any(record[key] != link[word] for key, word in self.COMPARED):
            self.fail(WRONG_STATE, "somebody changed the link")


@breaks("chain/check-after-later-plugins", says="CHECK succeeds")
class RemembersMac(Remembers):
    COMPARED = (("mac", "address"),)


@breaks("chain/check-after-later-plugins", says="CHECK succeeds")
class RemembersMtu(Remembers):
    COMPARED = (("mtu", "mtu"),)


@breaks("chain/check-after-later-plugins", says="CHECK succeeds")
class ExpectsDefaultRoute(good.Bridge):
    def check_routes(self, netns, prev):
        super().check_routes(netns, {**prev, "routes": prev["routes"] or [{"dst": "0.0.0.0/0"}]})


@breaks("chain/check-after-later-plugins", says="DEL succeeds")
class DelsOnlyItsOwn(good.Bridge):
    def delete(self):
        if self.prev_result() and not self.prev_result()["routes"]:
            self.fail(WRONG_STATE, "somebody changed the routes")
        super().delete()


# Habits of libcni.


@breaks("libcni/sorted-configuration", says="ADD succeeds")
class NoCapabilitiesInStdin(good.Static):
    def read_config(self):
        if self.command == "ADD" and "capabilities" in self.config:
            self.fail(BAD_CONFIG, "capabilities are none of a plugin's business")
        super().read_config()


@breaks("libcni/sorted-configuration", says="DEL succeeds")
class VersionFirst(good.Static):
    def read_config(self):
        if self.command == "DEL" and next(iter(self.config)) != "cniVersion":
            self.fail(BAD_CONFIG, "cniVersion comes first")
        super().read_config()


@breaks("libcni/unreached-plugin", says="DEL succeeds")
class NeedsAdd(good.Bridge):
    def delete(self):
        if not self.records.read(self.container_id, self.ifname):
            self.fail(WRONG_STATE, "it was never added")
        super().delete()


@breaks("libcni/lost-cache", says="CHECK fails")
class ChecksWithout(good.Static):
    def do_check(self):
        pass


@breaks("libcni/lost-cache", says="DEL succeeds")
class NeedsResultAtDel(good.Static):
    def delete(self):
        if self.prev_result() is None:
            self.fail(BAD_CONFIG, "DEL needs prevResult")


@breaks("libcni/del-before-gc", says="GC succeeds")
class CollectsOnlyTheKnown(good.HostLocal):
    def gc(self, valid):
        if len(valid) != len(self.leases()) + 1:
            self.fail(WRONG_STATE, "nothing to collect")


@breaks("libcni/del-before-gc", says="nothing changed on")
class CollectsAll(good.HostLocal):
    def gc(self, valid):
        super().gc(set())


@breaks("libcni/go-cni-loopback", says="ADD succeeds")
class NoLoNetwork(good.Loopback):
    def read_config(self):
        if self.config["name"] == "cni-loopback" and self.command == "ADD":
            self.fail(BAD_CONFIG, "no network is called so")


@breaks("libcni/go-cni-loopback", says="lo is up")
class LeavesDown(good.Loopback):
    def add(self):
        result = super().add()
        kernel.batch(["link set dev lo down"], kernel.open_netns(self.netns))
        return result


@breaks("libcni/go-cni-loopback", says="DEL succeeds")
class KeepsLo(good.Loopback):
    def delete(self):
        if self.network == "cni-loopback":
            self.fail(WRONG_STATE, "lo stays")
        super().delete()


@edits("libcni/go-cni-addresses", "bridge", "has an address for eth0")
def address_of_the_port(result):
    result["ips"][0]["interface"] = 1


@edits("libcni/go-cni-addresses", "bridge", "has an address for eth0")
def address_kept_quiet(result):
    del result["ips"]


class ReadsIpam(good.Bridge):
    """Is strict with what an IPAM plugin answers."""

    def read_result(self, given):
        self.judge_ipam(given)
        return super().read_result(given)


@breaks("libcni/ipam-without-version", says="ADD succeeds")
class NeedsIpamLabel(ReadsIpam):
    def judge_ipam(self, given):
        if "cniVersion" not in given:
            raise ValueError("a result without version")


@breaks("libcni/ipam-without-version", says="the list of addresses")
class LosesAddresses(good.Bridge):
    def result(self, own, record, link):
        return {**super().result(own, record, link), "ips": []}


@breaks("libcni/ipam-of-first-layout", says="the list of addresses")
class SixFirst(good.Bridge):
    def read_old_result(self, given):
        result = super().read_old_result(given)
        return {**result, "ips": result["ips"][::-1]}


@breaks("libcni/ipam-of-first-layout", says="the number of routes")
class OldRoutesLost(good.Bridge):
    def read_old_result(self, given):
        return {**super().read_old_result(given), "routes": []}


@breaks("libcni/ipam-of-newer-layout", says="ips[0].version is \"4\"")
class FamilyOnlyWhereGiven(good.Bridge):
    def ip_layout(self, ip, with_version):
        return super().ip_layout(ip, False)


@breaks("libcni/ipam-of-newer-layout", says="the list of addresses")
class LosesNewerAddresses(LosesAddresses):
    pass


@breaks("libcni/ipam-of-newer-layout", says="the number of routes")
class LosesNewerRoutes(good.Bridge):
    def result(self, own, record, link):
        return {**super().result(own, record, link), "routes": []}


@breaks("libcni/ipam-of-sister-version", says="ADD succeeds")
class NeedsSameIpamLabel(ReadsIpam):
    def judge_ipam(self, given):
        if given.get("cniVersion") != self.version:
            raise ValueError("another version")


@breaks("libcni/ipam-of-sister-version", says="cniVersion of the result")
class LabelOfIpam(good.Bridge):
    def layout(self, result, version):
        return {**super().layout(result, version), "cniVersion": "1.0.0"}


@breaks("libcni/ipam-of-sister-version", says="the list of addresses")
class LosesSisterAddresses(LosesAddresses):
    pass


@breaks("libcni/ipam-with-stray-values", says="ADD succeeds")
class NoStrayVersion(ReadsIpam):
    def judge_ipam(self, given):
        if any("version" in ip for ip in given.get("ips") or ()):
            raise ValueError("version is a thing of the past")


@breaks("libcni/ipam-with-stray-values", says="ADD succeeds")
class NoNullRoute(ReadsIpam):
    def judge_ipam(self, given):
        if any(route.get("gw", "") is None for route in given.get("routes") or ()):
            raise ValueError("gw is null")


@breaks("libcni/ipam-with-stray-values", says="has no `version`")
class PassesStrayVersion(good.Bridge):
    def ip_layout(self, ip, with_version):
        return super().ip_layout(ip, True)


@breaks("libcni/ipam-with-stray-values", says="the list of addresses")
class LosesStrayAddresses(LosesAddresses):
    pass
