"""Small situations on the loopback, one for each kind of sin, and what a program was seen to do in one of them."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tests.toys.program import PATIENCE_S, Running, sequence, toy9, whole
from tests.toys.steps import reset

Peer = Callable[[Running, socket.socket], bytes]
ENDLESS_S = 1.5
"""After this long, a program that would go on for ever has shown what it does. The honest one gets more patience."""

LARGE = 200_000


class Ports(NamedTuple):
    closed: int
    full: int
    open: int


class Seen(NamedTuple):
    """`status` None: it did not end. `calls` is empty where they depend on how fast who is.

    `insists` says whether EAGAIN was answered by the same call at once, `is_patient` whether it was ready to wait for
    longer than the scene's `long_ms`: what it asks for does not depend on how fast who is.
    """

    status: int | None
    said: list[str]
    calls: list[str]
    insists: bool
    is_patient: bool
    threads: int
    heard: bytes
    stderr: str


def nobody(running: Running, listener: socket.socket) -> bytes:
    return b""


def echo(running: Running, listener: socket.socket) -> bytes:
    """Hears six bytes, says them back, and waits for the other's end."""
    with _accepted(running, listener) as peer:
        heard = b""
        while len(heard) < len("onetwo") and (chunk := peer.recv(9)):
            heard += chunk
        peer.send(heard)
        while chunk := peer.recv(9):
            heard += chunk
    return heard


def banner(running: Running, listener: socket.socket) -> bytes:
    """Says its text and ends when that was read."""
    with _accepted(running, listener) as peer:
        running.says("connected", ENDLESS_S)
        peer.send(b"welcome")
        running.says("received", ENDLESS_S)
    return b""


def sink(running: Running, listener: socket.socket) -> bytes:
    """Hears nothing until the other has no more room, then all, but not for ever."""
    heard = bytearray()
    with _accepted(running, listener) as peer:
        running.is_refused("EAGAIN", ENDLESS_S)
        while len(heard) <= LARGE and (chunk := peer.recv(4096)):
            heard += chunk
    return bytes(heard)


def silent(running: Running, listener: socket.socket) -> bytes:
    """Says nothing, and waits for the other's end, but not for ever."""
    with _accepted(running, listener) as peer:
        return peer.recv(9)


def slam(running: Running, listener: socket.socket) -> bytes:
    """Resets the connection as soon as both ends know of it."""
    peer = _accepted(running, listener)
    running.says("connected", ENDLESS_S)
    reset(peer)
    return b""


def _accepted(running: Running, listener: socket.socket) -> socket.socket:
    peer, _ = listener.accept()
    peer.settimeout(ENDLESS_S)
    return peer


class Scene(NamedTuple):
    arguments: str
    peer: Peer = nobody
    repeats: bool = True
    before: tuple[str, ...] = ()
    long_ms: int = 0


SCENES = {
    "refused": Scene("127.0.0.1 {closed} --queue hello"),
    "at-once": Scene("255.255.255.255 9"),
    "itself": Scene("127.0.0.1 {closed} --bind 127.0.0.1:{closed}"),
    "name": Scene("localhost {closed} --family ipv4"),
    "no-server": Scene("name.lab 9", before=("unshare", "--user", "--net")),
    "silence": Scene("127.0.0.1 {full} --timeout 0.1"),
    "another": Scene("127.0.0.1 {full} --timeout 0.1 --then 127.0.0.1 {open} --until connected"),
    "echo": Scene("127.0.0.1 {open} --queue one --queue two --until input", echo),
    "banner": Scene("127.0.0.1 {open}", banner),
    "banner-edge": Scene("127.0.0.1 {open} --poller epoll-et", banner, repeats=False),
    "large": Scene(f"127.0.0.1 {{open}} --queue-bytes {LARGE} --send-buffer 8192 --until sent", sink, repeats=False),
    "half-close": Scene("127.0.0.1 {open} --queue one --queue two --half-close", echo),
    "named": Scene("localhost {open} --family ipv4 --until connected"),
    "elsewhere": Scene("127.0.0.1 {closed} --bind 192.0.2.1"),
    "patience": Scene("127.0.0.1 {open} --timeout 0.1", silent),
    "alarm": Scene("127.0.0.1 {full} --timeout 0.6 --alarm 0.4", long_ms=300),
    "reset": Scene("127.0.0.1 {open}", slam),
    "reset-with-output": Scene("127.0.0.1 {open} --queue-bytes 200000 --send-buffer 8192", slam, repeats=False),
}


def play(name: str, mutant: str, ports: Ports, listener: socket.socket, trace: Path) -> Seen:
    """What the program, or a mutant of it, is seen to do in a scene."""
    scene = SCENES[name]
    arguments = scene.arguments.format(**ports._asdict()).split()
    heard, status, stderr = b"", None, ""
    with toy9("connect", *arguments, mutant=mutant, trace=trace, before=scene.before) as running:
        with suppress(TimeoutError, ConnectionError):
            heard = scene.peer(running, listener)
        running.has_begun()
        with suppress(subprocess.TimeoutExpired):
            status, _, stderr, _, _ = running.finish(ENDLESS_S if mutant else PATIENCE_S)
        said = [_line(line) for line in running.said()]
    calls = trace.read_text().splitlines()
    threads = len({call.split(None, 1)[0] for call in calls})
    called = sequence(calls)
    patient = bool(scene.long_ms) and _longest_wait_ms(calls) > scene.long_ms
    return Seen(status, said, called if scene.repeats else [], _insists(called), patient, threads, heard, stderr)


def _longest_wait_ms(calls: list[str]) -> int:
    """That it asked for, whatever came of it."""
    asked = (re.match(r"epoll_wait\(.*, (-?\d+)\) ", line) for line in whole(calls))
    return max((int(found[1]) for found in asked if found), default=0)


def _insists(calls: list[str]) -> bool:
    return any(one == other and one.endswith("EAGAIN") for one, other in pairwise(calls))


def _line(line: dict[str, str]) -> str:
    text = " ".join(str(value) for key, value in line.items() if key != "at_ns")
    return re.sub(r"127\.0\.0\.1[: ]\d+", "127.0.0.1:p", text)
