"""Plugins that make interfaces: bridge, ptp, loopback; with their delegation to an IPAM plugin."""

import ipaddress
import json
import os
import time
import kernel
from kernel import Lock, Records, batch
from protocol import BAD_CONFIG, BAD_ENVIRONMENT, BAD_NETNS, INTERNAL, TAKEN, UNAVAILABLE, WRONG_STATE
from protocol import CniError, Plugin

DEFAULTS = {4: "0.0.0.0/0", 6: "::/0"}
FORWARDING = {4: "ipv4/ip_forward", 6: "ipv6/conf/all/forwarding"}


def family(address):
    return 6 if ":" in address else 4


def host_part(address):
    return address.partition("/")[0]


def same_network(one, other):
    return ipaddress.ip_network(one) == ipaddress.ip_network(other)


class InNetns(Plugin):
    """A plugin that works on a container's network namespace."""

    def container(self):
        """The container's namespace; it must be there and not be the runtime's own."""
        netns = kernel.open_netns(self.netns)
        self.refuse_own_netns(netns)
        return netns

    def refuse_own_netns(self, netns):
        if netns.is_ours() and not self.overridden():
            self.fail(BAD_NETNS, "CNI_NETNS is the network namespace of the runtime itself", self.netns)

    def overridden(self):
        return self.env("CNI_NETNS_OVERRIDE").lower() in ("1", "true")

    def container_at_del(self):
        """The container's namespace, or None where the path leads to none any more."""
        if not self.netns:
            return self.netns_gone()
        try:
            netns = kernel.open_netns(self.netns)
        except CniError:
            return self.netns_gone()
        self.refuse_own_netns(netns)
        return netns

    def netns_gone(self):
        """DEL has no namespace: what is on the host is removed all the same."""
        return None

    # Records.

    @property
    def records(self):
        return Records(self.network, self.TYPE)

    def claim(self, record):
        """Notes the attachment before the work; refuses one that is there already."""
        old = self.records.read(self.container_id, self.ifname)
        if old and self.is_alive(old):
            self.already_attached()
        if old:
            self.clean(old)
        self.undo(self.drop_record, self.container_id, self.ifname)
        self.records.write(self.container_id, self.ifname, record)

    def already_attached(self):
        self.fail(TAKEN, f"{self.container_id} has {self.ifname} in {self.network} already; DEL it first")

    def is_alive(self, record):
        return True

    def drop_record(self, container_id, ifname):
        with Lock():
            self.records.remove(container_id, ifname)

    def new_record(self, netns):
        return {"netns": netns.identity, "token": os.urandom(4).hex()}

    def clean(self, record):
        """Removes what a record tells of."""

    def clean_attachment(self, container_id, ifname):
        """Removes what there is of an attachment; the record last, so that a failure can be repeated."""
        with Lock():
            record = self.records.read(container_id, ifname)
            if record:
                self.clean(record)
            self.records.remove(container_id, ifname)

    def stale(self, valid):
        with Lock():
            return [pair for pair in self.records.pairs() if pair not in valid]

    # Looking at the container.

    def own_entry(self, prev):
        """The index and entry of the container's interface in prevResult."""
        for index, entry in enumerate(prev["interfaces"]):
            if entry.get("name") == self.ifname and self.is_sandbox(entry.get("sandbox")):
                return index, entry
        self.fail(WRONG_STATE, f"prevResult lists no {self.ifname} in {self.netns}")

    def is_sandbox(self, path):
        if not path or path == self.netns:
            return bool(path)
        try:
            return os.path.samefile(path, self.netns)
        except OSError:
            return False

    def own_ips(self, prev, index):
        return [ip for ip in prev["ips"] if ip.get("interface", -1) in (-1, None, index)]

    def link_in(self, netns):
        link = kernel.links(netns).get(self.ifname)
        return link or self.fail(WRONG_STATE, f"{self.ifname} is not in {self.netns}")


