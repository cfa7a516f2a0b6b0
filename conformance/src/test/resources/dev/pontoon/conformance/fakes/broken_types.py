"""Plugins that break what the well-known types promise, and the conventions about capabilities and args."""

import fcntl
import os

import chained
import good
import kernel
from breaking import breaks
from kernel import batch
from protocol import INTERNAL, TAKEN, CniError


# Capabilities.


@breaks("capability/mac", says="the MAC address of eth0 is 02:11:22:33:44:55")
class NoMac(good.Bridge):
    def runtime(self, capability):
        return None if capability == "mac" else super().runtime(capability)


@breaks("capability/mac", says="the MAC address of eth0 in the result is 02:11:22:33:44:55")
class OtherMacReported(good.Bridge):
    def result(self, own, record, link):
        return super().result(own, record, {**link, "address": "02:00:00:00:00:09"})


@breaks("capability/ips-from-pool", says="the list of addresses is [10.88.0.77]")
class NoRuntimeIps(good.HostLocal):
    def requested(self):
        return super().requested()[0], []


class OneFamily(good.HostLocal):
    KEPT = "."

    def requested(self):
        return [], [text for text in super().requested()[1] if self.KEPT in text]


@breaks("capability/ips-of-both-families", says="fd00:88::77 is among the addresses of the result")
class OnlyIpv4(OneFamily):
    pass


@breaks("capability/ips-of-both-families", says="10.88.0.77 is among the addresses of the result")
class OnlyIpv6(OneFamily):
    KEPT = ":"


class OnlyKnownIps(OneFamily):
    KEPT = "10.88."


@breaks("capability/ips-beyond-pool", says="ADD fails (exit status other than 0)")
class IgnoresBeyond(OnlyKnownIps):
    pass


@breaks("capability/ips-one-beyond-pool", says="ADD fails (exit status other than 0)")
class IgnoresOneBeyond(OnlyKnownIps):
    pass


@breaks("capability/ips-instead-of-own", says="the list of addresses is [10.88.0.77]")
class IpsBesideOwn(good.Static):
    def chosen(self):
        return self.configured() + super().chosen()


@breaks("capability/ips-without-prefix", says="ADD fails (exit status other than 0)")
class GuessesPrefix(good.Static):
    def cidr(self, text):
        return super().cidr(text if "/" in text else text + "/32")


class SomeRuntimeRanges(good.HostLocal):
    def kept(self, sets):
        return sets

    def set_list(self, value, what):
        sets = super().set_list(value, what)
        return self.kept(sets) if what.startswith("runtimeConfig") else sets


@breaks("capability/ip-ranges", says="one address is from the first list of ranges")
class NoFirstRanges(SomeRuntimeRanges):
    def kept(self, sets):
        return sets[1:]


@breaks("capability/ip-ranges", says="one address is from the second list of ranges")
class NoSecondRanges(SomeRuntimeRanges):
    def kept(self, sets):
        return sets[:1]


@breaks("capability/ip-ranges-before-own", says="the first address is from the runtime's ranges")
class OwnRangesFirst(good.HostLocal):
    def range_sets(self):
        return super().range_sets()[::-1]


@breaks("capability/malformed-mac", says="ADD fails (exit status other than 0)")
class IgnoresBadMac(good.Bridge):
    def read_mac(self):
        try:
            return super().read_mac()
        except CniError:
            return ""


@breaks("capability/malformed-ips", says="ADD fails (exit status other than 0)")
class IgnoresBadIps(good.HostLocal):
    def requested(self):
        return [], []


@breaks("capability/malformed-ip-ranges", says="ADD fails (exit status other than 0)")
class IgnoresBadRanges(SomeRuntimeRanges):
    def kept(self, sets):
        return []


@breaks("capability/malformed-port-mappings", says="ADD fails (exit status other than 0)")
class IgnoresBadMappings(good.Portmap):
    def judge_config(self):
        try:
            super().judge_config()
        except CniError:
            self.mappings, self.snat = [], True


@breaks("capability/malformed-bandwidth", says="ADD fails (exit status other than 0)")
class IgnoresBadRates(good.Bandwidth):
    def judge_config(self):
        try:
            super().judge_config()
        except CniError:
            self.ingress = self.egress = None


class Refuses(good.Bridge):
    """Refuses what the runtime gives for a capability."""

    CAPABILITY = "dns"

    def read_config(self):
        super().read_config()
        if self.command == "ADD" and self.runtime(self.CAPABILITY):
            self.fail(INTERNAL, "I have no use for that")


@breaks("capability/dns", says="ADD succeeds (exit status 0)")
class RefusesDns(Refuses):
    pass


