"""What breaks the protocol: output, environment, CNI_ARGS, configuration."""

import json
import os
import signal
import time
import good
import interfaces
import kernel
import protocol
from breaking import breaks, wrap
from kernel import batch


def edited(out, **changes):
    """An answer with other keys; None takes one away."""
    document = json.loads(out)
    document.update(changes)
    return json.dumps({key: value for key, value in document.items() if value is not None}).encode()


def refusal(code, msg="no"):
    return 1, json.dumps({"cniVersion": "1.1.0", "code": code, "msg": msg}).encode(), b""


def config_of(call):
    """What was on standard input, as far as it is an object."""
    try:
        found = json.loads(call.stdin)
        return found if isinstance(found, dict) else {}
    except ValueError:
        return {}


# Exit status and standard output.


@wrap("output/exit-status", says="ADD succeeds (exit status 0)")
def result_with_failure(call, exit, out, err):
    return (1 if call.command == "ADD" and exit == 0 else exit), out, err


@wrap("output/exit-status", type="host-local", says="has an exit status other than 0")
def error_with_success(call, exit, out, err):
    return 0, out, err


@wrap("output/exit-status", type="loopback", says="with exit status 0 is a result")
def error_for_a_result(call, exit, out, err):
    return (0, b'{"code": 999, "msg": "it failed"}', err) if call.command == "ADD" else (exit, out, err)


