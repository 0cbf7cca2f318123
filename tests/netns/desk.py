"""A name server on this machine's loopback that acts only when a test says so, and those who ask it."""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import dnslib

from netns.log import DnsSaid
from netns.nameserver import NameServer
from netns.plan import Plan, Record, Zone
from netns.sockets import Hosts

PATIENCE_S = 30.0
TRIES = 50
GROUND = SimpleNamespace(hosts={})
LOOPBACK = {"ipv4": "127.0.0.1", "ipv6": "::1"}
GOOD = Record(name="good.lab", addresses=("10.0.0.2", "fd00::2"))
SLOW = Record(name="slow.lab", addresses=("10.0.0.2",), delay_ms=300)


def opened_here(ground: Hosts, host: str, family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
    return socket.socket(family, kind)


def opened_server(plan: Plan, send_buffer: int) -> NameServer:
    """On a port that is free for UDP and for TCP as well; the kernel looks only for the first."""
    for _ in range(TRIES):
        opened: list[socket.socket] = []
        try:
            return NameServer(plan, GROUND, open_socket=partial(opened_into, opened, send_buffer), port=0)
        except OSError as error:
            for one in opened:
                one.close()
            if error.errno != errno.EADDRINUSE:
                raise
    raise AssertionError(f"no port was free for both in {TRIES} tries")


def opened_into(
    kept: list[socket.socket],
    send_buffer: int,
    ground: Hosts,
    host: str,
    family: socket.AddressFamily,
    kind: socket.SocketKind,
) -> socket.socket:
    kept.append(socket.socket(family, kind))
    if send_buffer:
        kept[-1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    return kept[-1]


def query(name: str, kind: str = "A", number: int = 77) -> bytes:
    asked = dnslib.DNSRecord.question(name, kind)
    asked.header.id = number
    return bytes(asked.pack())


def framed(message: bytes) -> bytes:
    return struct.pack("!H", len(message)) + message


def addresses(message: bytes) -> list[str]:
    return [str(record.rdata) for record in dnslib.DNSRecord.parse(message).rr]


class Desk:
    """A name server on this machine's loopback, and those who ask it; it acts only when a test says so."""

    def __init__(self, *records: Record, family: str = "ipv4", send_buffer: int = 0) -> None:
        plan = Plan(family=family, zone=Zone(records=records))  # type: ignore[arg-type]
        self.server = opened_server(plan, send_buffer)
        self._address = (LOOPBACK[family], self.server.port)
        self._family = socket.AF_INET6 if family == "ipv6" else socket.AF_INET
        self._callers: list[socket.socket] = []

    def caller(self, kind: socket.SocketKind = socket.SOCK_DGRAM, receive_buffer: int = 0) -> socket.socket:
        opened = socket.socket(self._family, kind)
        self._callers.append(opened)
        if receive_buffer:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        opened.settimeout(PATIENCE_S)
        opened.connect(self._address)
        return opened

    def ask(self, message: bytes) -> socket.socket:
        caller = self.caller()
        caller.send(message)
        return caller

    def step(self, now_ns: int = 0, wait_ms: int = 0) -> bool:
        poller = select.poll()
        for fd, mask in self.server.wants().items():
            poller.register(fd, mask)
        return self.server.act(dict(poller.poll(wait_ms)), now_ns or time.time_ns())

    def act_once(self, now_ns: int = 0) -> None:
        """One act, as soon as one is possible: what a caller sent may still be on its way, on loopback too."""
        self.run_until(lambda: self.step(now_ns, wait_ms=1), lets_act=False)

    def run_to(self, things: int) -> None:
        """Until so many queries and answers have been logged."""
        self.run_until(lambda: len(self.story()) >= things)

    def run_until(self, is_so: Callable[[], bool], *, lets_act: bool = True) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            if lets_act:
                self.step(wait_ms=1)
            assert time.monotonic() < deadline, f"it never came to that, but to {len(self.story())} things"

    def story(self) -> list[str]:
        """Queries as `NAME TYPE`, answers as `NAME TYPE OUTCOME ADDRESSES`."""
        said = [entry for entry in self.server.log if isinstance(entry, DnsSaid)]
        return [f"{one.name} {one.type} {one.outcome} {one.answers}".strip() for one in said]

    def close(self) -> None:
        self.server.close()
        for caller in self._callers:
            caller.close()


def heard(caller: socket.socket) -> bytes:
    """The answer, which was sent already."""
    return caller.recv(65_535)


def hears_nothing(caller: socket.socket) -> bool:
    return not select.select([caller], [], [], 0)[0]


Open = Callable[..., Desk]