class Delegating(InNetns):
    """A plugin that leaves addresses to another one."""

    ARGS = ("IP", "MAC", "GATEWAY")

    def read_config(self):
        self.ipam = self.key("ipam", dict, {})
        self.ipam_type = self.typed(self.ipam, "type", str, "")
        if "/" in self.ipam_type or ".." in self.ipam_type:
            self.fail(BAD_CONFIG, f"ipam.type is not the name of a plugin: {self.ipam_type}")
        if self.command == "ADD" and self.ipam_type:
            self.find_delegate()

    def find_delegate(self):
        if not self.env("CNI_PATH"):
            self.fail(BAD_ENVIRONMENT, "CNI_PATH is missing, so no IPAM plugin can be found")
        for folder in self.env("CNI_PATH").split(":"):
            path = f"{folder}/{self.ipam_type}"
            if folder and os.path.isfile(path):
                return path
        code = UNAVAILABLE if self.command == "STATUS" else INTERNAL
        self.fail(code, f"no IPAM plugin {self.ipam_type} in CNI_PATH {self.env('CNI_PATH')}: not found")

    def delegate(self, command):
        """Runs the IPAM plugin; returns what it printed. Nothing where none is configured."""
        if not self.ipam_type:
            return b""
        path = self.find_delegate()
        code, out, err = self.call(path, self.delegate_environment(command), self.delegate_stdin())
        self.pass_stderr(err)
        if code != 0:
            self.delegate_failed(code, out, err)
        return out

    def call(self, path, environment, stdin):
        try:
            return kernel.execute(path, [path], environment, stdin)
        except OSError as error:
            self.fail(INTERNAL, f"execute {path}: {error.strerror}")

    def delegate_environment(self, command):
        # Not os.environb: Python adds a locale to that where there was none.
        with open("/proc/self/environ", "rb") as file:
            pairs = [one.partition(b"=") for one in file.read().split(b"\0") if one]
        return {**{name: value for name, _, value in pairs}, b"CNI_COMMAND": command.encode()}

    def delegate_stdin(self):
        return self.raw

    def pass_stderr(self, err):
        while err:
            err = err[os.write(2, err) :]

    def delegate_failed(self, code, out, err):
        try:
            document = json.loads(out)
            error = CniError(int(document["code"]), str(document["msg"]), str(document.get("details") or ""))
        except (ValueError, KeyError, TypeError):
            said = b" ".join((out.strip(), err.strip())).decode("utf-8", "replace").strip()
            error = CniError(INTERNAL, f"IPAM plugin {self.ipam_type} ended with {code}: {said}")
        raise error

    def addresses(self):
        """What the IPAM plugin gives; on failure it is asked to take it back, once."""
        if not self.ipam_type:
            return {"interfaces": [], "ips": [], "routes": [], "dns": {}}
        self.undo(self.release_addresses)
        out = self.delegate("ADD")
        try:
            result = self.read_result(json.loads(out))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.fail(INTERNAL, f"understand the result of {self.ipam_type}: {error}")
        if not result["ips"]:
            self.fail(INTERNAL, f"IPAM plugin {self.ipam_type} gave no address")
        return result

    def release_addresses(self):
        self.delegate("DEL")

    def dns(self, from_ipam):
        own = self.key("dns", dict, {})
        return own if any(own.values()) else from_ipam

    def delete(self):
        self.container_at_del()
        self.every((self.clean_attachment, self.container_id, self.ifname), (self.delegate, "DEL"))

    def gc(self, valid):
        steps = [(self.clean_attachment, *pair) for pair in self.stale(valid)]
        self.every(*steps, (self.delegate, "GC"))

    def status(self):
        self.check_tools()
        self.delegate("STATUS")

    def check_tools(self):
        for name in self.tools():
            if not kernel.find_tool(name):
                self.fail(UNAVAILABLE, f"the command {name} is not installed")

    def tools(self):
        return ["ip", "nsenter"]

    def merge(self, own):
        """Appends the own result to prevResult, where there is one, without renumbering what it has."""
        prev = self.prev_result()
        if prev is None:
            return own
        shift = len(prev["interfaces"])
        for ip in own["ips"]:
            if "interface" in ip:
                ip["interface"] += shift
        return {
            **{key: prev[key] + own[key] for key in ("interfaces", "ips", "routes")},
            "dns": own["dns"] or prev["dns"],
        }


