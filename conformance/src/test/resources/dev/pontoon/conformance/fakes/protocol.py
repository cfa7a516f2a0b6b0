"""The protocol of CNI 0.1.0 to 1.1.0: what goes in and comes out of every plugin, whatever it does.

A plugin is a class; each step of what the spec asks for is a method of its own, so that a variant
breaks one rule by overriding one method.
"""

import json
import os
import re
import select
import signal
import sys

VERSIONS = ("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

VERSION_UNKNOWN, CONTAINER_UNKNOWN, BAD_ENVIRONMENT = 1, 3, 4
INPUT_FAILED, BAD_JSON, BAD_CONFIG, BAD_NETNS, TRY_LATER = 5, 6, 7, 8, 11
UNAVAILABLE, KERNEL, TAKEN, WRONG_STATE, INTERNAL = 50, 100, 101, 102, 999

NEEDED = {
    "ADD": ("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"),
    "DEL": ("CNI_CONTAINERID", "CNI_IFNAME"),
    "CHECK": ("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"),
    "GC": ("CNI_PATH",),
    "STATUS": (),
}
SINCE = {"ADD": "0.1.0", "DEL": "0.1.0", "CHECK": "0.4.0", "GC": "1.1.0", "STATUS": "1.1.0"}


class CniError(Exception):
    """A failure that the runtime is told of."""

    def __init__(self, code, msg, details=""):
        super().__init__(msg)
        self.code, self.msg, self.details = code, msg, details


def fail(code, msg, details=""):
    raise CniError(code, msg, details)


def order(version):
    """Where a known version stands among the others."""
    return VERSIONS.index(version)


def lowered(value):
    """Objects with keys in lower case, as runtimes write capability objects in several spellings."""
    if isinstance(value, dict):
        return {key.lower(): lowered(inner) for key, inner in value.items()}
    return [lowered(inner) for inner in value] if isinstance(value, list) else value


class Plugin:
    """Reads a request, does what it asks for, and answers."""

    TYPE = ""
    VERSIONS = VERSIONS
    #: Keys of CNI_ARGS that are understood; None where CNI_ARGS is not looked at.
    ARGS = None

    def __init__(self):
        self.command = self.container_id = self.netns = self.ifname = ""
        self.raw, self.config, self.version = b"", {}, None
        self.undone = []
        self.copy_of_stdin = None

    # The way of a request.

    def run(self):
        """Does everything; returns the exit status."""
        signal.signal(signal.SIGTERM, self.terminated)
        try:
            self.command = self.env("CNI_COMMAND")
            if self.command == "VERSION":
                self.print(self.version_answer())
                return 0
            self.validate_environment()
            self.raw = self.read_stdin()
            self.config = self.parse(self.raw)
            self.check_config()
            self.check_version()
            self.read_config()
            self.perform()
            return 0
        except CniError as error:
            return self.report(error)
        except Exception as error:  # A fault of this plugin, which the runtime gets to know all the same.
            import traceback

            traceback.print_exc()
            return self.report(CniError(INTERNAL, f"{type(error).__name__}: {error}"))

    def perform(self):
        getattr(self, "do_" + self.command.lower())()

    def do_add(self):
        try:
            self.print(self.result_text(self.add()))
        except BaseException:
            self.roll_back()
            raise

    def do_del(self):
        self.delete()

    def do_check(self):
        if self.prev_result() is None:
            self.fail(BAD_CONFIG, "CHECK needs prevResult, and the configuration has none")
        self.check()

    def do_gc(self):
        self.gc(self.valid_attachments())

    def do_status(self):
        self.status()

    # What plugins do; each fills in what it has.

    def add(self):
        raise NotImplementedError

    def delete(self):
        pass

    def check(self):
        pass

    def gc(self, valid):
        pass

    def status(self):
        pass

    def read_config(self):
        """Judges the keys of this type, before anything is done."""

    # Environment.

    def env(self, name):
        return os.environb.get(name.encode(), b"").decode("utf-8", "surrogateescape")

    def validate_environment(self):
        if self.command not in NEEDED:
            problem = f"unknown CNI_COMMAND: {self.command}" if self.command else "CNI_COMMAND is missing"
            self.bad_environment(problem)
        self.check_missing()
        if self.command in ("ADD", "DEL", "CHECK"):
            self.container_id = self.env("CNI_CONTAINERID")
            self.netns = self.env("CNI_NETNS")
            self.ifname = self.env("CNI_IFNAME")
            self.check_container_id()
            self.check_ifname()

    def check_missing(self):
        missing = [name for name in NEEDED[self.command] if not self.env(name)]
        if missing and "CNI_PATH" not in missing and not self.env("CNI_PATH"):
            missing.append("CNI_PATH")
        if missing:
            self.bad_environment(f"{self.command} needs {', '.join(missing)} in the environment")

    def check_container_id(self):
        if not NAME.fullmatch(self.container_id) or not self.container_id.isascii():
            self.bad_environment("CNI_CONTAINERID has characters that it must not have", self.container_id)

    def check_ifname(self):
        name = self.ifname
        if len(os.fsencode(name)) > 15:
            self.bad_environment("CNI_IFNAME is longer than 15 bytes", name)
        if name in (".", "..") or any(c in "/:" or c.isspace() for c in name):
            self.bad_environment("CNI_IFNAME is not the name of an interface", name)

    def bad_environment(self, msg, details=""):
        # The answer has to name the configuration's version, but nobody may have written one.
        self.peek_version()
        self.fail(BAD_ENVIRONMENT, msg, details.encode("utf-8", "replace").decode())

    # Configuration.

    def read_stdin(self):
        chunks = []
        try:
            while chunk := os.read(0, 1 << 16):
                chunks.append(chunk)
        except OSError as error:
            self.fail(INPUT_FAILED, f"read the configuration from standard input: {error.strerror}")
        raw = b"".join(chunks)
        if self.copy_of_stdin is not None:
            os.write(self.copy_of_stdin, raw)
        return raw

    def peek_version(self):
        """Takes the version from what stands on standard input already, if anything does."""
        raw = b""
        try:
            poll = select.poll()
            poll.register(0, select.POLLIN | select.POLLHUP)
            while poll.poll(50) and (chunk := os.read(0, 1 << 16)):
                raw += chunk
            found = self.parse(raw).get("cniVersion", "")
            self.version = found if isinstance(found, str) and found else None
        except (OSError, CniError):
            pass

    def parse(self, raw):
        try:
            config = json.loads(raw.decode(), parse_constant=self.no_constant)
        except (ValueError, RecursionError) as error:
            self.fail(BAD_JSON, f"parse the configuration: {error}")
        if not isinstance(config, dict):
            self.fail(BAD_JSON, "parse the configuration: it is not an object")
        return config

    def no_constant(self, word):
        raise ValueError(f"{word} is not JSON")

    def check_config(self):
        version = self.config.get("cniVersion") or ""
        if not isinstance(version, str):
            self.fail(BAD_JSON, "cniVersion is not a string")
        self.version = version or "0.1.0"
        name = self.config.get("name") or ""
        if not isinstance(name, str):
            self.fail(BAD_JSON, "name is not a string")
        if not name:
            self.fail(BAD_CONFIG, "the configuration has no name")
        if not NAME.fullmatch(name):
            self.fail(BAD_CONFIG, "the network's name has characters that it must not have", name)

    def check_version(self):
        if self.version not in self.VERSIONS:
            self.fail(
                VERSION_UNKNOWN,
                f"version {self.version} is not supported",
                "supported are " + ", ".join(self.VERSIONS),
            )
        if order(self.version) < order(SINCE[self.command]):
            self.fail(VERSION_UNKNOWN, f"version {self.version} does not know {self.command}")

    @property
    def network(self):
        return self.config["name"]

    def key(self, name, kind, default):
        """A key of the configuration, which has to be of that type where it is there."""
        return self.typed(self.config, name, kind, default)

    def typed(self, holder, name, kind, default):
        value = holder.get(name)
        if value is None:
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            if self.command in ("DEL", "GC"):  # They clean up whatever the configuration is like.
                return default
            self.fail(BAD_CONFIG, f"{name} is of the wrong type: {json.dumps(value)[:200]}")
        return value

    def runtime(self, capability):
        """What the runtime gives for a capability; None where it gives nothing."""
        given = self.key("runtimeConfig", dict, {})
        return given.get(capability)

    def cni_arg(self, name):
        """args.cni.NAME."""
        args = self.config.get("args")
        inner = args.get("cni") if isinstance(args, dict) else None
        return inner.get(name) if isinstance(inner, dict) else None

    # CNI_ARGS.

    def args(self):
        """The pairs of CNI_ARGS."""
        text = self.env("CNI_ARGS")
        if not text or self.command in ("GC", "STATUS"):
            return {}
        pairs = [part.split("=") for part in text.split(";")]
        if any(len(pair) != 2 for pair in pairs):
            self.fail(BAD_ENVIRONMENT, f"CNI_ARGS is not KEY=VALUE;KEY=VALUE: {text!r}")
        found = dict(pairs)
        if not self.ignores_unknown(found):
            unknown = sorted(set(found) - set(self.ARGS or ()) - {"IgnoreUnknown"})
            if unknown:
                self.fail(BAD_ENVIRONMENT, f"CNI_ARGS has unknown keys: {', '.join(unknown)}")
        return found

    def ignores_unknown(self, found):
        value = found.get("IgnoreUnknown", "0").lower()
        if value not in ("0", "1", "true", "false"):
            self.fail(BAD_ENVIRONMENT, f"CNI_ARGS has IgnoreUnknown={value}, which is neither yes nor no")
        return value in ("1", "true")

    # Results: inside, they have the form of 1.1.0.

    def prev_result(self):
        """prevResult in the form of 1.1.0; None where there is none."""
        given = self.config.get("prevResult")
        if given is None:
            return None
        try:
            return self.read_result(given)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.fail(BAD_CONFIG, f"prevResult is malformed: {error}")

    def read_result(self, given):
        """A result of any version in the form of 1.1.0."""
        version = given.get("cniVersion") or self.version
        if version not in VERSIONS:
            raise ValueError(f"unknown version {version}")
        if order(version) < order("0.3.0"):
            return self.read_old_result(given)
        result = {
            "interfaces": [dict(link) for link in given.get("interfaces") or ()],
            "ips": [dict(ip) for ip in given.get("ips") or ()],
            "routes": [dict(route) for route in given.get("routes") or ()],
            "dns": dict(given.get("dns") or {}),
        }
        for ip in result["ips"]:
            ip.pop("version", None)
            self.check_cidr(ip["address"])
        for route in result["routes"]:
            self.check_cidr(route["dst"])
        return result

    def read_old_result(self, given):
        result = {"interfaces": [], "ips": [], "routes": [], "dns": dict(given.get("dns") or {})}
        for key in ("ip4", "ip6"):
            part = given.get(key)
            if part:
                self.check_cidr(part["ip"])
                ip = {"address": part["ip"]}
                if part.get("gateway"):
                    ip["gateway"] = part["gateway"]
                result["ips"].append(ip)
                result["routes"] += [dict(route) for route in part.get("routes") or ()]
        return result

    def check_cidr(self, text):
        import ipaddress

        if "/" not in text:
            raise ValueError(f"{text} has no prefix length")
        ipaddress.ip_interface(text)

    def result_text(self, result):
        return self.layout(result, self.version)

    def layout(self, result, version):
        """A result as that version writes it."""
        if order(version) < order("0.3.0"):
            return self.old_layout(result, version)
        newest = version == "1.1.0"
        out = {"cniVersion": version}
        if result["interfaces"]:
            out["interfaces"] = [self.interface_layout(link, newest) for link in result["interfaces"]]
        if result["ips"]:
            out["ips"] = [self.ip_layout(ip, order(version) < order("1.0.0")) for ip in result["ips"]]
        if result["routes"]:
            out["routes"] = [self.route_layout(route, newest) for route in result["routes"]]
        dns = {key: value for key, value in result["dns"].items() if value}
        if dns or order(version) < order("1.0.0"):
            out["dns"] = dns
        return out

    def interface_layout(self, link, newest):
        new = ("mtu", "socketPath", "pciID")
        return {k: v for k, v in link.items() if v not in (None, "") and (newest or k not in new)}

    def ip_layout(self, ip, with_version):
        out = {"version": "6" if ":" in ip["address"] else "4"} if with_version else {}
        return {**out, **{key: value for key, value in ip.items() if value not in (None, "")}}

    def route_layout(self, route, newest):
        return {k: v for k, v in route.items() if v not in (None, "") and (newest or k in ("dst", "gw"))}

    def old_layout(self, result, version):
        out = {"cniVersion": version}
        for key, is6 in (("ip4", False), ("ip6", True)):
            ips = [ip for ip in result["ips"] if (":" in ip["address"]) == is6]
            if ips:
                out[key] = {"ip": ips[0]["address"]}
                if ips[0].get("gateway"):
                    out[key]["gateway"] = ips[0]["gateway"]
                routes = [self.route_layout(r, False) for r in result["routes"] if (":" in r["dst"]) == is6]
                if routes:
                    out[key]["routes"] = routes
        if "ip4" not in out and "ip6" not in out:
            self.fail(BAD_CONFIG, f"a result of version {version} needs an address, and there is none")
        out["dns"] = {key: value for key, value in result["dns"].items() if value}
        return out

    # GC.

    def valid_attachments(self):
        """The pairs that live, from the key of 1.1.0 or, without it, from the one of before."""
        for key in ("cni.dev/valid-attachments", "cni.dev/attachments"):
            if key in self.config:
                return {self.attachment(one) for one in self.attachment_list(key)}
        # Everything would be removed if an absent list counted as an empty one.
        self.fail(BAD_CONFIG, "GC needs cni.dev/valid-attachments")

    def attachment_list(self, key):
        value = self.config[key]
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(BAD_CONFIG, f"{key} is not a list")
        return value

    def attachment(self, one):
        pair = (one.get("containerID"), one.get("ifname")) if isinstance(one, dict) else (None, None)
        if not all(isinstance(part, str) and part for part in pair):
            self.fail(BAD_CONFIG, f"an attachment without containerID or ifname: {json.dumps(one)}")
        return pair

    # Answers.

    def version_answer(self):
        self.peek_version()
        echoed = self.version if self.version in self.VERSIONS else self.VERSIONS[-1]
        return {"cniVersion": echoed, "supportedVersions": list(self.VERSIONS)}

    def print(self, document):
        self.write(json.dumps(document).encode() + b"\n")

    def write(self, text):
        while text:
            text = text[os.write(1, text) :]

    def fail(self, code, msg, details=""):
        raise CniError(code, msg, details)

    def error_document(self, error):
        document = {"cniVersion": self.version} if self.version else {}
        document.update(code=error.code, msg=error.msg)
        if error.details:
            document["details"] = error.details
        return document

    def report(self, error):
        try:
            self.print(self.error_document(error))
        except OSError as closed:
            print(f"cannot tell the runtime: {closed}: {error.msg}", file=sys.stderr)
        return 1

    # Undoing.

    def undo(self, step, *arguments):
        """Registers what takes back the step that is about to be done."""
        self.undone.append((step, arguments))

    def roll_back(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while self.undone:
            step, arguments = self.undone.pop()
            try:
                step(*arguments)
            except Exception as error:
                print(f"undo {step.__name__}: {error}", file=sys.stderr)

    def terminated(self, *_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.fail(TRY_LATER, "ended by the runtime before the work was done")

    def every(self, *steps):
        """Does all steps even if some fail; then fails with the first failure."""
        failures = []
        for step, *arguments in steps:
            try:
                step(*arguments)
            except CniError as error:
                failures.append(error)
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                failures.append(CniError(INTERNAL, f"{type(error).__name__}: {error}"))
        if failures:
            first = failures[0]
            more = "; ".join(error.msg for error in failures[1:])
            self.fail(first.code, first.msg, "; ".join(filter(None, (first.details, more))))
