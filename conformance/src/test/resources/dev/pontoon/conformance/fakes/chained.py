"""Plugins that work on what those before them made: portmap, tuning, bandwidth, firewall."""

import ipaddress
import json
import os
import posixpath
import kernel
from interfaces import InNetns, family, host_part
from kernel import Lock, Records, batch
from protocol import BAD_CONFIG, TAKEN, UNAVAILABLE, WRONG_STATE
from protocol import CniError, lowered

READ_ALL = 'for p; do cat "$p" || exit 1; done'
WRITE_ALL = 'while [ $# -gt 0 ]; do printf %s "$2" >"$1" || exit 1; shift 2; done'


class Chained(InNetns):
    """Passes prevResult on; remembers what it did, so that DEL and GC need nothing else."""

    TOOLS = ("ip", "nsenter", "nft")

    def read_config(self):
        if self.command == "ADD" and self.prev_result() is None:
            self.fail(BAD_CONFIG, f"{self.TYPE} needs prevResult, and the configuration has none")
        if self.command in ("ADD", "CHECK", "STATUS"):
            self.judge_config()

    def judge_config(self):
        """Judges the keys of this type."""

    def add(self):
        netns = self.container()
        prev = self.prev_result()
        return self.apply(netns, prev) if self.has_work() else prev

    def has_work(self):
        return True

    def apply(self, netns, prev):
        """Does the work; returns what becomes of prevResult."""
        raise NotImplementedError

    def is_alive(self, record):
        return record["netns"] == kernel.open_netns(self.netns).identity

    def delete(self):
        netns = self.container_at_del()
        self.every((self.restore_in, netns), (self.clean_attachment, self.container_id, self.ifname))

    def restore_in(self, netns):
        """Puts back what was changed in the container, if it is the same one still."""
        with Lock():
            record = self.records.read(self.container_id, self.ifname)
        if netns and record and record["netns"] == netns.identity:
            self.restore(netns, record)

    def restore(self, netns, record):
        pass

    def check(self):
        netns = self.container()
        if self.has_work():
            record = self.records.read(self.container_id, self.ifname)
            if not record:
                self.fail(WRONG_STATE, f"{self.TYPE} knows nothing of {self.ifname} of {self.container_id}")
            self.check_work(netns, self.prev_result(), record)

    def check_work(self, netns, prev, record):
        pass

    def gc(self, valid):
        self.every(*[(self.clean_attachment, *pair) for pair in self.stale(valid)])

    def status(self):
        for name in self.TOOLS:
            if not kernel.find_tool(name):
                self.fail(UNAVAILABLE, f"the command {name} is not installed")

    def container_ips(self, prev):
        """The addresses of the container's interface, as text without prefix."""
        indices = [
            index
            for index, entry in enumerate(prev["interfaces"])
            if entry.get("name") == self.ifname and entry.get("sandbox")
        ]
        wanted = (-1, None, *indices)
        return [host_part(ip["address"]) for ip in prev["ips"] if ip.get("interface", -1) in wanted]

    def host_peer(self, netns):
        """The host's end of the container's interface."""
        link = self.link_in(netns)
        found = [x for x in kernel.links().values() if x["ifindex"] == link.get("link_index")]
        if kernel.kind(link) != "veth" or not found:
            self.fail(BAD_CONFIG, f"{self.ifname} has no peer on the host")
        return found[0]

    def table(self, record):
        return f"good_{self.TYPE}_{record['token']}"

    def drop_nft(self, record):
        kernel.drop_table("inet", self.table(record))


class Mapping:
    """A port of the host that leads to one of the container."""

    def __init__(self, given, plugin):
        self.protocol = (given.get("protocol") or "tcp").lower()
        self.host_port = self.port(given, "hostport", plugin)
        self.container_port = self.port(given, "containerport", plugin)
        self.host_ip = given.get("hostip") or ""
        if self.protocol not in ("tcp", "udp", "sctp"):
            plugin.fail(BAD_CONFIG, f"a port mapping with protocol {self.protocol}")
        try:
            self.address = ipaddress.ip_address(self.host_ip) if self.host_ip else None
        except ValueError:
            plugin.fail(BAD_CONFIG, f"a port mapping with hostIP {self.host_ip}")

    def port(self, given, key, plugin):
        value = given.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 65536:
            plugin.fail(BAD_CONFIG, f"a port mapping with {key} {value}")
        return value

    def serves(self, version):
        return self.address is None or self.address.version == version

    def any_address(self):
        return self.address is None or self.address.is_unspecified

    def record(self):
        return [self.protocol, self.host_port, self.host_ip]


