"""Plugins that give addresses: host-local, with the store that others share, and static."""

import ipaddress
import os
from kernel import Lock
from protocol import BAD_CONFIG, INPUT_FAILED, TAKEN, TRY_LATER, UNAVAILABLE, WRONG_STATE
from protocol import Plugin, lowered, order


class Range:
    """Addresses of one subnet, from first to last, without the gateway."""

    def __init__(self, subnet, first, last, gateway):
        self.subnet, self.first, self.last, self.gateway = subnet, first, last, gateway

    def __contains__(self, address):
        return address.version == self.subnet.version and self.first <= address <= self.last

    def overlaps(self, other):
        return self.subnet.version == other.subnet.version and self.first <= other.last and other.first <= self.last

    def __str__(self):
        return f"{self.first}-{self.last}"


class Ipam(Plugin):
    ARGS = ("IP", "MAC", "GATEWAY")

    def read_config(self):
        self.ipam = self.key("ipam", dict, None)
        if self.ipam is None and self.command in ("ADD", "CHECK", "STATUS"):
            self.fail(BAD_CONFIG, "the configuration has no ipam")
        self.ipam = self.ipam or {}
        if self.command in ("ADD", "CHECK", "STATUS"):
            self.judge_config()

    def judge_config(self):
        """Judges what ADD needs; DEL and GC clean up whatever the configuration is like."""

    def address(self, text, what):
        try:
            return ipaddress.ip_address(text)
        except ValueError:
            self.fail(BAD_CONFIG, f"{what} is not an address: {text}")

    def routes(self):
        found = []
        for route in self.typed(self.ipam, "routes", list, []):
            if not isinstance(route, dict) or "dst" not in route:
                self.fail(BAD_CONFIG, f"a route without dst: {route}")
            try:
                dst = ipaddress.ip_network(route["dst"], strict=False)
            except ValueError:
                self.fail(BAD_CONFIG, f"a route's dst is not a subnet: {route['dst']}")
            if route.get("gw") and self.address(route["gw"], "a route's gw").version != dst.version:
                self.fail(BAD_CONFIG, f"dst and gw of a route are of different families: {route}")
            found.append({key: value for key, value in route.items() if value not in (None, "")})
        return found

    def requested(self):
        """Addresses that are asked for by args.cni.ips or else CNI_ARGS, and by the capability ips."""
        args, by_args = self.args(), self.cni_arg("ips")
        if by_args is None:
            by_args = [part for part in args.get("IP", "").split(",") if part]
        return self.texts(by_args, "args.cni.ips"), self.texts(self.runtime("ips") or [], "runtimeConfig.ips")

    def texts(self, value, what):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.fail(BAD_CONFIG, f"{what} is not a list of addresses: {value}")
        return value

    def check_families(self, addresses):
        if order(self.version) < order("0.3.0"):
            for version in (4, 6):
                if sum(address.version == version for address in addresses) > 1:
                    self.fail(BAD_CONFIG, f"version {self.version} has one address of each family at most")

    def result(self, ips, dns):
        return {"interfaces": [], "ips": ips, "routes": self.routes(), "dns": dns}