class Veth(Delegating):
    """What bridge and ptp have in common: a pair of links, addresses and routes at its end in the container."""

    def read_config(self):
        super().read_config()
        self.mtu = self.key("mtu", int, 0)
        self.masquerade = self.key("ipMasq", bool, False)
        self.mac = self.read_mac()
        if self.command == "ADD":
            self.prev_result()
        if self.command == "ADD" and (self.mtu < 0 or self.mtu > 65535):
            self.fail(BAD_CONFIG, f"mtu {self.mtu} is not possible")

    def read_mac(self):
        """The MAC address that is asked for: by the runtime, by args, by CNI_ARGS."""
        if self.command != "ADD":
            return ""
        args = self.args()
        mac = self.runtime("mac") or self.cni_arg("mac") or args.get("MAC") or ""
        pattern = "0123456789abcdefABCDEF"
        parts = mac.split(":") if isinstance(mac, str) else []
        if mac and not (len(parts) == 6 and all(len(p) == 2 and set(p) <= set(pattern) for p in parts)):
            self.fail(BAD_CONFIG, f"not a MAC address: {mac}")
        return mac.lower() if mac else ""

    def tools(self):
        return super().tools() + (["nft"] if self.masquerade else [])

    # ADD.

    def make_link(self, netns, record, host_options=()):
        """Makes both ends at once, so that the container's never shows on the host."""
        self.undo(self.drop_link, record)
        mtu = f" mtu {self.mtu}" if self.mtu else ""
        mac = f" address {self.mac}" if self.mac else ""
        host = record["host"]
        # nodad below makes addresses usable at once; the sysctls of a link that is up come too late.
        batch(
            [
                f"link add name {host}{mtu} type veth peer name {self.ifname} netns {netns.path}{mtu}{mac}",
                *host_options,
                f"link set dev {host} up",
            ]
        )

    def drop_link(self, record):
        with Lock():
            self.remove_link(record)

    def remove_link(self, record):
        link = kernel.links().get(record["host"])
        if record.get("joined"):
            return self.leave_bridge(record, link)
        if link and kernel.kind(link) == "veth":
            try:
                batch([f"link del dev {record['host']}"])
            except CniError:
                # With the container's namespace the kernel removes both ends, at a moment of its own.
                if record["host"] in kernel.links():
                    raise

    def is_alive(self, record):
        return record.get("host") in kernel.links()

    def new_record(self, netns):
        record = super().new_record(netns)
        return {**record, "host": "veth" + record["token"]}

    def configure_container(self, netns, result):
        """Addresses, link up, routes, in that order; returns the link as it then is."""
        lines = [self.address_line(ip) for ip in result["ips"]]
        lines.append(f"link set dev {self.ifname} up")
        lines += [self.route_line(route, result["ips"]) for route in result["routes"]]
        lines.append(f"link show dev {self.ifname}")
        return batch(lines, netns, self.container_sysctls(result))[-1]

    def address_line(self, ip):
        nodad = " nodad" if family(ip["address"]) == 6 else ""
        return f"addr add {ip['address']} dev {self.ifname}{nodad}"

    def container_sysctls(self, result):
        found = [(f"ipv4/conf/{self.ifname}/arp_notify", 1)]
        if any(family(ip["address"]) == 6 for ip in result["ips"]):
            found += [(f"ipv6/conf/{self.ifname}/{name}", 0) for name in ("disable_ipv6", "accept_dad")]
        return found

    def route_line(self, route, ips):
        gw = route.get("gw") or self.gateway_for(route, ips)
        words = [f"route add {route['dst']}", f"via {gw}" if gw else "", f"dev {self.ifname}"]
        for key, word in (("priority", "metric"), ("table", "table"), ("scope", "scope")):
            if route.get(key) is not None and (key != "priority" or route[key]):
                words.append(f"{word} {route[key]}")
        words += [f"{key} {route[key]}" for key in ("mtu", "advmss") if route.get(key)]
        return " ".join(filter(None, words))

    def gateway_for(self, route, ips):
        same = [ip for ip in ips if family(ip["address"]) == family(route["dst"])]
        return next((ip["gateway"] for ip in same if ip.get("gateway")), None)

    def without_present_defaults(self, netns, routes):
        """Without default routes that another network gave the container before."""
        return [route for route in routes if not self.default_present(netns, route)]

    def default_present(self, netns, route):
        plain = not any(route.get(key) for key in ("priority", "table"))
        if not plain or not same_network(route["dst"], DEFAULTS[family(route["dst"])]):
            return False
        flag = f"-{family(route['dst'])}"
        found = kernel.objects(kernel.run("ip", "-j", flag, "route", "show", "default", netns=netns))
        return any(not one.get("metric") or flag == "-6" and one.get("metric") == 1024 for one in found)

    def forward(self, families):
        for one in sorted(families):
            if kernel.write_sysctl(FORWARDING[one], "1"):
                self.undo(kernel.write_sysctl, FORWARDING[one], "0")

    def add_masquerade(self, record, ips):
        table = self.masquerade_table(record)
        self.undo(kernel.drop_table, "inet", table)
        rules = [f"add rule inet {table} postrouting {self.masquerade_rule(ip)}" for ip in ips]
        chain = "{ type nat hook postrouting priority srcnat; }"
        kernel.nft("\n".join([f"add table inet {table}", f"add chain inet {table} postrouting {chain}", *rules]))

    def masquerade_rule(self, ip):
        word, multicast = ("ip6", "ff00::/8") if family(ip["address"]) == 6 else ("ip", "224.0.0.0/4")
        subnet = ipaddress.ip_interface(ip["address"]).network
        comment = f"{self.network} {self.container_id} {self.ifname}"[:120]
        return (
            f"{word} saddr {host_part(ip['address'])} {word} daddr != {subnet}"
            f' {word} daddr != {multicast} masquerade comment "{comment}"'
        )

    def masquerade_table(self, record):
        return f"good_masquerade_{record['token']}"

    # DEL.

    def clean(self, record):
        self.every((self.remove_link, record), (self.remove_masquerade, record))

    def remove_masquerade(self, record):
        if record.get("masquerade"):
            kernel.drop_table("inet", self.masquerade_table(record))

    # CHECK.

    def check(self):
        netns = self.container()
        prev = self.prev_result()
        index, entry = self.own_entry(prev)
        link = self.link_in(netns)
        self.check_link(link, entry)
        self.check_addresses(netns, self.own_ips(prev, index))
        self.check_routes(netns, prev)
        self.check_host(link, prev, self.own_ips(prev, index))
        self.check_masquerade(self.own_ips(prev, index))
        self.delegate("CHECK")

    def check_link(self, link, entry):
        if kernel.kind(link) != "veth":
            self.fail(WRONG_STATE, f"{self.ifname} is no veth")
        if "UP" not in link["flags"]:
            self.fail(WRONG_STATE, f"{self.ifname} is down")
        if entry.get("mac") and entry["mac"].lower() != link["address"]:
            self.fail(WRONG_STATE, f"{self.ifname} has MAC address {link['address']}, not {entry['mac']}")
        if entry.get("mtu") and entry["mtu"] != link["mtu"]:
            self.fail(WRONG_STATE, f"{self.ifname} has MTU {link['mtu']}, not {entry['mtu']}")

    def check_addresses(self, netns, ips):
        self.present_on(netns, self.ifname, [ip["address"] for ip in ips])

    def present_on(self, netns, ifname, addresses):
        shown = batch([f"addr show dev {ifname}"], netns)
        there = {f"{a['local']}/{a['prefixlen']}" for link in shown for a in link.get("addr_info", ())}
        for address in addresses:
            if str(ipaddress.ip_interface(address)) not in there:
                self.fail(WRONG_STATE, f"{ifname} has no address {address}")

    def check_routes(self, netns, prev):
        for one in (4, 6):
            wanted = [route for route in prev["routes"] if family(route["dst"]) == one]
            if wanted:
                text = kernel.run("ip", "-j", f"-{one}", "route", "show", "table", "all", netns=netns)
                there = kernel.objects(text)
                for route in wanted:
                    self.check_route(route, there, prev["ips"])

    def check_route(self, route, there, ips):
        gw = route.get("gw") or self.gateway_for(route, ips)
        if not any(self.is_route(one, route, gw) for one in there):
            self.fail(WRONG_STATE, f"the route to {route['dst']} via {gw} is not there")

    def is_route(self, one, route, gw):
        dst = DEFAULTS[family(route["dst"])] if one["dst"] == "default" else one["dst"]
        wanted = str(route["table"]) if route.get("table") else "main"
        table = {"254": "main", "255": "local"}.get(wanted, wanted)
        return (
            same_network(dst, route["dst"])
            and str(one.get("table", "main")) == table
            and (not gw or ipaddress.ip_address(one.get("gateway", "::")) == ipaddress.ip_address(gw))
        )

    def check_host(self, link, prev, ips):
        """What is on the host for this container."""

    def check_forwarding(self, ips):
        for one in {family(ip["address"]) for ip in ips}:
            if kernel.read_sysctl(FORWARDING[one]) != "1":
                self.fail(WRONG_STATE, f"forwarding is off: {FORWARDING[one]}")

    def check_masquerade(self, ips):
        record = self.records.read(self.container_id, self.ifname)
        if self.masquerade and record and record.get("masquerade"):
            rules = kernel.table_rules("inet", self.masquerade_table(record))
            if len(rules) < len(ips):
                self.fail(WRONG_STATE, f"the masquerade rules of {self.ifname} are gone")