def collide(one, other):
    """Whether two mappings, as recorded, want the same datagrams."""
    if one[:2] != other[:2]:
        return False
    first, second = (ipaddress.ip_address(x[2]) if x[2] else None for x in (one, other))
    if first is None or second is None:
        return True
    same_family = first.version == second.version
    return same_family and (first == second or first.is_unspecified or second.is_unspecified)


class Portmap(Chained):
    TYPE = "portmap"

    def judge_config(self):
        given = lowered(self.runtime("portMappings")) or []
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            self.fail(BAD_CONFIG, "runtimeConfig.portMappings is not a list of objects")
        self.mappings = [Mapping(one, self) for one in given]
        self.snat = self.key("snat", bool, True)

    def has_work(self):
        return bool(self.mappings)

    def apply(self, netns, prev):
        ips = self.first_ips(prev)
        mappings = [one.record() for one in self.mappings]
        record = {**self.new_record(netns), "mappings": mappings, "path": self.netns}
        with Lock():
            self.refuse_taken()
            self.claim(record)
        self.undo(self.drop_nft, record)
        kernel.nft("\n".join(self.ruleset(self.table(record), ips)) + "\n")
        self.let_localhost_in(ips)
        self.forget_flows(record)
        return prev

    def first_ips(self, prev):
        found = {}
        for ip in self.container_ips(prev):
            found.setdefault(family(ip), ip)
        return found

    def refuse_taken(self):
        for holder, record in all_records(self.TYPE):
            if holder != (self.network, self.container_id, self.ifname) and self.lives(record):
                for mapping in self.mappings:
                    if any(collide(mapping.record(), other) for other in record.get("mappings", ())):
                        port = f"{mapping.host_port}/{mapping.protocol}"
                        self.fail(TAKEN, f"port {port} of the host leads to {holder[1]} of {holder[0]} already")

    def lives(self, record):
        """Whether the container that a record is about is there still: a dead one has no use for its ports."""
        try:
            return kernel.open_netns(record["path"]).identity == record["netns"]
        except CniError:
            return False

    def ruleset(self, table, ips):
        hooks = {"prerouting": "dstnat", "output": "-100", "postrouting": "srcnat"}
        yield f"add table inet {table}"
        for hook, priority in hooks.items():
            yield f"add chain inet {table} {hook} {{ type nat hook {hook} priority {priority}; }}"
        for rule in self.forward_rules(ips):
            yield f"add rule inet {table} prerouting {rule}"
            yield f"add rule inet {table} output {rule}"
        if self.snat:
            for version, ip in ips.items():
                word = "ip6" if version == 6 else "ip"
                yield f"add rule inet {table} postrouting {word} saddr {ip} {word} daddr {ip} masquerade"
                if version == 4:
                    yield f"add rule inet {table} postrouting ip saddr 127.0.0.0/8 ip daddr {ip} masquerade"

    def forward_rules(self, ips):
        for mapping in self.mappings:
            for version, ip in ips.items():
                if mapping.serves(version):
                    word = "ip6" if version == 6 else "ip"
                    to = f"[{ip}]" if version == 6 else ip
                    at = "" if mapping.any_address() else f" {word} daddr {mapping.address}"
                    yield (
                        f"meta nfproto ipv{version}{at} fib daddr type local"
                        f" {mapping.protocol} dport {mapping.host_port}"
                        f" dnat {word} to {to}:{mapping.container_port}"
                    )

    def let_localhost_in(self, ips):
        if self.snat and 4 in ips:
            route = kernel.objects(kernel.run("ip", "-j", "route", "get", ips[4]))
            if route and route[0].get("dev", "lo") != "lo":
                kernel.write_sysctl(f"ipv4/conf/{route[0]['dev']}/route_localnet", "1")

    def forget_flows(self, record):
        """Senders that go on all the time would otherwise never reach the new owner."""
        udp = sorted({port for protocol, port, _ in record["mappings"] if protocol == "udp"})
        if udp and kernel.find_tool("conntrack"):
            for port in udp:
                try:
                    kernel.run("conntrack", "-D", "-p", "udp", "--dport", str(port))
                except CniError:
                    pass  # It counts none to delete as a failure.

    def clean(self, record):
        self.every((self.drop_nft, record), (self.forget_flows, record))

    def check_work(self, netns, prev, record):
        ips = self.first_ips(prev)
        rules = kernel.table_rules("inet", self.table(record))
        wanted = len([line for line in self.ruleset("t", ips) if line.startswith("add rule")])
        if len(rules) < wanted:
            self.fail(WRONG_STATE, f"of {wanted} rules for the ports of {self.container_id} {len(rules)} are there")