@breaks("capability/dns", says="name servers of the result are the runtime's")
class OtherDns(good.Bridge):
    def dns(self, from_ipam):
        return {"nameservers": ["10.88.0.99"]}


@breaks("capability/without-use", says="ADD succeeds (exit status 0)")
class RefusesGuid(Refuses):
    CAPABILITY = "infinibandGUID"


@breaks("capability/without-use", says="ADD succeeds (exit status 0)")
class RefusesAliases(Refuses):
    CAPABILITY = "aliases"


@breaks("capability/without-use", says="ADD succeeds (exit status 0)")
class RefusesCgroupPath(Refuses):
    CAPABILITY = "cgroupPath"


@breaks("capability/device-id", says="the error names 0000:ff:1f.7")
class RefusesDeviceId(Refuses):
    CAPABILITY = "deviceID"


@breaks("capability/declared-without-value", says="ADD succeeds (exit status 0)")
class InsistsOnValues(good.Bridge):
    def read_config(self):
        super().read_config()
        if self.config.get("capabilities") and not self.config.get("runtimeConfig"):
            self.fail(INTERNAL, "capabilities without runtimeConfig")


@breaks("capability/vendor", says="ADD succeeds (exit status 0)")
class RefusesVendors(Refuses):
    CAPABILITY = "io.kubernetes.cri.pod-annotations"


@breaks("capability/args-ips-from-pool", says="the list of addresses is [10.88.0.78]")
class NoArgsIps(good.HostLocal):
    def cni_arg(self, name):
        return None


@breaks("capability/args-ips-instead-of-own", says="the list of addresses is [10.88.0.78]")
class NoArgsIpsEither(good.Static):
    def cni_arg(self, name):
        return None


@breaks("capability/args-labels", says="ADD succeeds (exit status 0)")
class RefusesLabels(good.Loopback):
    def read_config(self):
        super().read_config()
        if self.cni_arg("labels"):
            self.fail(INTERNAL, "what are labels?")


@breaks("capability/args-mac", says="the MAC address of eth0 is 02:66:77:88:99:aa")
class NoArgsMac(good.Bridge):
    def cni_arg(self, name):
        return None


# bridge.


@breaks("bridge/gateway-address", says="10.88.0.1/24 is among the addresses of the bridge")
class GatewayAlone(good.Bridge):
    def gateway_addresses(self, ips):
        return [address.partition("/")[0] + "/32" for address in super().gateway_addresses(ips)]


@breaks("bridge/no-gateway-address", says="the list of addresses of the bridge is []")
class AlwaysGateway(good.Bridge):
    def read_config(self):
        super().read_config()
        self.gateway = True


@breaks("bridge/default-gateway", says="the list of default routes in the container is [10.88.0.1]")
class NoDefaultRoute(good.Bridge):
    def missing_defaults(self, own):
        return []


@breaks("bridge/default-gateway", says="default is among the routes of the result")
class SecretDefaultRoute(good.Bridge):
    def result(self, own, record, link):
        return {**super().result(own, record, link), "routes": []}


@breaks("bridge/default-gateway-once", says="the list of default routes in the container is [10.88.0.1]")
class TwoDefaultRoutes(good.Bridge):
    def missing_defaults(self, own):
        return [{"dst": "0.0.0.0/0", "gw": own["ips"][0]["gateway"], "priority": 50}]



@breaks("bridge/hairpin", says="`hairpin` of the port of container c1 is true")
class NeverHairpin(good.Bridge):
    def port_options(self, record):
        self.hairpin = False
        return super().port_options(record)


@breaks("bridge/hairpin", says="`hairpin` of the port of container c2 is false")
class AlwaysHairpin(good.Bridge):
    def port_options(self, record):
        self.hairpin = True
        return super().port_options(record)


@breaks("bridge/port-isolation", says="`isolated` of the port of container c1 is true")
class NeverIsolated(good.Bridge):
    def port_options(self, record):
        self.isolated = False
        return super().port_options(record)


@breaks("bridge/promiscuous", says="promiscuous mode of the bridge is true")
class NeverPromiscuous(good.Bridge):
    def make_bridge(self):
        self.promisc = False
        super().make_bridge()


@breaks("bridge/promiscuous", says="promiscuous mode of the bridge is false")
class AlwaysPromiscuous(good.Bridge):
    def make_bridge(self):
        self.promisc = True
        super().make_bridge()


class HostEndOfUsualMtu:
    def configure_container(self, netns, result):
        link = super().configure_container(netns, result)
        host = self.records.read(self.container_id, self.ifname)["host"]
        batch([f"link set dev {host} mtu 1500"])
        return link


class ContainerEndOfUsualMtu:
    def configure_container(self, netns, result):
        super().configure_container(netns, result)
        lines = [f"link set dev {self.ifname} mtu 1500", f"link show dev {self.ifname}"]
        return batch(lines, netns)[-1]