class HostLocal(Ipam):
    TYPE = "host-local"

    # Configuration.

    def judge_config(self):
        self.sets = self.range_sets()
        if not self.sets:
            self.fail(BAD_CONFIG, "host-local needs a range")
        self.check_overlaps()
        self.check_families([one[0].subnet for one in self.sets])
        self.routes()
        if self.command == "ADD":
            self.wanted = [self.address(text.partition("/")[0], "IP") for part in self.requested() for text in part]

    def range_sets(self):
        """The sets of ranges; an address is taken from each."""
        given = self.set_list(self.runtime("ipRanges"), "runtimeConfig.ipRanges")
        if self.ipam.get("subnet"):
            given.append([self.ipam])
        given += self.set_list(self.ipam.get("ranges"), "ipam.ranges")
        return [self.range_set(one) for one in given]

    def set_list(self, value, what):
        value = value or []
        if not isinstance(value, list) or not all(isinstance(one, list) for one in value):
            self.fail(BAD_CONFIG, f"{what} is not a list of lists of ranges")
        return list(value)

    def range_set(self, given):
        found = [self.range(lowered(one)) for one in given if isinstance(one, dict)]
        if not found or len(found) != len(given):
            self.fail(BAD_CONFIG, f"a set without ranges, or with something else: {given}")
        if len({one.subnet.version for one in found}) > 1:
            self.fail(BAD_CONFIG, "a set of ranges mixes IPv4 and IPv6")
        return found

    def range(self, given):
        try:
            subnet = ipaddress.ip_network(given.get("subnet") or "")
        except ValueError as error:
            self.fail(BAD_CONFIG, f"not a subnet: {error}")
        if subnet.prefixlen > subnet.max_prefixlen - 2:
            self.fail(BAD_CONFIG, f"{subnet} is too small to give addresses from")
        first = self.bound(given, "rangestart", subnet) or subnet.network_address + 1
        last = self.bound(given, "rangeend", subnet) or subnet.broadcast_address - (subnet.version == 4)
        if first > last:
            self.fail(BAD_CONFIG, f"rangeEnd {last} is before rangeStart {first}")
        gateway = given.get("gateway")
        gateway = self.address(gateway, "gateway") if gateway else subnet.network_address + 1
        if gateway.version != subnet.version:
            self.fail(BAD_CONFIG, f"gateway {gateway} is of another family than {subnet}")
        return Range(subnet, first, last, gateway)

    def bound(self, given, key, subnet):
        if not given.get(key):
            return None
        address = self.address(given[key], key)
        return address if address in subnet else self.fail(BAD_CONFIG, f"{key} {address} is not in {subnet}")

    def check_overlaps(self):
        ranges = [one for ranges in self.sets for one in ranges]
        for index, one in enumerate(ranges):
            for other in ranges[index + 1 :]:
                if one.overlaps(other):
                    self.fail(BAD_CONFIG, f"the ranges {one} and {other} overlap")

    # The store: a file for each address, with container and interface in it.

    @property
    def folder(self):
        return f"{self.typed(self.ipam, 'dataDir', str, '') or '/var/lib/cni/networks'}/{self.network}"

    def lock(self):
        path = f"{self.folder}/lock"
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o750))
        return Lock(path)

    def leases(self):
        """Who has which address; other files are not ours to judge, empty ones hold nothing."""
        found = {}
        for name in os.listdir(self.folder):
            try:
                address = ipaddress.ip_address(name)
                with open(f"{self.folder}/{name}", newline="") as file:
                    holder = file.read().strip()
            except (ValueError, OSError):
                continue
            if holder:
                found[address] = holder
        return found

    def holder(self):
        return f"{self.container_id}\r\n{self.ifname}"

    def is_mine(self, holder):
        # Before 0.7 the reference wrote no interface.
        return holder in (self.holder(), self.container_id)

    def store(self, name, text):
        """Writes whole or not at all."""
        path = f"{self.folder}/{name}"
        new = f"{self.folder}/.new"
        try:
            fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.write(fd, text.encode())
            finally:
                os.close(fd)
            os.rename(new, path)
        except OSError as error:
            self.drop(".new")
            self.fail(INPUT_FAILED, f"write {path}: {error.strerror}")

    def drop(self, name):
        try:
            os.unlink(f"{self.folder}/{name}")
        except FileNotFoundError:
            pass

    def drop_locked(self, name):
        with self.lock():
            self.drop(name)

    # ADD.

    def add(self):
        try:
            os.makedirs(self.folder, mode=0o755, exist_ok=True)
        except OSError as error:
            self.fail(INPUT_FAILED, f"make {self.folder}: {error.strerror}")
        with self.lock():
            leases = self.leases()
            chosen = [self.choose(index, ranges, leases) for index, ranges in enumerate(self.sets)]
            if self.wanted:
                self.fail(TAKEN, f"no range has the address {self.wanted[0]}")
            for index, (address, _) in enumerate(chosen):
                self.undo(self.drop_locked, str(address))
                self.reserve(index, address)
        return self.result([self.ip(address, one) for address, one in chosen], self.resolver())

    def choose(self, index, ranges, leases):
        """An address that is free, and its range."""
        self.refuse_second(ranges, leases)
        for address in self.wanted:
            for one in ranges:
                if address in one:
                    self.wanted.remove(address)
                    return self.judge_wanted(address, one, leases), one
        return self.next_free(index, ranges, leases)

    def refuse_second(self, ranges, leases):
        for address, holder in leases.items():
            if self.is_mine(holder) and any(address in one for one in ranges):
                self.fail(TAKEN, f"{self.container_id} has {address} for {self.ifname} already")

    def judge_wanted(self, address, one, leases):
        if address == one.gateway:
            self.fail(TAKEN, f"{address} is the gateway's address")
        if address in leases:
            self.fail(TAKEN, f"{address} is taken by {leases[address].split()[0]}")
        return address

    def next_free(self, index, ranges, leases):
        elsewhere = self.given_elsewhere()
        for address, one in self.candidates(index, ranges):
            if address != one.gateway and address not in leases and str(address) not in elsewhere:
                return address, one
        self.fail(self.exhausted(), f"no address is free in {', '.join(map(str, ranges))}")

    def given_elsewhere(self):
        """Addresses of other networks, which may be on the same link under another name."""
        root = os.path.dirname(self.folder)
        others = [name for name in os.listdir(root) if name != self.network] if os.path.isdir(root) else []
        return {name for other in others if os.path.isdir(f"{root}/{other}") for name in os.listdir(f"{root}/{other}")}

    def exhausted(self):
        return UNAVAILABLE if self.command == "STATUS" else TRY_LATER

    def candidates(self, index, ranges):
        """All addresses, those after the last one given first."""
        last = self.last_reserved(index)
        start = next((n for n, one in enumerate(ranges) if last and last in one), None)
        if start is not None:
            one = ranges[start]
            yield from self.between(one, last + 1 if last < one.last else None, one.last)
            for other in ranges[start + 1 :] + ranges[:start]:
                yield from self.between(other, other.first, other.last)
            yield from self.between(one, one.first, last)
        else:
            for one in ranges:
                yield from self.between(one, one.first, one.last)

    def between(self, one, first, last):
        while first is not None and first <= last:
            yield first, one
            first = first + 1 if first < last else None

    def last_reserved(self, index):
        try:
            with open(f"{self.folder}/last_reserved_ip.{index}") as file:
                return ipaddress.ip_address(file.read().strip())
        except (OSError, ValueError):
            return None

    def reserve(self, index, address):
        self.store(str(address), self.holder())
        self.store(f"last_reserved_ip.{index}", str(address))

    def ip(self, address, one):
        return {"address": f"{address}/{one.subnet.prefixlen}", "gateway": str(one.gateway)}

    def resolver(self):
        """What the file resolvConf says; nothing without one."""
        path = self.typed(self.ipam, "resolvConf", str, "")
        dns = {"nameservers": [], "domain": "", "search": [], "options": []}
        if path:
            try:
                with open(path) as file:
                    lines = [line.split() for line in file]
            except OSError as error:
                self.fail(BAD_CONFIG, f"read resolvConf {path}: {error.strerror}")
            for word, *rest in filter(None, lines):
                if word == "nameserver":
                    dns["nameservers"] += rest[:1]
                elif word == "domain":
                    dns["domain"] = "".join(rest[:1])
                elif word in ("search", "options"):
                    dns[word] += rest
        return {key: value for key, value in dns.items() if value}

    # DEL, GC, CHECK, STATUS.

    def delete(self):
        self.release(self.is_mine)

    def release(self, condition):
        if not os.path.isdir(self.folder):
            return
        with self.lock():
            self.drop(".new")
            gone = [address for address, holder in self.leases().items() if condition(holder)]
            self.every(*[(self.drop, str(address)) for address in gone])

    def gc(self, valid):
        holders = {f"{container}\r\n{ifname}" for container, ifname in valid} | {one for one, _ in valid}
        self.release(lambda holder: holder not in holders)

    def check(self):
        leases = self.leases() if os.path.isdir(self.folder) else {}
        mine = [address for address, holder in leases.items() if self.is_mine(holder)]
        if not all(any(address in one for address in mine for one in ranges) for ranges in self.sets):
            self.fail(WRONG_STATE, f"{self.container_id} has no address reserved for {self.ifname}")

    def status(self):
        self.check_writable()
        leases = self.leases() if os.path.isdir(self.folder) else {}
        for index, ranges in enumerate(self.sets):
            self.next_free(index, ranges, leases)

    def check_writable(self):
        """The store, or where it would be made, has to take new files."""
        path = self.folder
        while not os.path.isdir(path):
            path = os.path.dirname(path)
        if not os.access(path, os.W_OK):
            self.fail(UNAVAILABLE, f"no reservation can be written to {path}")


