"""Frames seen on the wire and on cables, as packets between hosts, with numbers that a person can follow."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from harness.events import Event, Packet, Phase
from harness.recorders.recorded import data_text
from netns.frames import Frame, dissect, is_noise
from netns.log import Entry, Sighting
from netns.plan import Plan, address_of

WRAP = 1 << 32
End = tuple[str, int]


def events(plan: Plan, entries: Iterable[Entry]) -> list[Event]:
    """A packet for each sighting, without what links say of themselves (MLD, DAD, router solicitations)."""
    names, numbers = host_names(plan), _Numbers()
    found: list[Event] = []
    for entry in entries:
        if isinstance(entry, Sighting):
            frame = dissect(entry.raw)
            if not is_noise(frame):
                found.append(_packet(entry, frame, names, numbers))
    return found


def host_names(plan: Plan) -> dict[str, str]:
    """The host of each address in the plan: on the wire, and on the cables."""
    names = {address_of(plan, host.name, family): host.name for host in plan.hosts for family in ("ipv4", "ipv6")}
    for place, cable in enumerate(plan.cables, 1):
        for end, name in enumerate(cable.between, 1):
            names |= {f"10.{place}.0.{end}": name, str(ip_address(f"fd00:{place}::{end}")): name}
    return names


def _packet(seen: Sighting, frame: Frame, names: dict[str, str], numbers: _Numbers) -> Packet:
    src, dst = _ends(seen, frame, names)
    seq, ack = numbers.relative(frame) if frame.proto == "tcp" else (0, 0)
    tags = seen.tags if seen.medium == "wire" else (seen.medium, *seen.tags)
    return Packet(
        at_ns=seen.at_ns, who="wire", source=f"frame {seen.frame}", phase=_PHASES[seen.phase], src=src, dst=dst,
        sport=frame.sport, dport=frame.dport, family=frame.family or "ipv4", proto=frame.proto, flags=frame.flags,
        seq=seq, ack=ack, size=frame.size, window=frame.window, data="" if frame.info else data_text(frame.data),
        info=frame.info, frame=seen.frame, tags=tags,
    )  # fmt: skip


def _ends(seen: Sighting, frame: Frame, names: dict[str, str]) -> tuple[str, str]:
    """Whose addresses the packet bears. On a hop between two others, it is between those that the hop joins."""
    return _end(frame.src, seen.sender, names), _end(frame.dst, seen.receiver, names)


def _end(address: str, station: str, names: dict[str, str]) -> str:
    owner = names.get(address, "")
    if owner and (owner == station or station not in names.values()):
        return owner
    return station if owner or _means_any(address) else address


def _means_any(address: str) -> bool:
    """Whether the address tells nobody apart: none, a group, or the machine's own."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return True
    return parsed.is_multicast or parsed.is_loopback or parsed.is_unspecified or parsed.is_link_local


class _Numbers:
    """Sequence numbers counted from the first SYN of each direction."""

    def __init__(self) -> None:
        self._first: dict[tuple[End, End], int] = {}

    def relative(self, frame: Frame) -> tuple[int, int]:
        there = ((frame.src, frame.sport), (frame.dst, frame.dport))
        back = (there[1], there[0])
        if "S" in frame.flags:
            self._begin(there, back, frame)
        seq = _difference(frame.seq, self._first.get(there, 0))
        return seq, _difference(frame.ack, self._first.get(back, 0)) if "A" in frame.flags else 0

    def _begin(self, there: tuple[End, End], back: tuple[End, End], frame: Frame) -> None:
        """A SYN with another number than the last begins a new connection on the same ports."""
        if "A" not in frame.flags and self._first.get(there, frame.seq) != frame.seq:
            self._first.pop(back, None)
            self._first[there] = frame.seq
        self._first.setdefault(there, frame.seq)


def _difference(number: int, first: int) -> int:
    """`number - first` as TCP counts, negative for what lies before; absolute where no SYN was seen."""
    if not first:
        return number
    distance = (number - first) % WRAP
    return distance - WRAP if distance >= WRAP // 2 else distance


_PHASES: dict[str, Phase] = {"sent": "sent", "arrived": "arrived", "dropped": "dropped"}