@breaks("bridge/mtu", says="the MTU of the host's end is 1400")
class HostEndWithoutMtu(HostEndOfUsualMtu, good.Bridge):
    pass


@breaks("bridge/mtu", says="the MTU of eth0 is 1400")
class ContainerEndWithoutMtu(ContainerEndOfUsualMtu, good.Bridge):
    pass


@breaks("bridge/spoof-check", says="a neighbour sees no frame from a forged MAC address")
class NoSpoofCheck(good.Bridge):
    def add_spoof_check(self, record, link):
        pass


@breaks("bridge/spoof-check", says="a neighbour sees frames from the container's own MAC address")
class DropsAll(good.Bridge):
    def add_spoof_check(self, record, link):
        super().add_spoof_check(record, {**link, "address": "02:00:00:00:00:01"})


@breaks("bridge/spoof-check-off", says="a neighbour sees frames from another MAC address than the container's")
class AlwaysSpoofCheck(good.Bridge):
    def read_config(self):
        super().read_config()
        self.spoof_check = True


@breaks("bridge/force-address", says="the list of addresses of the bridge is [10.88.0.1/24]")
class KeepsOtherAddress(good.Bridge):
    def conflicting(self, address, there):
        return []


@breaks("bridge/other-address-kept", says="ADD fails (exit status other than 0)")
class AlwaysForces(good.Bridge):
    def key(self, name, kind, default):
        return True if name == "forceAddress" else super().key(name, kind, default)


@breaks("bridge/other-address-kept", says="the list of addresses of the bridge is [10.77.0.1/24]")
class RefusesTooLate(good.Bridge):
    def conflicting(self, address, there):
        for other in super().conflicting(address, there):
            batch([f"addr del {other} dev {self.bridge}"])
            yield other


class OnVlan(good.Bridge):
    LINES = ()

    def put_on_vlan(self, record):
        lines = "".join(line.format(dev=record["host"], vid=self.vlan) + "\n" for line in self.LINES)
        kernel.run("bridge", "-batch", "-", stdin=lines)


@breaks("bridge/vlan", says="the port is on VLAN 100 alone, untagged")
class OnTwoVlans(OnVlan):
    LINES = ("vlan add dev {dev} vid {vid} pvid untagged",)


@breaks("bridge/vlan", says="the port is on VLAN 100 alone, untagged")
class OnOtherVlan(OnVlan):
    LINES = ("vlan del dev {dev} vid 1", "vlan add dev {dev} vid 5 pvid untagged")


@breaks("bridge/vlan", says="the port is on VLAN 100 alone, untagged")
class NotPvid(OnVlan):
    LINES = ("vlan del dev {dev} vid 1", "vlan add dev {dev} vid {vid} untagged")


@breaks("bridge/vlan", says="the port is on VLAN 100 alone, untagged")
class Tagged(OnVlan):
    LINES = ("vlan del dev {dev} vid 1", "vlan add dev {dev} vid {vid} pvid")


@breaks("bridge/existing", says="the bridge of the container's port is cni0")
class OtherBridge(good.Bridge):
    def read_config(self):
        super().read_config()
        self.bridge = "cni9"


@breaks("bridge/existing", says="the bridge of the other port is cni0")
class FreshBridge(good.Bridge):
    def make_bridge(self):
        if self.bridge in kernel.links():
            batch([f"link del dev {self.bridge}"])
        super().make_bridge()


@breaks("bridge/existing", says="the MAC address of the bridge is")
class BridgeOfOtherMac(good.Bridge):
    def make_bridge(self):
        super().make_bridge()
        batch([f"link set dev {self.bridge} address 02:00:00:00:00:01"])


@breaks("bridge/layer-two", says="UP is among the flags of eth0")
class LeavesLinkDown(good.Bridge):
    def configure_container(self, netns, result):
        if result["ips"]:
            return super().configure_container(netns, result)
        return batch([f"link show dev {self.ifname}"], netns)[-1]


@breaks("bridge/layer-two", says="is a port of a bridge")
class NoPort(good.Bridge):
    def set_up_host(self, record, own, link):
        super().set_up_host(record, own, link)
        batch([f"link set dev {record['host']} nomaster"])

    def port_state(self, record):
        return "3"


@breaks("bridge/layer-two", says="the list of addresses of eth0 is []")
class AddressOfItsOwn(good.Bridge):
    def configure_container(self, netns, result):
        link = super().configure_container(netns, result)
        batch([f"addr add 10.88.0.200/24 dev {self.ifname}"], netns)
        return link