class Static(Ipam):
    TYPE = "static"

    def judge_config(self):
        self.ips = self.chosen()
        self.check_families([ipaddress.ip_interface(ip["address"]) for ip in self.ips])
        self.routes()

    def chosen(self):
        if self.command != "ADD":
            return self.configured()
        by_args, by_runtime = self.requested()
        if by_runtime or self.cni_arg("ips") is not None:
            return [{"address": self.cidr(text)} for text in by_runtime or by_args]
        gateways = [part for part in self.args().get("GATEWAY", "").split(",") if part]
        return self.configured() + [self.with_gateway(self.cidr(text), gateways) for text in by_args]

    def configured(self):
        found = []
        for one in self.typed(self.ipam, "addresses", list, []):
            if not isinstance(one, dict):
                self.fail(BAD_CONFIG, f"an entry of addresses is no object: {one}")
            ip = {"address": self.cidr(one.get("address"))}
            if one.get("gateway"):
                gateway = self.address(one["gateway"], "gateway")
                if gateway.version != ipaddress.ip_interface(ip["address"]).version:
                    self.fail(BAD_CONFIG, f"gateway {gateway} is of another family than {ip['address']}")
                ip["gateway"] = str(gateway)
            found.append(ip)
        return found

    def cidr(self, text):
        try:
            self.check_cidr(text)
        except (TypeError, ValueError) as error:
            self.fail(BAD_CONFIG, f"not an address with a prefix length: {error}")
        return text

    def with_gateway(self, address, gateways):
        network = ipaddress.ip_interface(address).network
        found = [one for one in gateways if self.address(one, "GATEWAY") in network]
        return {"address": address, "gateway": found[0]} if found else {"address": address}

    def add(self):
        return self.result(self.ips, self.typed(self.ipam, "dns", dict, {}))

    def check(self):
        there = {ip["address"]: ip.get("gateway") for ip in self.prev_result()["ips"]}
        for ip in self.ips:
            if ip["address"] in there and ip.get("gateway") != there[ip["address"]]:
                self.fail(WRONG_STATE, f"{ip['address']} has gateway {there[ip['address']]}")
