"""Lets network namespaces exchange something, and prints as JSON what came of it.

The only argument is an object: "what" names a function below, the other keys are its arguments. A namespace is a
path, or empty for the one this was started in. A socket stays in the namespace that it was made in, so that one
process can be on both sides.
"""

import ctypes
import json
import os
import select
import socket
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
HOME = os.open("/proc/self/ns/net", os.O_RDONLY)
CLONE_NEWNET = 0x40000000
EXPERIMENTAL = 0x88B5


def enter(netns):
    fd = os.open(netns, os.O_RDONLY) if netns else HOME
    if LIBC.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"enter {netns or 'the own namespace'}")


def made(netns, family, kind, address, port):
    enter(netns)
    one = socket.socket(family, kind)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind((address or ("::" if family == socket.AF_INET6 else ""), port))
    return one


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def tcp(server, listen, client, to, port, source="", sport=0, seconds=3):
    """Connects, and has a question answered: whether that worked, and who asked as the server saw it."""
    waiting = made(server, family_of(to), socket.SOCK_STREAM, "", listen)
    waiting.listen()
    waiting.settimeout(1)
    asking = made(client, family_of(to), socket.SOCK_STREAM, source, sport)
    asking.settimeout(seconds)
    try:
        asking.connect((to, port))
        answering, peer = waiting.accept()
        answering.settimeout(1)
        asking.sendall(b"question")
        answering.sendall(b"answer to " + answering.recv(64))
        right = asking.recv(64) == b"answer to question"
        return {"reached": right, "source": peer[0], "why": "" if right else "the answer is another"}
    except OSError as error:
        return {"reached": False, "source": "", "why": str(error)}


def udp(server, listen, client, to, port, source="", sport=0, seconds=3):
    """Asks again and again until the answer comes, from the same port all the time."""
    waiting = made(server, family_of(to), socket.SOCK_DGRAM, "", listen)
    asking = made(client, family_of(to), socket.SOCK_DGRAM, source, sport)
    asking.connect((to, port))
    peer, why, deadline = None, "no answer came", time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            asking.send(b"question")
            ready = select.select([waiting], [], [], 0.05)[0]
            if ready:
                text, peer = waiting.recvfrom(64)
                waiting.sendto(b"answer to " + text, peer)
            if select.select([asking], [], [], 0.05 if ready else 0)[0] and asking.recv(64):
                return {"reached": True, "source": peer[0] if peer else "", "why": ""}
        except OSError as error:
            why = str(error)  # Such as a port that nobody has opened: it may be in a moment.
    return {"reached": False, "source": peer[0] if peer else "", "why": why}


def packet_socket(netns, link, protocol):
    enter(netns)
    one = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    one.bind((link, protocol))
    return one


def frames(sender, link, observer, at, forged, seconds=3):
    """Sends a frame from a forged address, then honest ones: which of them another link gets to see."""
    watching = packet_socket(observer, at, EXPERIMENTAL)
    sending = packet_socket(sender, link, EXPERIMENTAL)
    honest = sending.getsockname()[4]
    forged = bytes.fromhex(forged.replace(":", ""))
    head, kind = b"\xff" * 6, EXPERIMENTAL.to_bytes(2, "big")
    seen, deadline = set(), time.monotonic() + seconds
    while time.monotonic() < deadline and honest not in seen:
        for mac in (forged, honest):
            sending.send(head + mac + kind + b"conformance".ljust(46))
        while select.select([watching], [], [], 0.1)[0]:
            seen.add(watching.recv(128)[6:12])
    return {"forged": forged in seen, "honest": honest in seen}


def flow(server, listen, client, to, size, seconds=20):
    """Sends so many bytes one way, and measures how long they took."""
    waiting = made(server, family_of(to), socket.SOCK_STREAM, "", listen)
    waiting.listen()
    sending = made(client, family_of(to), socket.SOCK_STREAM, "", 0)
    sending.settimeout(3)
    sending.connect((to, listen))
    receiving, _ = waiting.accept()
    for one in (sending, receiving):
        one.setblocking(False)
    began = time.monotonic()
    left, got, rest = size, 0, memoryview(bytes(1 << 16))
    while got < size and time.monotonic() < began + seconds:
        readable, writable, _ = select.select([receiving], [sending] if left else [], [], 1)
        if writable:
            left -= sending.send(rest[: min(left, len(rest))])
        if readable:
            got += len(receiving.recv(1 << 16))
    return {"received": got, "seconds": time.monotonic() - began}


asked = json.loads(sys.argv[1])
print(json.dumps({"tcp": tcp, "udp": udp, "frames": frames, "flow": flow}[asked.pop("what")](**asked)))