@breaks("bridge/layer-two", says="the list of default routes is []")
class RouteOfItsOwn(good.Bridge):
    def configure_container(self, netns, result):
        link = super().configure_container(netns, result)
        batch([f"route add default dev {self.ifname}"], netns)
        return link


@breaks("bridge/neighbours", says="a neighbour gets an answer from 10.88.0.3")
class AlwaysIsolated(good.Bridge):
    def port_options(self, record):
        self.isolated = True
        return super().port_options(record)


@breaks("bridge/neighbours", says="a neighbour gets an answer from fd00:88::")
class HalfOfNeighbours(good.Bridge):
    def address_line(self, ip):
        return super().address_line(ip).replace("fd00:88::", "fd00:88::dead:")


# ptp.


@breaks("ptp/host", says="10.88.0.1 is among the addresses of the host's end")
class NoGatewayAtHost(good.Ptp):
    def reach_gateways(self, record, own):
        super().reach_gateways(record, own)
        batch([f"addr flush dev {record['host']}"])


@breaks("ptp/host", says="the host gets an answer from 10.88.0.2")
class NoWayToContainer(good.Ptp):
    def reach_gateways(self, record, own):
        super().reach_gateways(record, own)
        batch([f"route del 10.88.0.2 dev {record['host']}"])


@breaks("ptp/host", says="the container gets an answer from 10.88.0.1")
class SilentHost(good.Ptp):
    def reach_gateways(self, record, own):
        super().reach_gateways(record, own)
        kernel.write_sysctl("ipv4/icmp_echo_ignore_all", "1")


@breaks("ptp/containers", says="another container gets an answer from 10.88.0.3")
class NoForwarding(good.Ptp):
    def forward(self, families):
        pass


@breaks("ptp/mtu", says="the MTU of the host's end is 1400")
class PtpHostWithoutMtu(HostEndOfUsualMtu, good.Ptp):
    pass


@breaks("ptp/mtu", says="the MTU of eth0 is 1400")
class PtpContainerWithoutMtu(ContainerEndOfUsualMtu, good.Ptp):
    pass


# Masquerading.


@breaks("masquerade/outside", says="the address that the outside sees is 192.0.2.1")
class NoMasquerade(good.Bridge):
    def add_masquerade(self, record, ips):
        pass


@breaks("masquerade/outside", says="container c1 reaches container c2 over tcp at 192.0.2.2:7001")
class ForwardsNothing(good.Bridge):
    def forward(self, families):
        pass


@breaks("masquerade/outside-ipv6", says="the address that the outside sees is 2001:db8::1")
class OnlyIpv4Masquerade(good.Bridge):
    def add_masquerade(self, record, ips):
        super().add_masquerade(record, [ip for ip in ips if ":" not in ip["address"]])


@breaks("masquerade/same-subnet", says="the address that the neighbour sees is 10.88.0.2")
class MasqueradesAll(good.Ptp):
    def masquerade_rule(self, ip):
        return f"ip saddr {ip['address'].partition('/')[0]} masquerade"


@breaks("masquerade/same-subnet", says="the address that the host sees is 10.88.0.2")
class MasqueradesToHost(good.Bridge):
    def add_masquerade(self, record, ips):
        super().add_masquerade(record, ips)
        table, source = self.masquerade_table(record), ips[0]["address"].partition("/")[0]
        kernel.nft(
            f"add chain inet {table} input {{ type nat hook input priority 100; }}\n"
            f"add rule inet {table} input ip saddr {source} snat ip to 10.88.0.250\n"
            f"add chain inet {table} output {{ type nat hook output priority -100; }}\n"
        )


@breaks("masquerade/off", says="the address that the outside sees is 10.88.0.2")
class AlwaysMasquerades(good.Bridge):
    def read_config(self):
        super().read_config()
        self.masquerade = True


# static and the store of host-local.


@breaks("static/addresses", says="the list of addresses is [10.88.0.9/24 via 10.88.0.1")
class Backwards(good.Static):
    def configured(self):
        return super().configured()[::-1]


@breaks("static/addresses", says="the number of routes is 2")
class OneRoute(good.Static):
    def routes(self):
        return super().routes()[:1]


@breaks("static/addresses", says="the routes are those to 10.1.0.0/16")
class RouteWithoutGateway(good.Static):
    def routes(self):
        return [{"dst": route["dst"]} for route in super().routes()]


@breaks("static/addresses", says="the routes are those to 10.1.0.0/16")
class OtherFirstRoute(good.Static):
    def routes(self):
        first, *others = super().routes()
        return [{**first, "dst": "10.3.0.0/16"}, *others]


@breaks("static/dns", says="`dns` of the result is")
class NoDns(good.Static):
    def result(self, ips, dns):
        return super().result(ips, {})


class OtherArgs(good.Static):
    def with_gateway(self, address, gateways):
        return {"address": address}