class Bridge(Veth):
    TYPE = "bridge"

    def read_config(self):
        super().read_config()
        self.bridge = self.key("bridge", str, "") or "cni0"
        self.default_gateway = self.key("isDefaultGateway", bool, False)
        self.gateway = self.key("isGateway", bool, False) or self.default_gateway
        self.hairpin = self.key("hairpinMode", bool, False)
        self.promisc = self.key("promiscMode", bool, False)
        self.isolated = self.key("portIsolation", bool, False)
        self.spoof_check = self.key("macspoofchk", bool, False)
        self.vlan = self.key("vlan", int, 0)
        if self.command == "ADD":
            self.judge_config()

    def judge_config(self):
        if not 0 <= self.vlan <= 4094:
            self.fail(BAD_CONFIG, f"vlan {self.vlan} is not from 0 to 4094")
        if self.hairpin and self.promisc:
            self.fail(BAD_CONFIG, "hairpinMode and promiscMode exclude each other")
        if len(self.bridge.encode()) > 15 or not self.bridge.strip() or any(c in "/: \t" for c in self.bridge):
            self.fail(BAD_CONFIG, f"bridge is not the name of an interface: {self.bridge}")

    def tools(self):
        return super().tools() + (["nft"] if self.spoof_check else [])

    # ADD.

    def add(self):
        netns = self.container()
        earlier = self.link_of_earlier_plugin()
        if earlier:
            return self.join(netns, earlier)
        record = self.new_record(netns)
        with Lock():
            self.claim(record)
            self.make_bridge()
            self.make_link(netns, record, self.port_options(record))
        own = self.addresses()
        self.complete(own)
        own["routes"] = self.without_present_defaults(netns, own["routes"])
        link = self.configure_container(netns, own)
        self.set_up_host(record, own, link)
        self.announce(netns, record, link)
        return self.merge(self.result(own, record, link))

    def announce(self, netns, record, link):
        """Tells the neighbours who has the addresses now, once the port passes that on."""
        forwarding, deadline = "3", time.monotonic() + 1
        while self.port_state(record) != forwarding and time.monotonic() < deadline:
            time.sleep(0.002)
        # With arp_notify, the kernel announces whenever an address of the link is set.
        batch([f"link set dev {self.ifname} address {link['address']}"], netns)

    def port_state(self, record):
        with open(f"/sys/class/net/{record['host']}/brport/state") as file:
            return file.read().strip()

    def new_record(self, netns):
        record = super().new_record(netns)
        return {**record, "masquerade": self.masquerade, "spoof": self.spoof_check}

    def link_of_earlier_plugin(self):
        """The host's link that prevResult lists, if there is one; it needs no other."""
        found = kernel.links()
        for entry in (self.prev_result() or {"interfaces": []})["interfaces"]:
            if not entry.get("sandbox") and entry.get("name") in found:
                return entry["name"]
        return ""

    def join(self, netns, host):
        """Makes a port of what another plugin made; addresses are that plugin's business."""
        if self.ipam_type:
            self.fail(BAD_CONFIG, f"{host} is there already, and its addresses are not ours to give")
        record = {**self.new_record(netns), "host": host, "joined": True}
        with Lock():
            self.claim(record)
            self.make_bridge()
            self.undo(self.drop_link, record)
            batch(self.port_options(record))
        shown = batch([f"link show dev {self.bridge}"])[0]
        prev = self.prev_result()
        return {**prev, "interfaces": [*prev["interfaces"], self.entry(shown)]}

    def leave_bridge(self, record, link):
        if link and link.get("master"):
            batch([f"link set dev {record['host']} nomaster"])

    def make_bridge(self):
        there = kernel.links().get(self.bridge)
        if there and kernel.kind(there) != "bridge":
            self.fail(TAKEN, f"{self.bridge} exists and is not a bridge")
        filtering = " vlan_filtering 1" if self.vlan else ""
        lines = []
        if not there:
            self.undo(self.drop_idle_bridge)
            # An address of its own, so that it does not change as ports come and go.
            mac = "02:" + os.urandom(5).hex(":")
            mtu = f" mtu {self.mtu}" if self.mtu else ""
            lines.append(f"link add name {self.bridge}{mtu} address {mac} type bridge{filtering}")
        if self.promisc:
            lines.append(f"link set dev {self.bridge} promisc on")
        if not there or "UP" not in there["flags"]:
            lines.append(f"link set dev {self.bridge} up")
        if lines:
            batch(lines)

    def drop_idle_bridge(self):
        with Lock():
            found = kernel.links()
            if self.bridge in found and not any(x.get("master") == self.bridge for x in found.values()):
                batch([f"link del dev {self.bridge}"])

    def port_options(self, record):
        host = record["host"]
        flags = [word for word, wanted in (("hairpin", self.hairpin), ("isolated", self.isolated)) if wanted]
        options = [f"link set dev {host} type bridge_slave {flag} on" for flag in flags]
        return [f"link set dev {host} master {self.bridge}", *options]

    def complete(self, own):
        """Gateways and default routes that the configuration asks for and IPAM left open."""
        for ip in own["ips"]:
            if self.gateway and not ip.get("gateway"):
                ip["gateway"] = str(ipaddress.ip_interface(ip["address"]).network.network_address + 1)
        if self.default_gateway:
            own["routes"] = own["routes"] + list(self.missing_defaults(own))

    def missing_defaults(self, own):
        present = [route["dst"] for route in own["routes"]]
        for version, default in DEFAULTS.items():
            first = next((ip for ip in own["ips"] if family(ip["address"]) == version), None)
            if first and not any(same_network(dst, default) for dst in present):
                yield {"dst": default, "gw": first["gateway"]}

    def set_up_host(self, record, own, link):
        if self.vlan:
            self.put_on_vlan(record)
        if self.spoof_check:
            self.add_spoof_check(record, link)
        if self.masquerade and own["ips"]:
            self.add_masquerade(record, own["ips"])
        if self.gateway and own["ips"]:
            with Lock():
                self.add_gateway(own["ips"])
                self.forward({family(ip["address"]) for ip in own["ips"]})

    def put_on_vlan(self, record):
        lines = f"vlan del dev {record['host']} vid 1\nvlan add dev {record['host']} vid {self.vlan} pvid untagged\n"
        kernel.run("bridge", "-batch", "-", stdin=lines)

    def add_spoof_check(self, record, link):
        table = self.spoof_table(record)
        self.undo(kernel.drop_table, "bridge", table)
        kernel.nft(
            f"add table bridge {table}\n"
            f"add chain bridge {table} prerouting {{ type filter hook prerouting priority dstnat; }}\n"
            f"add rule bridge {table} prerouting"
            f" iifname \"{record['host']}\" ether saddr != {link['address']} drop\n"
        )

    def spoof_table(self, record):
        return f"good_spoof_{record['token']}"

    def gateway_addresses(self, ips):
        found = []
        for ip in ips:
            if ip.get("gateway"):
                found.append(f"{ip['gateway']}/{ip['address'].partition('/')[2]}")
        return found

    def add_gateway(self, ips):
        # A neighbour learnt when somebody else had the address would keep the container out of reach.
        forget = [f"neigh flush to {host_part(ip['address'])} dev {self.bridge}" for ip in ips]
        shown = batch([f"addr show dev {self.bridge}", *forget])
        there = [f"{a['local']}/{a['prefixlen']}" for link in shown for a in link.get("addr_info", ())]
        for address in self.gateway_addresses(ips):
            if str(ipaddress.ip_interface(address)) in there:
                continue
            for other in self.conflicting(address, there):
                if not self.key("forceAddress", bool, False):
                    self.fail(TAKEN, f"{self.bridge} has address {other} already, which is not {address}")
                batch([f"addr del {other} dev {self.bridge}"])
            nodad = " nodad" if family(address) == 6 else ""
            self.undo(self.drop_gateway, address)
            sysctls = [(f"ipv6/conf/{self.bridge}/disable_ipv6", 0)] if nodad else []
            batch([f"addr add {address} dev {self.bridge}{nodad}"], sysctls=sysctls)

    def conflicting(self, address, there):
        new = ipaddress.ip_interface(address)
        for other in there:
            old = ipaddress.ip_interface(other)
            if old.version == new.version and (new.version == 4 or old.network.overlaps(new.network)):
                yield other

    def drop_gateway(self, address):
        batch([f"addr del {address} dev {self.bridge}"])

    def result(self, own, record, link):
        shown = {one["ifname"]: one for one in batch([f"link show dev {x}" for x in (self.bridge, record["host"])])}
        container = {**self.entry(link), "sandbox": self.netns}
        interfaces = [self.entry(shown[self.bridge]), self.entry(shown[record["host"]]), container]
        ips = [{**ip, "interface": 2} for ip in own["ips"]]
        return {"interfaces": interfaces, "ips": ips, "routes": own["routes"], "dns": self.dns(own["dns"])}

    def entry(self, link):
        return {"name": link["ifname"], "mac": link["address"], "mtu": link["mtu"]}

    # DEL.

    def clean(self, record):
        self.every((super().clean, record), (self.remove_spoof_check, record))

    def remove_spoof_check(self, record):
        if record.get("spoof"):
            kernel.drop_table("bridge", self.spoof_table(record))

    # CHECK.

    def check_host(self, link, prev, ips):
        found = kernel.links()
        bridge = found.get(self.bridge)
        if not bridge or kernel.kind(bridge) != "bridge":
            self.fail(WRONG_STATE, f"there is no bridge {self.bridge}")
        self.check_bridge(bridge, prev)
        port = next((x for x in found.values() if x["ifindex"] == link.get("link_index")), None)
        if not port or port.get("master") != self.bridge:
            self.fail(WRONG_STATE, f"the peer of {self.ifname} is no port of {self.bridge}")
        self.check_port(port, prev)
        if self.gateway:
            self.present_on(None, self.bridge, self.gateway_addresses(ips))
            self.check_forwarding(ips)

    def check_bridge(self, bridge, prev):
        if "UP" not in bridge["flags"]:
            self.fail(WRONG_STATE, f"{self.bridge} is down")
        if self.promisc and "PROMISC" not in bridge["flags"]:
            self.fail(WRONG_STATE, f"{self.bridge} is not in promiscuous mode")
        for entry in prev["interfaces"]:
            if entry.get("name") == self.bridge and not entry.get("sandbox"):
                if entry.get("mac") and entry["mac"].lower() != bridge["address"]:
                    self.fail(WRONG_STATE, f"{self.bridge} has MAC address {bridge['address']}")

    def check_port(self, port, prev):
        if "UP" not in port["flags"]:
            self.fail(WRONG_STATE, f"{port['ifname']} is down")
        if port["ifname"] not in [x.get("name") for x in prev["interfaces"] if not x.get("sandbox")]:
            self.fail(WRONG_STATE, f"prevResult does not list {port['ifname']}")
        if self.hairpin and not port["linkinfo"].get("info_slave_data", {}).get("hairpin"):
            self.fail(WRONG_STATE, f"{port['ifname']} is not in hairpin mode")
        if self.vlan:
            self.check_vlan(port["ifname"])
        record = self.records.read(self.container_id, self.ifname)
        if record and record.get("spoof") and not kernel.table_rules("bridge", self.spoof_table(record)):
            self.fail(WRONG_STATE, f"nothing checks MAC addresses of {port['ifname']} any more")

    def check_vlan(self, port):
        shown = json.loads(kernel.run("bridge", "-j", "vlan", "show", "dev", port) or "[]")
        if self.vlan not in [one.get("vlan") for link in shown for one in link.get("vlans", ())]:
            self.fail(WRONG_STATE, f"{port} is not on VLAN {self.vlan}")


