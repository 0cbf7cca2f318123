"""The wire: every frame between the hosts passes through the lab here, and leaves it one at a time.

A hub with one port per host. `observe` takes in what the hosts sent and lets the rules decide (`netns.relay`); `act`
hands one due frame to its receiver, and with it those that a rule wants together. Whatever a frame causes has a later
time than its arrival, because the arrival is stamped before the frame is handed over.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from select import POLLIN
from socket import MSG_DONTWAIT, SOL_SOCKET, socket
from struct import Struct
from typing import Protocol

from netns.burst import Burst
from netns.frames import Frame, dissect, is_noise, mac_bytes
from netns.log import Entry
from netns.plan import Plan
from netns.relay import MS, Parcel, Relay

SO_TIMESTAMPNS = 35
"""include/uapi/asm-generic/socket.h; the control message of the same number carries a struct timespec."""

PACKET_OUTGOING = 4
_TIMESPEC = Struct("@ll")
LARGEST_FRAME = 4_096
"""More than the hosts can send: their MTU is 1500, and nothing segments for them.

A larger buffer is mapped anew each time.
"""

Intercept = Callable[[int, Parcel], None]
"""Called with the time of arrival and the parcel, instead of a kernel receiving it."""


class Host(Protocol):
    """What the wire has to know of a host; `port_fd` is the lab's end of its cable, None for a dead neighbour."""

    @property
    def mac(self) -> str: ...
    @property
    def addresses(self) -> Mapping[str, str]: ...
    @property
    def port_fd(self) -> socket | None: ...


class Ground(Protocol):
    @property
    def hosts(self) -> Mapping[str, Host]: ...


class Sends(Protocol):
    """Sends several frames in one act, and says how many went."""

    def send(self, frames: Sequence[bytes]) -> int: ...