@breaks("static/cni-args", says="10.91.0.9/24 via 10.91.0.1 is among the addresses")
class NoArgsGateway(OtherArgs):
    pass


@breaks("static/cni-args", says="10.90.0.9/24 via none is among the addresses")
class GatewayForAll(good.Static):
    def with_gateway(self, address, gateways):
        return {"address": address, "gateway": gateways[0]}


@breaks("static/cni-args", says="the number of addresses is 3")
class ArgsInstead(good.Static):
    def configured(self):
        return []


@breaks("pool/twenty-thousand-leases", says="the address is one that nobody has")
class GivesTaken(good.HostLocal):
    def next_free(self, index, ranges, leases):
        return super().next_free(index, ranges, {})


@breaks("pool/twenty-thousand-leases", says="the number of leases after DEL is 20478")
class ReleasesAll(good.HostLocal):
    def delete(self):
        self.release(lambda holder: True)


# portmap.


class OtherRules(good.Portmap):
    """Changes the rules; None leaves one out."""

    def change(self, line):
        return line

    def ruleset(self, table, ips):
        for line in super().ruleset(table, ips):
            changed = self.change(line) if line.startswith("add rule") else line
            if changed:
                yield changed


@breaks("portmap/tcp-from-host", says="the host reaches container c1 over tcp at 10.88.0.1:8080")
class NotFromHost(OtherRules):
    def change(self, line):
        return None if " output " in line else line


@breaks("portmap/tcp-from-loopback", says="the host reaches container c1 over tcp at 127.0.0.1:8080")
class NotFromLoopback(good.Portmap):
    def let_localhost_in(self, ips):
        pass


@breaks("portmap/tcp-from-outside", says="container c2 reaches container c1 over tcp at 192.0.2.1:8080")
class NotFromOutside(OtherRules):
    def change(self, line):
        return None if " prerouting " in line else line


@breaks("portmap/tcp-from-outside", says="the address that the container sees is 192.0.2.2")
class HidesClients(good.Portmap):
    def ruleset(self, table, ips):
        yield from super().ruleset(table, ips)
        yield f"add rule inet {table} postrouting ip daddr {ips[4]} masquerade"


@breaks("portmap/udp", says="the host reaches container c1 over udp")
class NoUdp(OtherRules):
    def change(self, line):
        return None if " udp " in line and " output " in line else line


@breaks("portmap/udp", says="container c2 reaches container c1 over udp")
class NoUdpFromOutside(OtherRules):
    def change(self, line):
        return None if " udp " in line and " prerouting " in line else line


@breaks("portmap/several", says="the host reaches container c1 over tcp at 10.88.0.1:8080")
class WithoutFirst(OtherRules):
    def change(self, line):
        return None if " tcp dport 8080 " in line else line


@breaks("portmap/several", says="the host reaches container c1 over tcp at 10.88.0.1:8081")
class SamePortForAll(OtherRules):
    def change(self, line):
        return line.replace(":81", ":80")


@breaks("portmap/several", says="the host reaches container c1 over udp at 10.88.0.1:8080")
class WithoutUdp(OtherRules):
    def change(self, line):
        return None if " udp " in line else line


@breaks("portmap/ipv6", says="the host reaches container c1 over tcp at fd00:88::1:8080")
class OnlyIpv4Ports(OtherRules):
    def change(self, line):
        return None if "ip6" in line else line


@breaks("portmap/hairpin", says="container c1 reaches container c1 over tcp at 10.88.0.1:8080")
class NoHairpin(OtherRules):
    def change(self, line):
        return None if " postrouting ip saddr 10." in line else line


class AcceptsBadPorts(good.Portmap):
    KEY, PORT = "", 0

    def judge_config(self):
        for one in self.runtime("portMappings"):
            if one.get(self.KEY) == self.PORT:
                one[self.KEY] = 1234
        super().judge_config()


@breaks("portmap/bad-ports", says="ADD fails (exit status other than 0)")
class AcceptsPortZero(AcceptsBadPorts):
    KEY = "hostPort"


@breaks("portmap/bad-ports", says="ADD fails (exit status other than 0)")
class AcceptsNegativePort(AcceptsBadPorts):
    KEY, PORT = "hostPort", -1


@breaks("portmap/bad-ports", says="ADD fails (exit status other than 0)")
class AcceptsContainerPortZero(AcceptsBadPorts):
    KEY = "containerPort"


@breaks("portmap/bad-ports", says="ADD fails (exit status other than 0)")
class AcceptsLargePort(AcceptsBadPorts):
    KEY, PORT = "hostPort", 70000


