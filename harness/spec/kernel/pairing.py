"""Which sockets of which programs are ends of connections, and by which ports the wire knows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.events import Accept, Bind, Connect, GetSockName, Packet, Socket
from harness.flows import PENDING, port_of
from harness.spec.kernel.ends import End
from harness.trace import Trace


def ends(trace: Trace) -> tuple[End, ...]:
    """All ends of all programs whose ports are known; those of a port pair that was used twice are left out."""
    return trace.remember("ends", lambda: tuple(_ends(trace)))


def standing(trace: Trace) -> tuple[End, ...]:
    """The ends that were connected, and whose segments tell all that was delivered."""
    return tuple(end for end in ends(trace) if end.stood and not any(map(_is_unclear, end.arrived)))


def _is_unclear(packet: Packet) -> bool:
    """Whether the kernel may have dropped it for what the lab changed, or taken data with a SYN (TCP Fast Open)."""
    return "rewritten" in packet.tags or ("S" in packet.flags and packet.size > 0)


def _ends(trace: Trace) -> list[End]:
    made: list[tuple[Accept | Connect, int, int]] = [*_accepted(trace), *_connected(trace)]
    pairs = [(call.who, near, far) for call, near, far in made]
    uses = Counter(pairs)
    return [End(trace, *one) for one, pair in zip(made, pairs, strict=True) if all(pair) and uses[pair] == 1]


def _accepted(trace: Trace) -> Iterator[tuple[Accept, int, int]]:
    for accept in trace.of(Accept, error=""):
        yield accept, listening_port(trace, accept.who, accept.sock), port_of(accept.address)


def listening_port(trace: Trace, who: str, sock: str) -> int:
    """The port of a listener, from what it was bound to or was told that it has; 0 if neither was seen."""
    named: list[Bind | GetSockName] = [*trace.of(Bind, sock=sock, who=who), *trace.of(GetSockName, sock=sock, who=who)]
    return next((port for call in named if not call.error and (port := port_of(call.address))), 0)


def _connected(trace: Trace) -> Iterator[tuple[Connect, int, int]]:
    """The first connect() of each socket, with the port from which its SYN left."""
    streams = {(event.who, event.sock) for event in trace.of(Socket, type="stream")}
    taken: set[tuple[str, int, int]] = set()
    begun: set[tuple[str, str]] = set()
    for call in trace.of(Connect):
        far, key = port_of(call.address), (call.who, call.sock)
        if far and key in streams and key not in begun and call.error in {"", *PENDING}:
            begun.add(key)
            near = _own_port(trace, call, far, taken)
            taken.add((call.who, near, far))
            yield call, near, far


def _own_port(trace: Trace, call: Connect, far: int, taken: set[tuple[str, int, int]]) -> int:
    left = trace.after(call).each(Packet, phase="sent", flags="S", src=call.who, dport=far)
    return next((packet.sport for packet in left if (call.who, packet.sport, far) not in taken), 0)