@breaks("output/exit-status", says="ADD ends by itself in time")
class HangsForEver(good.Bridge):
    def do_add(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(1)


@wrap("output/result-alone", says="one JSON object and nothing else")
def banner(call, exit, out, err):
    return exit, b"bridge plugin 1.0\n" + out, err


@wrap("output/result-alone", type="static", says="one JSON object and nothing else")
def twice(call, exit, out, err):
    return exit, out + out, err


@wrap("output/result-alone", type="host-local", says="one JSON object and nothing else")
def in_a_list(call, exit, out, err):
    return exit, b"[" + out + b"]", err


@wrap("output/result-alone", type="loopback", says="stdout is empty")
def silent(call, exit, out, err):
    return exit, b"", err


@wrap("output/result-alone", says="one JSON object and nothing else")
def garbage(call, exit, out, err):
    return exit, b"\xff\xfe\x00{" + out[:-1], err


@wrap("output/version-alone", type="static", says="one JSON object and nothing else")
def version_with_banner(call, exit, out, err):
    return exit, (b"v1.0\n" + out if call.command == "VERSION" else out), err


def chatty(command):
    def mangle(call, exit, out, err):
        return exit, (out + b"ok\n" if call.command == command else out), err

    return mangle


wrap("output/silent-check", type="static", says="CHECK prints nothing on stdout")(chatty("CHECK"))
wrap("output/silent-del", type="static", says="DEL prints nothing on stdout")(chatty("DEL"))
wrap("output/silent-gc", type="static", says="GC prints nothing on stdout")(chatty("GC"))
wrap("output/silent-status", type="static", says="STATUS prints nothing on stdout")(chatty("STATUS"))


@wrap("output/logs-on-stderr", says="one JSON object and nothing else")
def logs_of_add(call, exit, out, err):
    return exit, (b"DEBUG begin\n" + out if call.command == "ADD" and "DEBUG" in call.env else out), err


@wrap("output/logs-on-stderr", type="static", says="DEL prints nothing on stdout")
def logs_of_del(call, exit, out, err):
    talk = call.command == "DEL" and "JAVA_TOOL_OPTIONS" in call.env
    return exit, (out + b"Picked up JAVA_TOOL_OPTIONS\n" if talk else out), err


class FearsNoise(good.Bridge):
    AFRAID_AT = ""

    def pass_stderr(self, err):
        if err and self.command == self.AFRAID_AT:
            self.fail(999, "the IPAM plugin wrote to stderr")


@breaks("output/noisy-delegate", says="ADD succeeds")
class FearsNoiseAtAdd(FearsNoise):
    AFRAID_AT = "ADD"


@breaks("output/noisy-delegate", says="DEL succeeds")
class FearsNoiseAtDel(FearsNoise):
    AFRAID_AT = "DEL"


# Errors.


@wrap("output/error-on-stdout", says="the error on stdout is one JSON object")
def error_on_stderr(call, exit, out, err):
    return (exit, b"", err + out) if exit else (exit, out, err)


@wrap("output/error-on-stdout", type="static", says="with the operation 'STATUS'")
def status_error_on_stderr(call, exit, out, err):
    return (exit, b"", err + out) if exit and call.command == "STATUS" else (exit, out, err)


def with_error(**changes):
    def mangle(call, exit, out, err):
        return exit, (edited(out, **changes) if exit else out), err

    return mangle


wrap("output/error-fields", type="static", says="`msg` is a string")(with_error(msg=42))
wrap("output/error-fields", type="static", says="a number `code`")(with_error(code="7"))
wrap("output/error-fields", type="static", says="a number `code` and a non-empty `msg`")(with_error(msg=""))
wrap("output/error-fields", type="static", says="`details` is a string if it is there")(with_error(details=["a"]))
wrap("output/error-version", type="static", says="but it has none")(with_error(cniVersion=None))
wrap("output/error-version", type="static", says='it is "0.1.0"')(with_error(cniVersion="0.1.0"))
wrap("output/error-version-not-wrong", type="static", says='it is "0.1.0"')(with_error(cniVersion="0.1.0"))


@wrap("output/error-alone-after-delegate", says="one JSON object and nothing else")
@wrap("output/error-alone-own-namespace", says="one JSON object and nothing else")
def result_and_error(call, exit, out, err):
    return exit, (b'{"cniVersion": "1.1.0", "interfaces": []}\n' + out if exit else out), err


@wrap("output/error-alone-after-delegate", says="ADD fails")
def success_after_all(call, exit, out, err):
    return 0, b'{"cniVersion": "1.1.0"}', err


def miscoded(applies, code):
    def mangle(call, exit, out, err):
        return exit, (edited(out, code=code) if exit and applies(call) else out), err

    return mangle


def codes(says, code, applies):
    wrap("output/error-codes", says=says)(miscoded(applies, code))


codes("an operation that does not exist", 7, lambda call: call.command == "CONFORM")
codes("a missing CNI_IFNAME", 7, lambda call: "CNI_IFNAME" not in call.env)
codes("a configuration that is no JSON", 5, lambda call: call.stdin == b"{{")
codes("an empty name", 4, lambda call: config_of(call).get("name") == "")
codes("a namespace that does not exist", 11, lambda call: "nowhere" in call.env.get("CNI_NETNS", ""))


@breaks("output/prompt-error", says="ends by itself in time")
class ReadsFirst(good.Static):
    def validate_environment(self):
        self.read_stdin()
        super().validate_environment()


wrap("output/prompt-error", type="static", says="has code 4")(with_error(code=7))
wrap("output/prompt-error", type="static", says="the error names CNI_IFNAME")(with_error(msg="missing", details=None))


# Nobody reads, or the runtime gave up.


@breaks("output/killed-add", says="before the killed ADD")
class RemembersTooLate(good.Bridge):
    def claim(self, record):
        self.late = record

    def addresses(self):
        time.sleep(0.4)
        return super().addresses()

    def result(self, own, record, link):
        self.records.write(self.container_id, self.ifname, self.late)
        return super().result(own, record, link)


@breaks("output/killed-add", says="DEL succeeds")
class DelWantsAll(good.Bridge):
    def addresses(self):
        found = super().addresses()
        time.sleep(0.4)
        return found

    def set_up_host(self, record, own, link):
        super().set_up_host(record, own, link)
        self.records.write(self.container_id, self.ifname, {**record, "complete": True})

    def delete(self):
        record = self.records.read(self.container_id, self.ifname)
        if record and not record.get("complete"):
            self.fail(999, "the record is not complete")
        super().delete()


@breaks("output/killed-add", says="nothing changed on the host")
class LeasesForEver(good.HostLocal):
    def result(self, ips, dns):
        time.sleep(0.4)
        self.store("complete-" + self.container_id, "yes")
        self.undo(self.drop_locked, "complete-" + self.container_id)
        return super().result(ips, dns)

    def delete(self):
        if os.path.exists(f"{self.folder}/complete-{self.container_id}"):
            self.drop_locked("complete-" + self.container_id)
            super().delete()


class Heedless:
    """Does not notice that nothing could be written."""

    def write(self, text):
        try:
            super().write(text)
        except OSError:
            pass


@breaks("output/nobody-reads", says="ADD fails when nobody reads its result")
@breaks("output/full-device", says="ADD fails when it cannot write its result")
class HeedlessBridge(Heedless, good.Bridge):
    pass


class KeepsAll(good.Bridge):
    def roll_back(self):
        pass


@breaks("output/full-device", says="nothing changed on container")
class KeepsAllOnFullDevice(KeepsAll):
    pass


@breaks("output/full-device", says="nothing changed on the host")
class KeepsLease(good.HostLocal):
    def roll_back(self):
        pass


@breaks("output/nobody-reads", says="nothing changed on container")
class ForgetsAll(KeepsAll):
    def roll_back(self):
        self.records.remove(self.container_id, self.ifname)


@breaks("output/nobody-reads", says="DEL succeeds")
class DelAfterFailure(good.Bridge):
    def write(self, text):
        try:
            super().write(text)
        except OSError:
            open(f"/run/good-broken-{self.container_id}", "w").close()
            raise

    def delete(self):
        super().delete()
        if os.path.exists(f"/run/good-broken-{self.container_id}"):
            self.fail(999, "an earlier ADD is not forgotten")


@breaks("output/nobody-reads", says="ends by itself in time")
class TriesForEver(good.Bridge):
    def write(self, text):
        while True:
            try:
                return super().write(text)
            except OSError:
                time.sleep(0.1)


@breaks("output/endless-input", says="ends within two seconds after SIGTERM")
class HearsNothing(good.Static):
    def read_stdin(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return super().read_stdin()


@breaks("output/endless-input", says="nothing changed on container")
class ActsBeforeItReads(good.Bridge):
    def read_stdin(self):
        if self.command == "ADD":
            netns = self.container()
            batch([f"link add name vethbroken type veth peer name {self.ifname} netns {netns.path}"])
        return super().read_stdin()


@breaks("output/endless-input", says="one JSON object and nothing else")
class AnswersBeforeItReads(good.Static):
    def read_stdin(self):
        if self.command == "ADD":
            os.write(1, b"busy\n")
            os._exit(0)
        return super().read_stdin()


# The environment: operations.


@wrap("env/no-command", type="static", says="has code 4")
def no_command_is_no_json(call, exit, out, err):
    return refusal(6, "CNI_COMMAND?") if not call.command else (exit, out, err)


@wrap("env/no-command", type="static", says="the error names CNI_COMMAND")
def no_command_unnamed(call, exit, out, err):
    return refusal(4, "something is missing") if not call.command else (exit, out, err)


@wrap("env/no-command", type="static", says="fails (exit status other than 0)")
def describes_itself_on_stdout(call, exit, out, err):
    return (0, b"the plugin static\n", b"") if not call.command else (exit, out, err)


@wrap("env/no-command", type="static", says="fails (exit status other than 0)")
def empty_command_is_fine(call, exit, out, err):
    return (0, b"", b"") if call.env.get("CNI_COMMAND") == "" else (exit, out, err)


@wrap("env/unknown-command", type="static", says="has code 4")
def unknown_command_is_config(call, exit, out, err):
    return refusal(7) if call.command == "FOO" else (exit, out, err)


@wrap("env/unknown-command", type="static", says="FOO fails")
def unknown_command_is_fine(call, exit, out, err):
    return (0, b"", b"") if call.command == "FOO" else (exit, out, err)


@breaks("env/command-case", says="fails (exit status other than 0)")
class LowerCaseCommands(good.Static):
    def env(self, name):
        return super().env(name).upper() if name == "CNI_COMMAND" else super().env(name)


def unnamed(variable):
    def mangle(call, exit, out, err):
        missing = exit and call.env.get(variable, "") == ""
        return exit, (edited(out, msg="something is missing", details=None) if missing else out), err

    return mangle


for variable in ("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"):
    wrap("env/code", type="static", says="the error names " + variable)(unnamed(variable))
wrap("env/code", type="static", says="has code 4")(miscoded(lambda call: "CNI_NETNS" not in call.env, 8))
wrap("env/all-missing-named", type="static", says="the error names CNI_NETNS")(
    with_error(msg="CNI_CONTAINERID is missing", details=None)
)
wrap("env/all-missing-named", type="static", says="the error names CNI_IFNAME")(
    with_error(msg="CNI_CONTAINERID and CNI_NETNS are missing", details=None)
)
wrap("env/missing-and-malformed", type="static", says="has code 4")(with_error(code=7))


# The environment: identifiers.


class Lenient:
    """Does without a variable that is required."""

    COMMAND = VARIABLE = INSTEAD = ""

    def check_missing(self):
        if self.command == self.COMMAND and not self.env(self.VARIABLE):
            os.environ[self.VARIABLE] = self.INSTEAD
        super().check_missing()


def lenient(case, variable, command, instead):
    attributes = {"COMMAND": command, "VARIABLE": variable, "INSTEAD": instead}
    breaks(case, says=f"{command} fails")(type("Lenient", (Lenient, good.HostLocal), attributes))


for case in ("env/container-id-missing", "env/container-id-missing-before-0-4-0"):
    lenient(case, "CNI_CONTAINERID", "ADD", "unknown")
    lenient(case, "CNI_CONTAINERID", "DEL", "unknown")
lenient("env/container-id-missing", "CNI_CONTAINERID", "CHECK", "c2")
lenient("env/ifname-missing", "CNI_IFNAME", "ADD", "eth0")
lenient("env/ifname-missing", "CNI_IFNAME", "DEL", "eth0")
lenient("env/ifname-missing", "CNI_IFNAME", "CHECK", "eth0")
lenient("env/netns-missing", "CNI_NETNS", "ADD", "/run/netns/c1")
lenient("env/netns-missing", "CNI_NETNS", "CHECK", "/run/netns/c2")


class EmptyIsFine(good.Static):
    VARIABLE = ""

    def check_missing(self):
        if os.environ.get(self.VARIABLE) == "":
            os.environ[self.VARIABLE] = "eth0"
        super().check_missing()


@breaks("env/container-id-missing", says="ADD fails")
class EmptyIdIsFine(EmptyIsFine):
    VARIABLE = "CNI_CONTAINERID"


@breaks("env/ifname-missing", says="ADD fails")
class EmptyIfnameIsFine(EmptyIsFine):
    VARIABLE = "CNI_IFNAME"


@breaks("env/netns-missing", says="ADD fails")
class EmptyNetnsIsFine(EmptyIsFine):
    VARIABLE = "CNI_NETNS"


class AnyId(good.Static):
    ALLOWED = ""

    def check_container_id(self):
        if not any(c in self.container_id for c in self.ALLOWED):
            super().check_container_id()


def any_id(case, characters, says):
    breaks(case, says=says)(type("AnyId", (AnyId,), {"ALLOWED": characters}))


for first in "_.-":
    any_id("env/container-id-grammar", (first + "a",), f"with CNI_CONTAINERID '{first}a'")
any_id("env/container-id-grammar", " ", "with CNI_CONTAINERID 'a b'")
any_id("env/container-id-grammar", ("a/",), "with CNI_CONTAINERID 'a/b'")
any_id("env/container-id-grammar", "%", "with CNI_CONTAINERID 'a%b'")
any_id("env/container-id-grammar", "\n", "with CNI_CONTAINERID 'a\\n'")
any_id("env/container-id-grammar", ("../",), "with CNI_CONTAINERID '../../x'")
any_id("env/container-id-grammar", "é", "ADD fails")
any_id("env/container-id-grammar-before-1-0-0", "-", "with CNI_CONTAINERID '-a'")
any_id("env/container-id-grammar-before-1-0-0", "/", "with CNI_CONTAINERID 'a/b'")
any_id("env/container-id-grammar-before-1-0-0", "\n", "with CNI_CONTAINERID 'a\\n'")


@breaks("env/container-id-length", says="with CNI_CONTAINERID 'fff")
class ShortKeys(good.Bridge):
    @property
    def records(self):
        return ShortRecords(self.network, self.TYPE)


class ShortRecords(kernel.Records):
    def path(self, container_id, ifname):
        return super().path(container_id[:100], ifname)


@breaks("env/container-id-length", says="with CNI_CONTAINERID '0000")
class ShortIds(good.Static):
    def check_container_id(self):
        if len(self.container_id) > 63:
            self.bad_environment("CNI_CONTAINERID is too long")


@breaks("env/container-id-length", says="with CNI_CONTAINERID 'a'")
class LongIds(good.Static):
    def check_container_id(self):
        if len(self.container_id) < 2:
            self.bad_environment("CNI_CONTAINERID is too short")


class DashedRecords(kernel.Records):
    def path(self, container_id, ifname):
        return f"{self.folder}/{container_id}-{ifname}"


@breaks("env/attachment-key", says="ADD succeeds")
class DashedKeys(good.Bridge):
    @property
    def records(self):
        return DashedRecords(self.network, self.TYPE)


@breaks("env/attachment-key", says="nothing changed on container")
class MixedUpAtDel(good.Bridge):
    def clean_attachment(self, container_id, ifname):
        for pair in self.records.pairs():
            if "-".join(pair) == f"{container_id}-{ifname}":
                super().clean_attachment(*pair)


@breaks("env/attachment-key", says="CHECK succeeds")
class MixedUpLeases(good.HostLocal):
    def is_mine(self, holder):
        if self.command == "DEL":
            return holder.replace("\r\n", "-") == f"{self.container_id}-{self.ifname}"
        return super().is_mine(holder)


# The environment: names of interfaces.


@breaks("env/ifname-too-long", says="with 16 bytes, for 'ADD'")
class LongNames(good.Static):
    def check_ifname(self):
        pass


@breaks("env/ifname-too-long", says="with 16 bytes, for 'DEL'")
class LongNamesAtDel(good.Static):
    def check_ifname(self):
        if self.command != "DEL":
            super().check_ifname()


@breaks("env/ifname-too-long", says="ADD fails (exit status other than 0) has code 4")
class CountsCharacters(good.Static):
    def check_ifname(self):
        if len(self.ifname) > 15:
            self.bad_environment("CNI_IFNAME is longer than 15 characters")


@breaks("env/ifname-longest", says="ADD succeeds")
class ShortNames(good.Static):
    def check_ifname(self):
        if len(self.ifname) > 14:
            self.bad_environment("CNI_IFNAME is longer than 14 bytes")


class OddName(good.Static):
    ODD = ""

    def check_ifname(self):
        if self.ifname != self.ODD:
            super().check_ifname()


def odd_name(name, says):
    words = f"with CNI_IFNAME{says}: ADD fails (exit status other than 0) has code 4"
    breaks("env/ifname-characters", says=words)(type("OddName", (OddName,), {"ODD": name}))


odd_name(".", " '.'")
odd_name("..", " '..'")
odd_name("a/b", " 'a/b'")
odd_name("a:b", " 'a:b'")
odd_name("a b", " 'a b'")
odd_name("a\tb", " 'a\\t" + "b'")
odd_name("a\u00a0b", " (in octal) 'a\\302\\240b'")
odd_name("a\u0085b", " (in octal) 'a\\302\\205b'")
wrap("env/ifname-characters", type="static", says="has code 4")(with_error(code=100))


# The environment: namespaces.


class NeedsNetnsAtDel(good.Static):
    def check_missing(self):
        super().check_missing()
        if self.command == "DEL" and "CNI_NETNS" not in os.environ:
            self.bad_environment("CNI_NETNS is missing")


class EmptyNetnsAtDel(good.Bridge):
    def netns_gone(self):
        return self.netns_empty() if "CNI_NETNS" in os.environ and not self.netns else None

    def netns_empty(self):
        self.fail(999, "CNI_NETNS is empty")


class KeepsLeaseWithoutNetns(good.Bridge):
    def netns_gone(self):
        self.ipam_type = ""


for case in (
    "env/netns-missing-at-del",
    "env/netns-missing-at-del-0-4-0",
    "env/netns-missing-at-del-before-0-4-0",
):
    breaks(case, says="DEL succeeds")(NeedsNetnsAtDel)
    breaks(case, says="DEL succeeds")(EmptyNetnsAtDel)
    breaks(case, says="nothing of the case is left on the host")(KeepsLeaseWithoutNetns)


@breaks("env/netns-nowhere", says="with CNI_NETNS '/run/netns/nowhere': ADD fails")
class ShrugsAtNowhere(good.Loopback):
    def do_add(self):
        if "nowhere" in self.netns:
            return self.print({"cniVersion": self.version})
        super().do_add()


@breaks("env/netns-nowhere", says="with CNI_NETNS '/etc/hostname': ADD fails")
class ShrugsAtFiles(good.Loopback):
    def do_add(self):
        if self.netns.startswith("/etc/"):
            return self.print({"cniVersion": self.version})
        super().do_add()


@breaks("env/netns-nowhere", says="with CNI_NETNS '/proc/1/ns/uts': ADD fails")
class ShrugsAtOthers(good.Loopback):
    def do_add(self):
        if self.netns.endswith("/uts"):
            return self.print({"cniVersion": self.version})
        super().do_add()


@breaks("env/netns-nowhere", says="CHECK fails")
class ChecksNothing(good.Loopback):
    def check(self):
        pass


@breaks("env/netns-nowhere", says="nothing of the case is left on the host")
class AllocatesFirst(good.Bridge):
    def container(self):
        if self.command == "ADD" and "nowhere" in self.netns:
            self.delegate("ADD")
        return super().container()


@breaks("env/own-netns", says="ADD fails")
class AttachesItself(good.Loopback):
    def refuse_own_netns(self, netns):
        pass


@breaks("env/own-netns", says="nothing changed on the host since ADD")
class ActsFirst(good.Bridge):
    def refuse_own_netns(self, netns):
        if netns.is_ours() and self.command == "ADD":
            batch(["link add name acted type bridge"])
        super().refuse_own_netns(netns)


@breaks("env/own-netns", says="nothing changed on the host since DEL")
class DeletesItsOwn(good.Bridge):
    def refuse_own_netns(self, netns):
        if netns.is_ours() and self.command == "DEL":
            batch([f"link del dev {self.ifname}"])
        super().refuse_own_netns(netns)


@breaks("env/own-netns", says="the error on stdout is one JSON object")
class SilentAtItsOwn(good.Loopback):
    def refuse_own_netns(self, netns):
        if netns.is_ours() and self.command == "DEL":
            os._exit(1)
        super().refuse_own_netns(netns)


class Overridden(good.Loopback):
    WORDS = ()

    def overridden(self):
        return self.env("CNI_NETNS_OVERRIDE") in self.WORDS


def overrides(words, says):
    case = breaks("env/own-netns-override", says=says)
    case(type("Overridden", (Overridden,), {"WORDS": words}))


overrides(("TRUE",), "with CNI_NETNS_OVERRIDE '1': ADD is not refused")
overrides(("1",), "with CNI_NETNS_OVERRIDE 'TRUE': ADD is not refused")
overrides(("1", "TRUE", "yes"), "ADD fails")


# The environment: paths and what nobody asked for.


@wrap("env/no-path", type="static", says="has code 4")
def wants_a_path(call, exit, out, err):
    return refusal(999, "no CNI_PATH") if "CNI_PATH" not in call.env else (exit, out, err)


@wrap("env/no-path", type="static", says="the error names CNI_PATH")
def wants_something(call, exit, out, err):
    return refusal(4) if "CNI_PATH" not in call.env else (exit, out, err)


def silent_without_path(command):
    @wrap("env/no-path-at-cleanup", type="static", says="the error on stdout is one JSON object")
    def mangle(call, exit, out, err):
        return (1, b"", b"") if call.command == command and "CNI_PATH" not in call.env else (exit, out, err)


for command in ("DEL", "GC", "STATUS"):
    silent_without_path(command)


@wrap("env/no-path-at-cleanup", type="static", says="the error names CNI_PATH")
def wants_something_at_del(call, exit, out, err):
    return refusal(4) if call.command == "DEL" and "CNI_PATH" not in call.env else (exit, out, err)


class WantsMore(good.Static):
    COMMAND = ""

    def check_missing(self):
        super().check_missing()
        if self.command == self.COMMAND and not self.is_fine():
            self.bad_environment(f"{self.command} does not like its environment")


class Absent(WantsMore):
    def is_fine(self):
        return "CNI_CONTAINERID" in os.environ


class Empty(WantsMore):
    def is_fine(self):
        return os.environ.get("CNI_IFNAME") != ""


class Malformed(WantsMore):
    def is_fine(self):
        return "/" not in self.env("CNI_NETNS")


for command in ("GC", "STATUS"):
    for case, kind in (("env/unneeded-empty", Absent), ("env/unneeded-empty", Empty), ("env/unneeded-malformed", Malformed)):
        breaks(case, says=f"{command} succeeds")(type(kind.__name__, (kind,), {"COMMAND": command}))


def environment_matters(case, command, fine):
    @wrap(case, type="static", says=f"{command} succeeds")
    def mangle(call, exit, out, err):
        return (exit, out, err) if call.command != command or fine(call.env) else refusal(999)


for command in ("ADD", "DEL"):
    environment_matters("env/unrelated-variables", command, lambda env: "TRACEPARENT" not in env)
    environment_matters("env/only-cni-variables", command, lambda env: "PATH" in env)


def is_rootless():
    with open("/proc/self/uid_map") as file:
        return file.read().split()[2] != "4294967295"


@breaks("env/rootless", says="ADD succeeds")
class RootOnly(good.Bridge):
    def do_add(self):
        if is_rootless():
            self.fail(100, "only root may do this")
        super().do_add()


@breaks("env/rootless", says="eth0 is in the container")
class PretendsForOthers(good.Bridge):
    def do_add(self):
        if is_rootless():
            return self.print({"cniVersion": self.version})
        super().do_add()


@breaks("env/rootless", says="DEL succeeds")
class RootOnlyAtDel(good.Bridge):
    def delete(self):
        super().delete()
        if is_rootless():
            self.fail(100, "only root may do this")


@breaks("env/rootless", says="eth0 is gone after DEL")
class KeepsForOthers(good.Bridge):
    def delete(self):
        if not is_rootless():
            super().delete()


# CNI_ARGS.


@wrap("args/none", type="static", says="ADD succeeds")
def wants_args(call, exit, out, err):
    return (exit, out, err) if "CNI_ARGS" in call.env else refusal(4)


@wrap("args/none", type="static", says="ADD succeeds")
def wants_full_args(call, exit, out, err):
    return refusal(4) if call.env.get("CNI_ARGS") == "" else (exit, out, err)


class Trusting(good.Static):
    def ignores_unknown(self, found):
        return True


breaks("args/unknown-key", says="with CNI_ARGS 'FOO=BAR': ADD fails")(Trusting)


@breaks("args/ignore-unknown", says="with CNI_ARGS 'FOO=BAR;IgnoreUnknown=1': ADD succeeds")
class IgnoresOnlyLater(good.Static):
    def ignores_unknown(self, found):
        return list(found)[0] == "IgnoreUnknown" and super().ignores_unknown(found)


@breaks("args/ignore-unknown", says="with CNI_ARGS 'IgnoreUnknown=true;FOO=BAR': ADD succeeds")
class IgnoresOnlyForOne(good.Static):
    def ignores_unknown(self, found):
        return found.get("IgnoreUnknown") == "1"


@breaks("args/ignore-unknown-on", says="ADD succeeds")
class IgnoresInLowerCase(good.Static):
    def ignores_unknown(self, found):
        return found.get("IgnoreUnknown") in ("1", "true")


class SaysYesTo(good.Static):
    WORD = ""

    def ignores_unknown(self, found):
        return found.get("IgnoreUnknown") == self.WORD or super().ignores_unknown(found)


for word in ("0", "False", "perhaps"):
    case = breaks("args/ignore-unknown-off", says=f"IgnoreUnknown={word}")
    case(type("SaysYesTo", (SaysYesTo,), {"WORD": word}))


@breaks("args/key-case", says="ADD fails")
class AnyCase(good.Static):
    def args(self):
        if "ignoreunknown=1" in self.env("CNI_ARGS").lower():
            return {}
        return super().args()


class ForgivesArgs(good.Static):
    PART = ""

    def args(self):
        return {} if self.env("CNI_ARGS").endswith(self.PART) else super().args()


for part, whole in ((";X", "IgnoreUnknown=1;X"), ("b=c", "IgnoreUnknown=1;A=b=c"), ("b;", "IgnoreUnknown=1;A=b;")):
    case = breaks("args/malformed", says=f"with CNI_ARGS '{whole}': ADD fails")
    case(type("ForgivesArgs", (ForgivesArgs,), {"PART": part}))


@breaks("args/malformed", says="with CNI_ARGS 'X': ADD fails")
class ForgivesX(good.Static):
    def args(self):
        return {} if self.env("CNI_ARGS") == "X" else super().args()


@wrap("args/kubernetes", type="static", says="ADD succeeds")
def hates_kubernetes(call, exit, out, err):
    return refusal(4) if "K8S_POD_UID" in call.env.get("CNI_ARGS", "") else (exit, out, err)


@breaks("args/malformed-at-del", says="DEL succeeds")
class ReadsArgsAtDel(good.HostLocal):
    def delete(self):
        self.args()
        super().delete()


@breaks("args/malformed-at-del", says="nothing of the case is left on the host")
class KeepsForMalformedArgs(good.HostLocal):
    def delete(self):
        try:
            self.args()
        except protocol.CniError:
            return
        super().delete()


class OtherRequests(good.HostLocal):
    def requested(self):
        by_args, by_runtime = super().requested()
        return self.other(by_args), by_runtime


@breaks("args/ip-from-pool", says="for IP=10.88.0.77 is [10.88.0.77/24]")
class IgnoresIp(OtherRequests):
    def other(self, asked):
        return []


@breaks("args/ip-from-pool", says="ADD succeeds")
class FearsPrefixes(OtherRequests):
    def other(self, asked):
        return [text.replace("/24", "/none") if "/" not in text else self.fail(7, "a prefix") for text in asked]


@breaks("args/ip-from-pool", says="for IP=10.88.0.99/24 is [10.88.0.99/24]")
class IgnoresPrefixed(OtherRequests):
    def other(self, asked):
        return [text for text in asked if "/" not in text]


class FixedRequests(good.Static):
    def requested(self):
        by_args, by_runtime = super().requested()
        return self.other(by_args), by_runtime


@breaks("args/ip-fixed", says="10.88.0.77/24 is among the addresses")
class IgnoresFirst(FixedRequests):
    def other(self, asked):
        return asked[1:]


@breaks("args/ip-fixed", says="10.88.0.78/24 is among the addresses")
class IgnoresOthers(FixedRequests):
    def other(self, asked):
        return asked[:1]


@breaks("args/ip-none", says="ADD fails")
class IgnoresNonsense(FixedRequests):
    def other(self, asked):
        return [text for text in asked if "999" not in text]


@breaks("args/config-wins", says="one of the two requests counts")
class TakesBoth(good.Static):
    def chosen(self):
        return super().chosen() + [{"address": text} for text in self.args().get("IP", "").split(",") if text]


@breaks("args/config-wins", says="one of the two requests counts")
class TakesNeither(FixedRequests):
    def cni_arg(self, name):
        return None

    def other(self, asked):
        return []


@breaks("args/mac", says="the address of eth0 is 02:11:22:33:44:66")
class IgnoresMac(good.Bridge):
    def args(self):
        return {key: value for key, value in super().args().items() if key != "MAC"}


@breaks("args/gateway", says="the gateway of 10.99.0.7/24 is 10.99.0.1")
class IgnoresGateway(good.Static):
    def with_gateway(self, address, gateways):
        return {"address": address}


breaks("args/gateway", says="10.99.0.7/24 is among the addresses")(
    type("IgnoresIpForGateway", (FixedRequests,), {"other": lambda self, asked: []})
)


# The configuration: broken.


class Reads(good.Static):
    """Takes for valid what is none."""

    TEXT = b""
    VALID = b'{"cniVersion": "1.1.0", "name": "n", "type": "t", "ipam": {}, "cni.dev/valid-attachments": []}'

    def parse(self, raw):
        return super().parse(self.VALID if raw == self.TEXT else raw)


def reads(case, text, says, command=None):
    class Instead(Reads):
        TEXT = text

        def parse(self, raw):
            if command and self.command != command:
                return good.Static.parse(self, raw)
            return super().parse(raw)

    breaks(case, says=says)(Instead)


reads("config/not-json", b"", "with stdin '': ADD fails")
reads("config/not-json", b"[]", "with stdin '[]': ADD fails")
reads("config/not-json", b'"text"', "with stdin '\"text\"': ADD fails")
for command in ("ADD", "DEL", "GC", "STATUS"):
    reads("config/not-json", b"{{", f"with stdin {{{{, for '{command}'", command)


@wrap("config/not-json", type="static", says="with stdin {{, for 'CHECK'")
def checks_nonsense(call, exit, out, err):
    return (0, b"", b"") if call.command == "CHECK" and call.stdin == b"{{" else (exit, out, err)


class ReadsFirstValue(good.Static):
    def parse(self, raw):
        try:
            return json.JSONDecoder().raw_decode(raw.decode())[0]
        except ValueError:
            return super().parse(raw)


breaks("config/not-json", says="with stdin '{")(ReadsFirstValue)
wrap("config/not-json-code", type="static", says="has code 6")(miscoded(lambda call: call.stdin == b"{{", 7))
wrap("config/not-json-code", type="static", says="has code 6")(miscoded(lambda call: call.stdin == b"[]", 7))
reads("config/nothing-in-it", b"null", "with stdin 'null': ADD fails")
reads("config/nothing-in-it", b"{}", "with stdin '{}': ADD fails")
wrap("config/nothing-in-it", type="static", says="has code 1 or 6 or 7")(with_error(code=999))


@breaks("config/unreadable", says="has code 5")
class UnreadableIsNoJson(good.Static):
    def read_stdin(self):
        try:
            return super().read_stdin()
        except protocol.CniError as error:
            self.fail(6, error.msg)


@breaks("config/unreadable", says="ADD fails")
class ReadsNothingWell(good.Static):
    def read_stdin(self):
        try:
            return super().read_stdin()
        except protocol.CniError:
            return Reads.VALID


@breaks("config/unreadable", says="has code 5 or 6")
class ClosedIsInvalid(good.Static):
    def read_stdin(self):
        try:
            os.fstat(0)
        except OSError:
            self.fail(7, "there is no configuration")
        return super().read_stdin()


@breaks("config/version-no-string", says="ADD fails")
class AnyVersion(good.Static):
    def parse(self, raw):
        config = super().parse(raw)
        if not isinstance(config.get("cniVersion", ""), str):
            config["cniVersion"] = "1.1.0"
        return config


wrap("config/version-no-string", type="static", says="has code 1 or 6 or 7")(with_error(code=999))


@breaks("config/strange-bytes", says="the error on stdout is one JSON object")
class DiesOfAMark(good.Static):
    def parse(self, raw):
        if raw.startswith(b"\xef\xbb\xbf"):
            os._exit(2)
        return super().parse(raw)


@wrap("config/strange-bytes", type="static", says="has code 1 or 6 or 7")
def twice_is_io(call, exit, out, err):
    return refusal(5) if b"conformance-first" in call.stdin else (exit, out, err)


@breaks("config/strange-bytes", says="ADD fails")
class IgnoresNul(good.Static):
    def parse(self, raw):
        return super().parse(raw.rstrip(b"\0"))


@wrap("config/ten-megabytes", type="static", says="the error on stdout is one JSON object")
def too_much(call, exit, out, err):
    return (137, b"", b"out of memory\n") if len(call.stdin) > 1 << 20 else (exit, out, err)


@wrap("config/ten-megabytes", type="static", says="the result on stdout is one JSON object")
def too_much_to_answer(call, exit, out, err):
    return (0, b"", b"") if len(call.stdin) > 1 << 20 else (exit, out, err)


# The configuration: invalid.


class AnyName(good.Static):
    NAMES = ()
    COMMANDS = ()

    def check_config(self):
        name = self.config.get("name")
        if name in self.NAMES and (not self.COMMANDS or self.command in self.COMMANDS):
            self.config["name"] = "conformance"
        super().check_config()


def any_name(case, name, says, *commands):
    attributes = {"NAMES": (name,), "COMMANDS": commands}
    breaks(case, says=says)(type("AnyName", (AnyName,), attributes))


for case, names in (("config/name", ("", "a/b", "te%st", "_x")), ("config/name-before-1-0-0", ("", "a/b", "../x"))):
    any_name(case, None, "ADD fails")
    for name in names:
        any_name(case, name, f"with the name '{name}': ADD fails")
for command in ("ADD", "DEL", "GC", "STATUS"):
    any_name("config/name", "../x", f"with the name ../x, for '{command}'", command)


@wrap("config/name", type="static", says="with the name ../x, for 'CHECK'")
def checks_any_name(call, exit, out, err):
    return (0, b"", b"") if call.command == "CHECK" else (exit, out, err)


@breaks("config/name", says="nothing of the case is left on the host")
class WritesOutside(good.HostLocal):
    def check_config(self):
        folder = f"/var/lib/cni/networks/{self.config.get('name')}"
        os.makedirs(folder, exist_ok=True)
        super().check_config()


wrap("config/name-code", type="static", says="has code 7")(miscoded(lambda call: config_of(call).get("name") == "", 6))
wrap("config/name-code", type="static", says="has code 7")(miscoded(lambda call: config_of(call).get("name") == "a/b", 6))


@wrap("config/invalid-values", type="static", says="because the address has no prefix length")
def adds_prefixes(call, exit, out, err):
    bare = b'"10.88.0.9"' in call.stdin
    return (0, b'{"cniVersion": "1.1.0"}', b"") if bare else (exit, out, err)


@wrap("config/invalid-values", type="static", says="because the address is none")
def takes_nonsense(call, exit, out, err):
    nonsense = b"10.88.0.999" in call.stdin
    return (0, b'{"cniVersion": "1.1.0"}', b"") if nonsense else (exit, out, err)


@breaks("config/invalid-values", says="nothing of the case is left on the host")
class JudgesTooLate(good.Bridge):
    def judge_config(self):
        if not 0 <= self.vlan <= 4094:
            batch(["link add name judged type bridge"])
        super().judge_config()


wrap("config/invalid-values-code", type="static", says="has code 7")(with_error(code=999))


# The configuration: valid, though unusual.


class Strict(good.Static):
    """Fails for what it should let pass."""

    CODE, MSG = 7, "a key that must not be"

    def read_config(self):
        super().read_config()
        if self.command == "ADD" and self.offends():
            self.fail(self.CODE, self.MSG)


class HatesUnknownKeys(Strict):
    def offends(self):
        return "conformanceKey" in self.config


breaks("config/unknown-key", says="has code 2")(HatesUnknownKeys)
breaks("config/unknown-key", says="the error names conformanceKey")(
    type("NamesNoKey", (HatesUnknownKeys,), {"CODE": 2, "MSG": "a key with value-42"})
)
breaks("config/unknown-key", says="the error names value-42")(
    type("NamesNoValue", (HatesUnknownKeys,), {"CODE": 2, "MSG": "conformanceKey"})
)


@wrap("config/unknown-key", type="static", says="the result on stdout is one JSON object")
def answers_no_unknown_key(call, exit, out, err):
    return (0, b"", b"") if b"conformanceKey" in call.stdin and call.command == "ADD" else (exit, out, err)


class HatesKey(Strict):
    CODE, KEY = 2, ""

    def offends(self):
        return self.KEY in self.config


for key in ("args", "runtimeConfig", "capabilities", "dns", "ipMasq", "disableCheck", "cni.dev/conformance"):
    breaks("config/well-known-keys", says="ADD succeeds")(type("HatesKey", (HatesKey,), {"KEY": key}))


@wrap("config/well-known-keys", type="loopback", says="ADD succeeds")
def hates_ipam(call, exit, out, err):
    return refusal(2, "ipam") if "ipam" in config_of(call) else (exit, out, err)


@breaks("config/args", says="ADD succeeds")
class UnderstandsLabels(Strict):
    def offends(self):
        return not isinstance(self.config.get("args", {}).get("labels", []), list)


@breaks("config/args", says="ADD succeeds")
class KnowsItsCniArgs(Strict):
    def offends(self):
        return "unheard-of" in self.config.get("args", {}).get("cni", {})


@breaks("config/args", says="ADD succeeds")
class FearsTheDeep(Strict):
    def offends(self):
        return "deep" in self.config.get("args", {})


@breaks("config/capabilities-left-in", says="ADD succeeds")
class HatesForeignCapabilities(Strict):
    def offends(self):
        return "conformanceB" in self.config.get("capabilities", {})


@breaks("config/capabilities-left-in", says="ADD succeeds")
class HatesForeignRuntimeConfig(Strict):
    def offends(self):
        return "conformanceA" in self.config.get("runtimeConfig", {})


breaks("config/capabilities-left-in", says="ADD succeeds")(
    type("HatesReservedKeys", (HatesKey,), {"KEY": "cni.dev/conformance"})
)


@breaks("config/other-spelling", says="ADD succeeds")
class WantsOrder(Strict):
    def offends(self):
        return list(self.config)[0] != "cniVersion"


@breaks("config/other-spelling", says="ADD succeeds")
class ReadsNoEscapes(good.Static):
    def parse(self, raw):
        if b"\\u" in raw:
            self.fail(6, "no escapes")
        return super().parse(raw)


@breaks("config/other-spelling", says="ADD succeeds")
class FearsLargeNumbers(Strict):
    def offends(self):
        return "large" in self.config.get("args", {})


# Capabilities in the spelling of Go.


def without_lowered(name, base, key):
    """The plugin reads only keys in the documented spelling."""

    def runtime(self, capability):
        found = base.runtime(self, capability)
        text = json.dumps(found)
        return self.fail(7, f"no {key} in {capability}") if found and key not in text else found

    return type(name, (base,), {"runtime": runtime})


breaks("config/go-names", says="ADD succeeds")(without_lowered("ExactPorts", good.Portmap, "hostPort"))
breaks("config/go-names", says="ADD succeeds")(without_lowered("ExactRates", good.Bandwidth, "ingressRate"))


@breaks("config/go-names", says="ADD succeeds")
class HatesGoDns(Strict):
    def offends(self):
        return "Servers" in self.config.get("runtimeConfig", {}).get("dns", {})


@breaks("config/go-names-ip-ranges", says="10.99.0.100/24 is among the addresses")
class IgnoresGoRanges(good.HostLocal):
    def runtime(self, capability):
        found = super().runtime(capability)
        return None if "Subnet" in json.dumps(found) else found


@breaks("config/go-names-ip-ranges", says="ADD succeeds")
class TakesEmptyForSet(good.HostLocal):
    def bound(self, given, key, subnet):
        return self.address(given[key], key) if key in given else None


@breaks("config/go-names-port-mappings", says="the host's firewall has a rule for port 18080")
class IgnoresGoPorts(good.Portmap):
    def runtime(self, capability):
        found = super().runtime(capability)
        return None if "HostPort" in json.dumps(found) else found


@breaks("config/go-names-bandwidth", says="the host has a tbf")
class IgnoresGoRates(good.Bandwidth):
    def runtime(self, capability):
        found = super().runtime(capability)
        return None if "IngressRate" in json.dumps(found) else found


# IPAM and DNS.


@breaks("config/delegate-is-no-path", says="the executable is not executed")
class ExecutesPathsFirst(good.Bridge):
    def read_config(self):
        type = self.key("ipam", dict, {}).get("type", "")
        if "/" in type:
            kernel.execute(f"/run/conformance/bin/{os.path.basename(type)}", [type], os.environb, self.raw)
        super().read_config()


@breaks("config/delegate-is-no-path", says="with ipam.type '../bin/conformance-elsewhere': ADD fails")
class ExecutesPaths(good.Bridge):
    def read_config(self):
        type = self.key("ipam", dict, {}).get("type", "")
        self.key("ipam", dict, {})["type"] = os.path.basename(type)
        super().read_config()


@breaks("config/type-of-upper-plugin", says="ADD succeeds")
class WantsItsOwnType(Strict):
    def offends(self):
        return self.config["type"] != "static"


@breaks("config/type-of-upper-plugin", says="the addresses are of `ipam`")
class ReadsUpperKeys(good.Static):
    def read_config(self):
        if "addresses" in self.config:
            self.config["ipam"]["addresses"] = self.config["addresses"]
        super().read_config()


@breaks("config/type-of-upper-plugin", says="the addresses are of `ipam`")
class ReadsNeither(good.Static):
    def configured(self):
        return []


@breaks("config/dns", says="`dns` of the result is")
class DropsDns(good.Bridge):
    def dns(self, from_ipam):
        return {}


@breaks("config/dns-of-delegate", says="`dns` of the result is")
class DropsDelegatesDns(good.Bridge):
    def dns(self, from_ipam):
        return self.key("dns", dict, {})


@breaks("config/without-ipam", says="ADD succeeds")
class NeedsIpam(good.Bridge):
    def read_config(self):
        super().read_config()
        if "ipam" not in self.config:
            self.fail(7, "no ipam")


@breaks("config/without-ipam", says="ADD succeeds")
class NeedsIpamType(good.Bridge):
    def read_config(self):
        super().read_config()
        if self.config.get("ipam") == {}:
            self.fail(7, "no ipam.type")


@wrap("config/without-ipam", says="the result has no `ips`")
def invents_ips(call, exit, out, err):
    lonely = call.command == "ADD" and exit == 0 and not config_of(call).get("ipam")
    return exit, (edited(out, ips=[{"address": "10.88.0.2/24", "interface": 2}]) if lonely else out), err


@wrap("config/without-ipam", says="there is a link eth0")
def makes_nothing(call, exit, out, err):
    # What the good plugin made goes with its end on the host.
    if call.command == "ADD" and exit == 0 and not config_of(call).get("ipam"):
        port = json.loads(out)["interfaces"][1]["name"]
        kernel.batch([f"link del dev {port}"])
    return exit, out, err


@breaks("config/without-ipam", says="the list of addresses of eth0 is []")
class InventsAddresses(good.Bridge):
    def configure_container(self, netns, result):
        link = super().configure_container(netns, result)
        if not result["ips"]:
            batch([f"addr add 10.88.0.2/24 dev {self.ifname}"], netns)
        return link


@breaks("config/without-needed-ipam", says="ADD fails")
class DoesWithout(good.Ptp):
    def read_config(self):
        interfaces.Delegating.read_config(self)
        self.mtu, self.masquerade, self.mac = 0, False, ""


@breaks("config/without-needed-ipam", says="DEL succeeds")
class NeedsIpamAtDel(good.Ptp):
    def read_config(self):
        super().read_config()
        if not self.ipam_type:
            self.fail(7, "no ipam.type")