@breaks("portmap/only-to-host", says="container c2 reaches container c3 over tcp at 192.0.2.2:8080")
class CatchesAll(OtherRules):
    def change(self, line):
        return line.replace(" fib daddr type local", "")


@breaks("portmap/host-ip", says="the container is not reached at another address of the host")
class AtEveryAddress(OtherRules):
    def change(self, line):
        return line.replace(" ip daddr 10.88.0.1 ", " ") if "dnat" in line else line


@breaks("portmap/host-ip", says="container c2 reaches container c1 over tcp at 10.88.0.1:8080")
class AtNoAddress(OtherRules):
    def change(self, line):
        return None if " ip daddr 10.88.0.1 " in line and "dnat" in line else line


class TakesAnyForOne(OtherRules):
    ADDRESS = ""

    def change(self, line):
        return line.replace("fib daddr", f"ip daddr {self.ADDRESS} fib daddr")


@breaks("portmap/any-host-ip", says="container c2 reaches container c1 over tcp at 10.88.0.1:8080")
class OnlyAtOther(TakesAnyForOne):
    ADDRESS = "192.0.2.1"


@breaks("portmap/any-host-ip", says="container c2 reaches container c1 over tcp at 192.0.2.1:8080")
class OnlyAtOne(TakesAnyForOne):
    ADDRESS = "10.88.0.1"


class RefusesSameNumber(good.Portmap):
    def refuse_taken(self):
        taken = {mapping[1] for _, record in chained.all_records(self.TYPE) for mapping in record["mappings"]}
        for mapping in self.mappings:
            if mapping.host_port in taken:
                self.fail(TAKEN, f"port {mapping.host_port} is taken")


class DropsOthers(good.Portmap):
    def apply(self, netns, prev):
        for _, record in chained.all_records(self.TYPE):
            self.drop_nft(record)
        return super().apply(netns, prev)


@breaks("portmap/same-port-of-other-protocol", says="ADD succeeds (exit status 0)")
class RefusesOtherProtocol(RefusesSameNumber):
    pass


@breaks("portmap/same-port-of-other-protocol", says="the host reaches container c1 over tcp")
class DropsOtherProtocol(DropsOthers):
    pass


@breaks("portmap/same-port-of-other-protocol", says="the host reaches container c2 over udp")
class OnlyTcp(OtherRules):
    def change(self, line):
        return None if " udp " in line else line


@breaks("portmap/same-port-of-other-address", says="ADD succeeds (exit status 0)")
class RefusesOtherAddress(RefusesSameNumber):
    pass


@breaks("portmap/same-port-of-other-address", says="container c1 reaches container c2 over tcp at 10.88.0.1:8080")
class DropsOtherAddress(DropsOthers):
    pass


@breaks("portmap/same-port-of-other-address", says="container c1 reaches container c3 over tcp at 192.0.2.1:8080")
class OnlyFirstAddress(OtherRules):
    def change(self, line):
        return None if " ip daddr 192.0.2.1 " in line else line


@breaks("portmap/port-of-another", says="the host reaches container c2 over tcp at 10.88.0.1:8080")
class FirstWins(good.Portmap):
    def refuse_taken(self):
        try:
            super().refuse_taken()
        except CniError:
            self.mappings = []


@breaks("portmap/port-of-dead-owner", says="ADD succeeds (exit status 0)")
class KeepsForTheDead(good.Portmap):
    def lives(self, record):
        return True


@breaks("portmap/port-of-dead-owner", says="the host reaches container c2 over tcp at 10.88.0.1:8080")
class LeadsToTheDead(OtherRules):
    def change(self, line):
        return line.replace("10.88.0.3", "10.88.0.2")


@breaks("portmap/two-networks", says="the host reaches container c1 over tcp at 10.88.0.1:9090")
class RemovesAllNetworks(good.Portmap):
    def clean(self, record):
        for (_, container, _), other in chained.all_records(self.TYPE):
            if container == self.container_id:
                self.drop_nft(other)


@breaks("portmap/two-networks", says="the port of the network that is gone leads nowhere")
class RemovesNoRules(good.Portmap):
    def clean(self, record):
        pass


@breaks("portmap/del-with-other-mappings", says="nothing changed on the host since before ADD")
class GoesByMappings(good.Portmap):
    def clean(self, record):
        given = [one["hostPort"] for one in self.runtime("portMappings") or ()]
        if given == [port for _, port, _ in record["mappings"]]:
            super().clean(record)


class GoesByBackend(good.Portmap):
    MIXED_UP = ""

    def new_record(self, netns):
        return {**super().new_record(netns), "backend": self.config.get("backend", "")}

    def clean(self, record):
        if record["backend"] != self.MIXED_UP or self.config.get("backend") == self.MIXED_UP:
            super().clean(record)