class Ptp(Veth):
    TYPE = "ptp"
    ARGS = None

    def args(self):
        return {}

    def read_config(self):
        super().read_config()
        if not self.ipam_type and self.command in ("ADD", "CHECK"):
            self.fail(BAD_CONFIG, "ptp needs ipam.type")

    def add(self):
        netns = self.container()
        record = {**self.new_record(netns), "masquerade": self.masquerade}
        with Lock():
            self.claim(record)
            self.make_link(netns, record)
        own = self.addresses()
        self.complete(own)
        own["routes"] = self.without_present_defaults(netns, own["routes"])
        self.reach_gateways(record, own)
        link = self.configure_container(netns, own)
        if self.masquerade:
            self.add_masquerade(record, own["ips"])
        return self.merge(self.result(own, record, link))

    def complete(self, own):
        for ip in own["ips"]:
            if not ip.get("gateway"):
                ip["gateway"] = str(ipaddress.ip_interface(ip["address"]).network.network_address + 1)

    def reach_gateways(self, record, own):
        """The host's end gets the gateways, and the way to the container's addresses."""
        families = {family(ip["address"]) for ip in own["ips"]}
        sysctls = [(f"ipv6/conf/{record['host']}/disable_ipv6", 0)] if 6 in families else []
        lines = []
        for ip in own["ips"]:
            bits, nodad = (128, " nodad") if family(ip["address"]) == 6 else (32, "")
            lines.append(f"addr add {ip['gateway']}/{bits} dev {record['host']}{nodad}")
            lines.append(f"route add {host_part(ip['address'])}/{bits} dev {record['host']}")
        batch(lines, sysctls=sysctls)
        with Lock():
            self.forward(families)

    def configure_container(self, netns, result):
        lines = [self.address_line(ip) + " noprefixroute" for ip in result["ips"]]
        lines.append(f"link set dev {self.ifname} up")
        for ip in result["ips"]:
            lines += self.subnet_lines(ip)
        lines += [self.route_line(route, result["ips"]) for route in result["routes"]]
        lines.append(f"link show dev {self.ifname}")
        return batch(lines, netns, self.container_sysctls(result))[-1]

    def subnet_lines(self, ip):
        """All of the subnet is behind the gateway, and the gateway is on the link."""
        bits = 128 if family(ip["address"]) == 6 else 32
        subnet, source = ipaddress.ip_interface(ip["address"]).network, host_part(ip["address"])
        yield f"route add {ip['gateway']}/{bits} dev {self.ifname} scope link src {source}"
        if subnet.prefixlen < bits:
            yield f"route add {subnet} via {ip['gateway']} dev {self.ifname} src {source}"

    def result(self, own, record, link):
        host = batch([f"link show dev {record['host']}"])[0]
        entries = [{"name": x["ifname"], "mac": x["address"], "mtu": x["mtu"]} for x in (host, link)]
        entries[1]["sandbox"] = self.netns
        ips = [{**ip, "interface": 1} for ip in own["ips"]]
        return {"interfaces": entries, "ips": ips, "routes": own["routes"], "dns": self.dns(own["dns"])}

    def check_host(self, link, prev, ips):
        host = next((x for x in kernel.links().values() if x["ifindex"] == link.get("link_index")), None)
        if not host or "UP" not in host["flags"]:
            self.fail(WRONG_STATE, f"the peer of {self.ifname} is not up on the host")
        gateways = [f"{ip['gateway']}/{128 if ':' in ip['address'] else 32}" for ip in ips if ip.get("gateway")]
        self.present_on(None, host["ifname"], gateways)
        there = batch(["route show"]) + kernel.objects(kernel.run("ip", "-j", "-6", "route", "show"))
        for ip in ips:
            if not any(r["dst"] == host_part(ip["address"]) and r.get("dev") == host["ifname"] for r in there):
                self.fail(WRONG_STATE, f"the host has no route to {ip['address']}")
        self.check_forwarding(ips)