class Wire:
    """A `Punctual`. Its log has every frame sent, arrived or dropped, and every rule that spoke."""

    def __init__(self, plan: Plan, ground: Ground, make_burst: Callable[[socket], Sends] = Burst) -> None:
        self.noise = 0
        self._make_burst = make_burst
        self._bursts: dict[str, Sends] = {}
        self._relay = Relay(plan.rules)
        self._ports = {name: host.port_fd for name, host in ground.hosts.items()}
        self._by_mac = {mac_bytes(host.mac): name for name, host in ground.hosts.items()}
        self._by_address = {text: name for name, host in ground.hosts.items() for text in host.addresses.values()}
        self._intercepts: dict[tuple[str, int], Intercept] = {}
        self._descriptors = {port.fileno(): POLLIN for port in self._ports.values() if port is not None}
        for port in filter(None, self._ports.values()):
            port.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1)

    @property
    def log(self) -> list[Entry]:
        return self._relay.log

    def wants(self) -> Mapping[int, int]:
        return self._descriptors

    def due_ns(self) -> int | None:
        return self._relay.due_ns()

    def pending(self) -> bool:
        """Whether a frame is waiting to be delivered, now or later. Held frames wait for something else."""
        return self._relay.due_ns() is not None

    def held(self) -> tuple[Parcel, ...]:
        return self._relay.held()

    def announce(self, fact: str) -> None:
        """Tells the rules that something happened: `state error`, `exit client`, `closed client`."""
        self._relay.announce(fact, time.time_ns())

    def intercept(self, host: str, port: int, receive: Intercept) -> None:
        """From now on TCP segments to this port of `host` go to `receive`, and never to the host's kernel."""
        self._intercepts[host, port] = receive

    def inject(
        self, raw: bytes, sender: str, receiver: str, after_ms: int = 0, tags: tuple[str, ...] = ("injected",)
    ) -> int:
        """Sends a made-up frame to `receiver`, past the rules; returns its number."""
        return self._relay.inject(
            time.time_ns() + after_ms * MS, raw, sender, receiver, tags, is_late=after_ms > 0
        )  # fmt: skip

    def observe(self) -> int:
        """Takes in every frame that waits on a port, in the order of their times; returns how many were no noise."""
        waiting = [
            (at_ns, raw, name) for name, port in self._ports.items() if port is not None for at_ns, raw in _drain(port)
        ]
        waiting.sort(key=lambda one: one[0])
        before = self.noise
        for at_ns, raw, name in waiting:
            self._take_in(at_ns, raw, name)
        return len(waiting) - (self.noise - before)

    def act(self, ready: Mapping[int, int], now_ns: int) -> bool:
        """Delivers what was only sent; what the clock kept back waits for `act_late`."""
        if not self._descriptors.keys().isdisjoint(ready):
            self.observe()
        # The caller may have read its clock before the frame came; nothing else shall go first for that.
        return self._act(self._relay.take(max(now_ns, time.time_ns()), late=False))

    def act_late(self, now_ns: int) -> bool:
        """Delivers what is due by the clock."""
        return self._act(self._relay.take(max(now_ns, time.time_ns())))

    def _act(self, first: Parcel | None) -> bool:
        if first is None:
            return False
        parcels = [first, *self._relay.take_with(first)]
        if not self._sent_at_once(parcels):
            for parcel in parcels:
                for host in self._receivers(parcel):
                    self._hand_over(parcel, host)
        return True

    def _sent_at_once(self, parcels: list[Parcel]) -> bool:
        """Hands several frames to one live host in one system call."""
        [host, *others] = {parcel.receiver for parcel in parcels}
        port = self._ports.get(host)
        caught = any((host, parcel.frame.dport) in self._intercepts for parcel in parcels)
        if len(parcels) < 2 or others or port is None or caught or self._trouble(host):
            return False
        if host not in self._bursts:
            self._bursts[host] = self._make_burst(port)
        at_ns = time.time_ns()
        sent = self._bursts[host].send([parcel.raw for parcel in parcels])
        for place, parcel in enumerate(parcels):
            phase, tags = ("arrived", ()) if place < sent else ("dropped", ("refused",))
            self.log.append(parcel.sighting(at_ns + place, phase, *tags, receiver=host))
        return True

    def _take_in(self, at_ns: int, raw: bytes, sender: str) -> None:
        frame = dissect(raw)
        if is_noise(frame):
            self.noise += 1
        else:
            self._relay.enter(at_ns, raw, frame, sender, self._addressee(frame))

    def _addressee(self, frame: Frame) -> str:
        """The host that a frame means: by its MAC, and when everybody gets it, by the address it asks for."""
        if not frame.is_multicast:
            return self._by_mac.get(frame.dst_mac, frame.dst)
        address = frame.target or frame.dst
        return self._by_address.get(address, address)

    def _receivers(self, parcel: Parcel) -> list[str]:
        """Of a broadcast every live host but the sender; a dead one only if it is meant, to say so in the log."""
        if not parcel.frame.is_multicast:
            return [parcel.receiver]
        others = [name for name in self._ports if name != parcel.sender]
        live = [name for name in others if self._ports[name] is not None or name == parcel.receiver]
        return live or [parcel.receiver]

    def _hand_over(self, parcel: Parcel, host: str) -> None:
        at_ns = time.time_ns()
        trouble = self._trouble(host) or self._deliver(at_ns, parcel, host)
        phase, tags = ("dropped", (trouble,)) if trouble else ("arrived", ())
        self.log.append(parcel.sighting(at_ns, phase, *tags, receiver=host))

    def _trouble(self, host: str) -> str:
        """Why a frame to this host can go nowhere, if so."""
        if host not in self._ports:
            return "no such host"
        if self._relay.is_cut(host):
            return "cut"
        return "" if self._ports[host] is not None else "dead neighbour"

    def _deliver(self, at_ns: int, parcel: Parcel, host: str) -> str:
        """Hands the frame over; returns the errno's name when the port refused it, as it does when its link is down."""
        receive = self._intercepts.get((host, parcel.frame.dport)) if parcel.frame.proto == "tcp" else None
        if receive is not None:
            receive(at_ns, parcel)
            return ""
        port = self._ports[host]
        assert port is not None, f"{host} is dead; _trouble says so"
        try:
            port.send(parcel.raw, MSG_DONTWAIT)
        except OSError as refusal:
            return errno.errorcode.get(refusal.errno or 0, str(refusal))
        return ""


def _drain(port: socket) -> Iterator[tuple[int, bytes]]:
    """The frames that wait on a port, with the kernel's time of their arrival there, or the present if it gave none."""
    while True:
        try:
            raw, control, _, address = port.recvmsg(LARGEST_FRAME, 64, MSG_DONTWAIT)
        except OSError:
            # Nothing more waits (EAGAIN), or the link went down: the port tells it once (ENETDOWN).
            return
        if not raw:
            return
        # A packet socket also hears what the lab's own namespace sends out of this device.
        if not address or address[2] != PACKET_OUTGOING:
            yield stamp_of(control), raw


def stamp_of(control: list[tuple[int, int, bytes]]) -> int:
    for level, kind, payload in control:
        if level == SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(payload)
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    return time.time_ns()