@breaks("portmap/backend-changed", says="nothing changed on the host since before ADD")
class LeavesNftables(GoesByBackend):
    MIXED_UP = "nftables"


@breaks("portmap/backend-changed", says="nothing changed on the host since before ADD")
class LeavesIptables(GoesByBackend):
    MIXED_UP = "iptables"


class RemembersFlows(good.Portmap):
    def forget_flows(self, record):
        pass


@breaks("portmap/udp-flow-before-mapping", says="container c3 reaches container c2 over udp at 192.0.2.1:8080")
class RemembersFlowsBefore(RemembersFlows):
    pass


@breaks("portmap/udp-flow-to-new-owner", says="container c3 reaches container c4 over udp at 192.0.2.1:8080")
class RemembersFlowsToOld(RemembersFlows):
    pass


@breaks("portmap/udp-flow-after-del", says="container c3 reaches the host over udp at 192.0.2.1:8080")
class RemembersFlowsAfterDel(RemembersFlows):
    pass


@breaks("portmap/lock-held", says="the error has code 11")
class GivesUpAtOnce(good.Portmap):
    def apply(self, netns, prev):
        with open("/run/xtables.lock", "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.fail(INTERNAL, "another program holds the lock")
        return super().apply(netns, prev)


@breaks("portmap/lock-held", says="the host reaches container c1 over tcp at 10.88.0.1:8080")
class GoesOnWithout(good.Portmap):
    def apply(self, netns, prev):
        prev = super().apply(netns, prev)
        with open("/run/xtables.lock", "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.drop_nft(self.records.read(self.container_id, self.ifname))
        return prev


@breaks("portmap/check-entry-removed", says="CHECK fails (exit status other than 0)")
class LooksAtTableAlone(good.Portmap):
    def check_work(self, netns, prev, record):
        pass


@breaks("portmap/back-after-flush", says="the host reaches container c1 over tcp at 10.88.0.1:8080")
class OnlyOnce(OtherRules):
    def change(self, line):
        return None if os.path.exists("/run/good-once") else line

    def clean(self, record):
        super().clean(record)
        with open("/run/good-once", "w"):
            pass


# tuning.


class SomeSysctls(good.Tuning):
    SKIPPED = ""

    def write_sysctls(self, netns, values):
        super().write_sysctls(netns, {path: value for path, value in values.items() if self.SKIPPED not in path})


@breaks("tuning/sysctls", says="sysctl net/core/somaxconn is 500")
class NoSomaxconn(SomeSysctls):
    SKIPPED = "somaxconn"


@breaks("tuning/sysctls", says="sysctl net/ipv4/ip_local_port_range is 20000 30000")
class NoPortRange(SomeSysctls):
    SKIPPED = "ip_local_port_range"


@breaks("tuning/sysctl-of-interface", says="sysctl net/ipv4/conf/eth0/arp_filter is 1")
class SysctlOfAll(good.Tuning):
    def sysctl_path(self, name):
        return super().sysctl_path(name.replace("IFNAME", "lo"))


class Without(good.Tuning):
    KEY = ""

    def set_link(self, netns, values):
        return super().set_link(netns, {key: value for key, value in values.items() if key != self.KEY})


@breaks("tuning/link-attributes", says="the MTU is 1400")
class WithoutMtu(Without):
    KEY = "mtu"


@breaks("tuning/queue-length", says="the length of the queue is 500")
class WithoutQueue(Without):
    KEY = "txQLen"


@breaks("tuning/link-attributes", says="PROMISC is among the flags of the link")
class WithoutPromisc(Without):
    KEY = "promisc"


@breaks("tuning/link-attributes", says="ALLMULTI is among the flags of the link")
class WithoutAllmulti(Without):
    KEY = "allmulti"


@breaks("tuning/link-restored", says="nothing changed on container c1 since before ADD")
class RestoresNothing(good.Tuning):
    def restore(self, netns, record):
        pass


class WithoutArg(good.Tuning):
    KEY = ""

    def cni_arg(self, name):
        return None if name == self.KEY else super().cni_arg(name)


@breaks("tuning/args", says="the MAC address is 02:66:77:88:99:ab")
class WithoutArgMac(WithoutArg):
    KEY = "mac"


@breaks("tuning/args", says="the MTU is 1399")
class WithoutArgMtu(WithoutArg):
    KEY = "mtu"


@breaks("tuning/args", says="sysctl net/ipv4/conf/eth0/arp_announce is 2")
class WithoutArgSysctl(WithoutArg):
    KEY = "sysctl"


class Careless(good.Tuning):
    def sysctl_path(self, name):
        path = "/proc/sys/" + (name if "/" in name else name.replace(".", "/"))
        return os.path.normpath(path) if self.accepts(path) else super().sysctl_path(name)


@breaks("tuning/beyond-the-namespace", says="ADD fails (exit status other than 0)")
class AcceptsKernel(Careless):
    def accepts(self, path):
        return path.startswith("/proc/sys/kernel/")


@breaks("tuning/beyond-the-namespace", says="ADD fails (exit status other than 0)")
class AcceptsWayAround(Careless):
    def accepts(self, path):
        return path.startswith("/proc/sys/net/") and ".." in path


class OneByOne(good.Tuning):
    """Writes sysctls one after another, without a look at the later ones."""

    def apply(self, netns, prev):
        for path, value in self.sysctls.items():
            try:
                self.write_sysctls(netns, {path: value})
            except CniError as error:
                self.missing(error)
        return prev


@breaks("tuning/all-or-nothing", says="nothing changed on container c1 since before ADD")
class StopsMidway(OneByOne):
    def missing(self, error):
        raise error


@breaks("tuning/all-or-nothing", says="ADD fails (exit status other than 0)")
class GoesOn(OneByOne):
    def missing(self, error):
        pass


@breaks("tuning/namespace-gone", says="nothing of the case is left on the host")
class KeepsForGoneNamespace(good.Tuning):
    def delete(self):
        if self.container_at_del():
            super().delete()


@breaks("tuning/namespace-gone", says="DEL succeeds (exit status 0)")
class FailsForGoneNamespace(good.Tuning):
    def netns_gone(self):
        self.fail(INTERNAL, "no namespace")


@breaks("tuning/link-gone", says="nothing of the case is left on the host")
class KeepsForGoneLink(good.Tuning):
    def delete(self):
        if self.ifname in kernel.links(self.container_at_del()):
            super().delete()


@breaks("tuning/link-gone", says="DEL succeeds (exit status 0)")
class FailsForGoneLink(good.Tuning):
    def delete(self):
        self.link_in(self.container_at_del())
        super().delete()


# bandwidth.


class Changed(good.Bandwidth):
    def change(self):
        pass

    def judge_config(self):
        super().judge_config()
        self.change()


@breaks("bandwidth/to-container", says="600000 bytes to the container take as long")
class NoIngress(Changed):
    def change(self):
        self.ingress = None


@breaks("bandwidth/from-container", says="600000 bytes from the container take as long")
class NoEgress(Changed):
    def change(self):
        self.egress = None


@breaks("bandwidth/configured", says="600000 bytes to the container take as long")
class NoConfiguredIngress(NoIngress):
    pass


@breaks("bandwidth/configured", says="600000 bytes from the container take as long")
class NoConfiguredEgress(NoEgress):
    pass


@breaks("bandwidth/one-direction", says="what comes from the container is not limited")
class BothDirections(Changed):
    def change(self):
        self.egress = self.egress or self.ingress


@breaks("bandwidth/two-interfaces", says="ADD succeeds (exit status 0)")
class DeviceByContainer(good.Bandwidth):
    def make_ifb(self, name, mtu):
        lines = [f"link add name ifb-{self.container_id} type ifb"]
        batch(lines)
        return super().make_ifb(name, mtu)


@breaks("bandwidth/two-interfaces", says="600000 bytes from eth1 of the container take as long")
class FirstInterfaceOnly(Changed):
    def change(self):
        if self.ifname != "eth0":
            self.egress = None


class AnyLimit(good.Bandwidth):
    def limit(self, given, side):
        rate, burst = (self.number(given, side + word) for word in ("rate", "burst"))
        return (rate or 1 << 30, max(burst // 8, 1 << 16)) if rate or burst else None


@breaks("bandwidth/rate-without-burst", says="ADD fails (exit status other than 0)")
class RateAlone(AnyLimit):
    pass


@breaks("bandwidth/burst-without-rate", says="ADD fails (exit status other than 0)")
class BurstAlone(AnyLimit):
    pass


@breaks("bandwidth/largest-burst", says="ADD succeeds (exit status 0)")
class SmallBursts(good.Bandwidth):
    def number(self, given, key):
        value = super().number(given, key)
        return value if value < 1 << 31 else self.fail(INTERNAL, f"{key} is too large")


# firewall.


@breaks("firewall/forwards", says="container c1 reaches container c2 over tcp at 192.0.2.2:7001")
class OwnTableOnly(good.Firewall):
    def has_forward(self, name):
        return False


@breaks("firewall/closes", says="nothing of the container is forwarded after DEL")
class LeavesOpen(good.Firewall):
    def remove_shared(self, name, record):
        pass


@breaks("firewall/del-without-prev-result", says="nothing changed on the host since before ADD")
class NeedsPrevResult(good.Firewall):
    def delete(self):
        if self.config.get("prevResult"):
            super().delete()