class Loopback(Delegating):
    TYPE = "loopback"
    ARGS = None

    def read_config(self):
        self.ipam_type = ""
        if self.command == "ADD":
            self.prev_result()

    def add(self):
        netns = self.container()
        link = kernel.links(netns)["lo"]
        with Lock():
            self.claim({**self.new_record(netns), "was_up": "UP" in link["flags"]})
        self.undo(self.take_down, netns, self.records.read(self.container_id, self.ifname))
        return self.merge(self.result(batch(["link set dev lo up", "addr show dev lo"], netns)[0]))

    def claim(self, record):
        # The runtime may ask twice: go-cni does so for networks that share a container.
        old = self.records.read(self.container_id, self.ifname)
        if old and old["netns"] == record["netns"]:
            record["was_up"] = old["was_up"]
        self.undo(self.drop_record, self.container_id, self.ifname)
        self.records.write(self.container_id, self.ifname, record)

    def result(self, link):
        entry = {"name": "lo", "mac": "00:00:00:00:00:00", "mtu": link["mtu"], "sandbox": self.netns}
        ips = [f"{a['local']}/{a['prefixlen']}" for a in link.get("addr_info", ())]
        ips = [{"address": address, "interface": 0} for address in ips]
        return {"interfaces": [entry], "ips": ips, "routes": [], "dns": {}}

    def delete(self):
        netns = self.container_at_del()
        with Lock():
            record = self.records.read(self.container_id, self.ifname)
            if netns and record and record["netns"] == netns.identity:
                self.take_down(netns, record)
            self.records.remove(self.container_id, self.ifname)

    def take_down(self, netns, record):
        if not record["was_up"]:
            batch(["link set dev lo down"], netns)

    def check(self):
        netns = self.container()
        if "UP" not in kernel.links(netns)["lo"]["flags"]:
            self.fail(WRONG_STATE, "lo is down")
        prev = self.prev_result()
        shown = batch(["addr show dev lo"], netns)[0]
        there = [f"{a['local']}/{a['prefixlen']}" for a in shown.get("addr_info", ())]
        for ip in prev["ips"]:
            index = ip.get("interface", -1)
            if 0 <= index < len(prev["interfaces"]) and prev["interfaces"][index].get("name") == "lo":
                if ip["address"] not in there:
                    self.fail(WRONG_STATE, f"lo has no address {ip['address']}")