def all_records(type):
    """The records of a type in all networks, each with (network, container, interface)."""
    for network in kernel.listed(Records.ROOT):
        records = Records(network, type)
        for pair in records.pairs():
            record = records.read(*pair)
            if record:
                yield (network, *pair), record


class Tuning(Chained):
    TYPE = "tuning"
    ARGS = ("IP", "MAC", "GATEWAY")
    TOOLS = ("ip", "nsenter")
    #: Keys that are attributes of a link, with the words of ip(8).
    LINK = {"mac": "address", "mtu": "mtu", "promisc": "promisc", "allmulti": "allmulticast", "txQLen": "txqueuelen"}
    KINDS = {"mac": str, "mtu": int, "promisc": bool, "allmulti": bool, "txQLen": int}

    def judge_config(self):
        self.wanted = {key: value for key in self.LINK if (value := self.link_value(key)) is not None}
        sysctls = self.cni_arg("sysctl") or {}
        if not isinstance(sysctls, dict):
            self.fail(BAD_CONFIG, "args.cni.sysctl is not an object")
        given = {**self.key("sysctl", dict, {}), **sysctls}
        self.sysctls = {self.sysctl_path(name): str(value) for name, value in given.items()}

    def link_value(self, key):
        """From args.cni, else the runtime, else CNI_ARGS, else the configuration."""
        values = [self.cni_arg(key)]
        if key == "mac":
            values += [self.runtime("mac"), self.args().get("MAC")]
        value = next((one for one in values if one), None)
        holder = {key: value} if value is not None else self.config
        return self.typed(holder, key, self.KINDS[key], None) or None

    def sysctl_path(self, name):
        parts = name if "/" in name else name.replace(".", "/")
        path = posixpath.normpath("/proc/sys/" + parts.replace("IFNAME", self.ifname, 1))
        if not path.startswith("/proc/sys/net/"):
            self.fail(BAD_CONFIG, f"not a sysctl of a network namespace: {name}")
        return path

    def has_work(self):
        return bool(self.wanted or self.sysctls)

    def apply(self, netns, prev):
        record = {**self.new_record(netns), **self.originals(netns)}
        with Lock():
            self.claim(record)
        self.undo(self.restore, netns, record)
        self.write_sysctls(netns, self.sysctls)
        link = self.set_link(netns, self.wanted)
        for entry in prev["interfaces"]:
            if entry.get("name") == self.ifname and self.is_sandbox(entry.get("sandbox")):
                entry["mac"] = link["address"]
                if "mtu" in entry:
                    entry["mtu"] = link["mtu"]
        return prev

    def originals(self, netns):
        """What is about to be changed, as it is before."""
        now = self.attributes(self.link_in(netns))
        sysctls = self.read_sysctls(netns, list(self.sysctls))
        return {"link": {key: now[key] for key in self.wanted}, "sysctls": sysctls}

    def attributes(self, link):
        return {
            "mac": link["address"],
            "mtu": link["mtu"],
            "promisc": "PROMISC" in link["flags"],
            "allmulti": "ALLMULTI" in link["flags"],
            "txQLen": link.get("txqlen", 0),
        }

    def read_sysctls(self, netns, paths):
        if not paths:
            return {}
        lines = kernel.run("sh", "-c", READ_ALL, "sh", *paths, netns=netns).splitlines()
        return dict(zip(paths, lines))

    def write_sysctls(self, netns, values):
        if values:
            pairs = [word for pair in values.items() for word in pair]
            kernel.run("sh", "-c", WRITE_ALL, "sh", *pairs, netns=netns)

    def set_link(self, netns, values):
        words = {key: ("on" if value else "off") if isinstance(value, bool) else value for key, value in values.items()}
        lines = [f"link set dev {self.ifname} {self.LINK[key]} {word}" for key, word in words.items()]
        return batch([*lines, f"link show dev {self.ifname}"], netns)[-1]

    def restore(self, netns, record):
        steps = [(self.restore_sysctl, netns, path, value) for path, value in record["sysctls"].items()]
        if self.ifname in kernel.links(netns):
            steps.insert(0, (self.set_link, netns, record["link"]))
        self.every(*steps)

    def restore_sysctl(self, netns, path, value):
        try:
            self.write_sysctls(netns, {path: value})
        except CniError:
            # Those of an interface have gone with it.
            if f"/{self.ifname}/" not in path:
                raise

    def check_work(self, netns, prev, record):
        now = self.attributes(self.link_in(netns))
        for key, value in self.wanted.items():
            if str(now[key]).lower() != str(value).lower():
                self.fail(WRONG_STATE, f"{key} of {self.ifname} is {now[key]}, not {value}")
        for path, value in self.read_sysctls(netns, list(self.sysctls)).items():
            if value.split() != self.sysctls[path].split():
                self.fail(WRONG_STATE, f"{path} is {value}, not {self.sysctls[path]}")


