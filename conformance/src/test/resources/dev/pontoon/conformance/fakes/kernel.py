"""The kernel's side: programs that are run, network namespaces, nft tables, records, one lock."""

import errno
import fcntl
import json
import os
import signal
from protocol import BAD_NETNS, KERNEL, TRY_LATER, CniError, fail

FOLDERS = ("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin")


def find_tool(name):
    """The program's path, with no PATH needed; None where there is none."""
    return next((p for p in (f"{f}/{name}" for f in FOLDERS) if os.access(p, os.X_OK)), None)


def tool(name):
    return find_tool(name) or fail(KERNEL, f"the command {name} is not installed")


def memory(content=b""):
    fd = os.memfd_create("stream")
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def drain(fd):
    os.lseek(fd, 0, os.SEEK_SET)
    chunks = []
    while chunk := os.read(fd, 1 << 16):
        chunks.append(chunk)
    os.close(fd)
    return b"".join(chunks)


def execute(path, arguments, environment, stdin):
    """Runs a program to its end; returns exit status, standard output, standard error."""
    fds = [memory(stdin), memory(), memory()]
    actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(fds)]
    # Between the start of the program and the wait for it, an end would leave it running.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        reset = [signal.SIGPIPE, signal.SIGTERM]
        pid = os.posix_spawn(path, arguments, environment, file_actions=actions, setsigmask=[], setsigdef=reset)
    except OSError:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        raise
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        _, status = os.waitpid(pid, 0)
    except CniError:
        # We are told to end: so is what we wait for, and it may take back what it did.
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        raise
    os.close(fds[0])
    return os.waitstatus_to_exitcode(status), drain(fds[1]), drain(fds[2])


def run(*command, stdin="", netns=None):
    """Runs a tool, in a network namespace where one is given; returns its output."""
    command = (tool(command[0]), *command[1:])
    if netns is not None:
        command = (tool("nsenter"), f"--net={netns.path}", "--", *command)
    code, out, err = execute(command[0], command, {"PATH": ":".join(FOLDERS), "LC_ALL": "C"}, stdin.encode())
    if code != 0:
        fail(KERNEL, f"{os.path.basename(command[0])}: {err.decode('utf-8', 'replace').strip()}")
    return out.decode()


def batch(lines, netns=None, sysctls=()):
    """Runs lines of ip(8) in one go; returns all objects that they print, in order.

    Sysctls (a path below /proc/sys/net with a value) are written first, and may be missing.
    """
    lines = [line for line in lines if line]
    text = "".join(line + "\n" for line in lines)
    try:
        if sysctls:
            script = "".join(f"echo {v} 2>/dev/null >/proc/sys/net/{p}; " for p, v in sysctls)
            out = run("sh", "-c", script + f"exec {tool('ip')} -j -d -batch -", stdin=text, netns=netns)
        else:
            out = run("ip", "-j", "-d", "-batch", "-", stdin=text, netns=netns)
    except CniError as error:
        fail(error.code, f"{error.msg.splitlines()[0]} (among: {' | '.join(lines)})")
    return objects(out)


def objects(text):
    """The objects of all JSON arrays in a row, without the empty ones that ip prints."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        value, at = decoder.raw_decode(text, at)
        found += [one for one in value if one]
    return found


def links(netns=None):
    """All links by their names."""
    return {link["ifname"]: link for link in batch(["link show"], netns)}


def kind(link):
    return link.get("linkinfo", {}).get("info_kind", "")


class Netns:
    """A network namespace that is held open, so that its path may change its meaning."""

    def __init__(self, fd):
        self.fd = fd
        self.path = f"/proc/{os.getpid()}/fd/{fd}"
        status = os.fstat(fd)
        self.identity = [status.st_dev, status.st_ino]

    def is_ours(self):
        """Whether it is the namespace of this process, which is the runtime's."""
        own = os.stat("/proc/self/ns/net")
        return self.identity == [own.st_dev, own.st_ino]


NS_GET_NSTYPE, CLONE_NEWNET = 0xB703, 0x40000000


def open_netns(path):
    """The namespace at that path; fails with code 8 where there is none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        fail(BAD_NETNS, f"open the network namespace {path}: {error.strerror}")
    try:
        if fcntl.ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET:
            return Netns(fd)
    except OSError:
        pass
    os.close(fd)
    fail(BAD_NETNS, f"{path} is not a network namespace")


class Lock:
    """Held by one process at a time; the kernel lets go of it when the process dies.

    It is on a folder that exists anyway, so that nothing is left behind.
    """

    def __init__(self, path="/run", patience=30):
        self.path, self.patience = path, patience

    def __enter__(self):
        self.fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        before = signal.signal(signal.SIGALRM, self.too_long)
        signal.setitimer(signal.ITIMER_REAL, self.patience)
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX)
        except BaseException:
            os.close(self.fd)
            raise
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        return self

    def too_long(self, *_):
        fail(TRY_LATER, f"the lock on {self.path} was not free for {self.patience} seconds")

    def __exit__(self, *_):
        os.close(self.fd)


class Records:
    """What a plugin notes of each attachment before it works: a file each, to clean up by.

    Callers hold the lock.
    """

    ROOT = "/run/good"

    def __init__(self, network, type):
        self.folder = f"{self.ROOT}/{network}/{type}"

    def path(self, container_id, ifname):
        return f"{self.folder}/{container_id}/{ifname}"

    def write(self, container_id, ifname, record):
        path = self.path(container_id, ifname)
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        # No interface has a colon in its name.
        with open(path + ":new", "w") as file:
            json.dump(record, file)
        os.rename(path + ":new", path)

    def read(self, container_id, ifname):
        try:
            with open(self.path(container_id, ifname)) as file:
                return json.load(file)
        except (FileNotFoundError, ValueError):
            return None

    def remove(self, container_id, ifname):
        path = self.path(container_id, ifname)
        for name in (path, path + ":new"):
            try:
                os.unlink(name)
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                    raise
        while len(path := os.path.dirname(path)) >= len(self.ROOT):
            try:
                os.rmdir(path)
            except OSError as error:
                if error.errno == errno.ENOTEMPTY:
                    return

    def pairs(self):
        """All attachments of the network."""
        found = []
        for container_id in listed(self.folder):
            for ifname in listed(f"{self.folder}/{container_id}"):
                found.append((container_id, ifname.removesuffix(":new")))
        return sorted(set(found))


def listed(folder):
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def nft(text):
    return run("nft", "-f", "-", stdin=text)


def drop_table(family, name):
    """Removes a table with all that is in it; one that is not there counts as removed."""
    nft(f"add table {family} {name}\ndelete table {family} {name}\n")


def table_rules(family, name):
    """The rules of a table as the kernel holds them; none where there is no table."""
    try:
        listing = json.loads(run("nft", "-j", "list", "table", family, name))["nftables"]
    except CniError:
        return []
    return [one["rule"] for one in listing if "rule" in one]


def read_sysctl(path):
    with open(f"/proc/sys/net/{path}") as file:
        return file.read().strip()


def write_sysctl(path, value):
    """Writes only where the value differs, as /proc/sys may be read-only."""
    if read_sysctl(path) != value:
        with open(f"/proc/sys/net/{path}", "w") as file:
            file.write(value)
        return True
    return False