class Bandwidth(Chained):
    TYPE = "bandwidth"
    TOOLS = ("ip", "nsenter", "tc")
    KEYS = ("ingressRate", "ingressBurst", "egressRate", "egressBurst")

    def judge_config(self):
        own = {key.lower(): self.config[key] for key in self.KEYS if self.config.get(key) is not None}
        given = own or lowered(self.runtime("bandwidth")) or {}
        if not isinstance(given, dict):
            self.fail(BAD_CONFIG, "runtimeConfig.bandwidth is not an object")
        self.ingress = self.limit(given, "ingress")
        self.egress = self.limit(given, "egress")

    def limit(self, given, side):
        """Rate in bits a second and burst in bytes; None where there is no limit."""
        rate, burst = (self.number(given, side + word) for word in ("rate", "burst"))
        if bool(rate) != bool(burst):
            self.fail(BAD_CONFIG, f"{side} needs both a rate and a burst, or neither")
        if burst // 8 >= 1 << 32:
            self.fail(BAD_CONFIG, f"the burst of {side} is more than 4 GB")
        return (rate, max(burst // 8, 1)) if rate else None

    def number(self, given, key):
        value = given.get(key) or 0
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.fail(BAD_CONFIG, f"{key} is not a number of bits: {value}")
        return value

    def has_work(self):
        return bool(self.ingress or self.egress)

    def apply(self, netns, prev):
        host = self.host_peer(netns)
        record = {**self.new_record(netns), "host": host["ifname"], "ifindex": host["ifindex"]}
        record["ifb"] = "ifb" + record["token"] if self.egress else ""
        with Lock():
            self.claim(record)
        self.undo(self.clean, record)
        lines = []
        if self.ingress:
            lines.append(self.tbf(record["host"], self.ingress))
        if self.egress:
            prev["interfaces"].append(self.make_ifb(record["ifb"], host["mtu"]))
            lines += self.redirect(record)
        kernel.run("tc", "-batch", "-", stdin="".join(line + "\n" for line in lines))
        return prev

    def tbf(self, link, limit):
        return f"qdisc add dev {link} root handle 1: tbf rate {limit[0]}bit burst {limit[1]} latency 25ms"

    def make_ifb(self, name, mtu):
        lines = [f"link add name {name} mtu {mtu} type ifb", f"link set dev {name} up", f"link show dev {name}"]
        link = batch(lines)[0]
        return {"name": name, "mac": link["address"], "mtu": link["mtu"]}

    def redirect(self, record):
        host, ifb = record["host"], record["ifb"]
        return [
            f"qdisc add dev {host} handle ffff: ingress",
            f"filter add dev {host} parent ffff: protocol all prio 1 u32 match u32 0 0"
            f" flowid 1:1 action mirred egress redirect dev {ifb}",
            self.tbf(ifb, self.egress),
        ]

    def clean(self, record):
        found = kernel.links()
        if record["ifb"] in found:
            batch([f"link del dev {record['ifb']}"])
        if found.get(record["host"], {}).get("ifindex") == record["ifindex"]:
            self.remove_qdiscs(record["host"])

    def remove_qdiscs(self, host):
        for qdisc in self.qdiscs(host):
            if qdisc["kind"] == "tbf" and qdisc.get("root"):
                kernel.run("tc", "qdisc", "del", "dev", host, "root")
            if qdisc["kind"] == "ingress":
                kernel.run("tc", "qdisc", "del", "dev", host, "ingress")

    def qdiscs(self, link):
        return json.loads(kernel.run("tc", "-j", "qdisc", "show", "dev", link) or "[]")

    def check_work(self, netns, prev, record):
        host = self.host_peer(netns)["ifname"]
        if self.ingress:
            self.check_tbf(host, self.ingress)
        if self.egress:
            if record["ifb"] not in kernel.links():
                self.fail(WRONG_STATE, f"{record['ifb']} is gone")
            self.check_tbf(record["ifb"], self.egress)
            if record["ifb"] not in kernel.run("tc", "filter", "show", "dev", host, "ingress"):
                self.fail(WRONG_STATE, f"{host} does not send to {record['ifb']} any more")

    def check_tbf(self, link, limit):
        rates = [one["options"].get("rate") for one in self.qdiscs(link) if one["kind"] == "tbf"]
        if limit[0] // 8 not in rates:
            self.fail(WRONG_STATE, f"{link} is not limited to {limit[0]} bit/s")


class Firewall(Chained):
    TYPE = "firewall"

    def judge_config(self):
        policy = self.key("ingressPolicy", str, "")
        if policy not in ("", "open", "same-bridge", "isolated"):
            self.fail(BAD_CONFIG, f"there is no ingressPolicy {policy}")

    def apply(self, netns, prev):
        ips = self.container_ips(prev)
        record = {**self.new_record(netns), "shared": [], "rules": 2 * len(ips)}
        record["shared"] = [name for name in ("ip", "ip6") if self.has_forward(name)]
        with Lock():
            self.claim(record)
        self.undo(self.clean, record)
        kernel.nft("\n".join(self.ruleset(record, ips)) + "\n")
        return prev

    def has_forward(self, name):
        try:
            kernel.run("nft", "list", "chain", name, "filter", "FORWARD")
            return True
        except CniError:
            return False

    def ruleset(self, record, ips):
        table = self.table(record)
        yield f"add table inet {table}"
        yield f"add chain inet {table} forward {{ type filter hook forward priority filter; }}"
        for ip in ips:
            name = "ip6" if family(ip) == 6 else "ip"
            for rule in (f"{name} daddr {ip} ct state established,related accept", f"{name} saddr {ip} accept"):
                yield f'add rule inet {table} forward {rule} comment "{table}"'
                # Accepting there alone would not help: a chain that drops has the last word.
                if name in record["shared"]:
                    yield f'insert rule {name} filter FORWARD {rule} comment "{table}"'

    def clean(self, record):
        self.every((self.drop_nft, record), *[(self.remove_shared, name, record) for name in record["shared"]])

    def remove_shared(self, name, record):
        handles = [rule["handle"] for rule in self.shared_rules(name, record)]
        if handles:
            kernel.nft("".join(f"delete rule {name} filter FORWARD handle {handle}\n" for handle in handles))

    def shared_rules(self, name, record):
        rules = kernel.table_rules(name, "filter")
        return [one for one in rules if one.get("comment") == self.table(record) and one["chain"] == "FORWARD"]

    def check_work(self, netns, prev, record):
        if len(kernel.table_rules("inet", self.table(record))) < record["rules"]:
            self.fail(WRONG_STATE, f"the rules that accept what {self.container_id} sends are gone")
        for name in record["shared"]:
            wanted = 2 * len([ip for ip in self.container_ips(prev) if (family(ip) == 6) == (name == "ip6")])
            if len(self.shared_rules(name, record)) < wanted:
                self.fail(WRONG_STATE, f"the rules in {name} filter FORWARD for {self.container_id} are gone")
