"""Branches: where the kernel may do one of several lawful things, which of them was seen, and by which witness.

A clause accepts every branch; a run tells which were never taken, because what was never taken was never tested.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.attempt import Attempt, attempts
from harness.events import Callback, Counter, Event, GetSockOpt, Packet, Ready, Recv, Send, TcpState, bits
from harness.trace import Trace, View

Witness = tuple[Event, ...]

LOCKED = "TcpExtLockDroppedIcmps"
ICMP = frozenset({"icmp", "icmp6", "icmpv6"})


def branches(trace: Trace) -> tuple[str, ...]:
    """The names of the branches that were taken, in the order of BRANCHES."""
    return tuple(witnesses(trace))


def witnesses(trace: Trace) -> dict[str, Witness]:
    """For each branch that was taken, the events that show it."""
    return {name: seen for name, (_, find) in BRANCHES.items() if (seen := find(trace))}


def siblings(name: str) -> frozenset[str]:
    """The branches that exclude each other with this one, itself included; ValueError for an unknown name."""
    family = next((family for family in FAMILIES if name in family), None)
    if family is None:
        raise ValueError(f"no branch is called {name}; known are {', '.join(BRANCHES)}")
    return family


def _icmp_at_once(trace: Trace) -> Witness:
    return _first(trace, _killed_by_icmp) if not _locked(trace) else ()


def _icmp_while_locked(trace: Trace) -> Witness:
    risen = _locked(trace)
    return (*risen, *_first(trace, _error_alone)) if risen else _first(trace, _error_alone)


def _locked(trace: Trace) -> Witness:
    return tuple(trace.of(Counter, who=trace.subject, name=LOCKED)[:1])


def _killed_by_icmp(attempt: Attempt) -> Witness:
    """An ICMP message arrived and made the socket ready, while the kernel's counter of ignored ones stood still.

    Without that counter the poller's mask tells: only a dead socket hangs up.
    """
    ready = attempt.first_readiness
    icmp = _icmp_before(attempt, ready) if attempt.in_progress and ready else None
    if ready is None or icmp is None or not ("kernel" in attempt.trace.points or "HUP" in bits(ready.mask)):
        return ()
    state = attempt.after(icmp).first(TcpState, old="SYN_SENT")
    return (icmp, ready, *([state] if state else []))


def _error_alone(attempt: Attempt) -> Witness:
    """The poller says ERR and nothing else, which no dead TCP socket does."""
    ready = attempt.first_readiness
    alone = attempt.in_progress and ready is not None and bits(ready.mask) == {"ERR"}
    return (ready,) if alone and ready else ()


def _icmp_before(attempt: Attempt, ready: Ready) -> Packet | None:
    trace = attempt.trace
    return trace.remember("icmp", lambda: _icmp_arrived(trace)).between(attempt.connect, ready).last(Packet)


def _icmp_arrived(trace: Trace) -> View:
    arrived = trace.each(Packet, phase="arrived", dst=trace.subject)
    return trace.part([trace.number(packet) for packet in arrived if packet.proto in ICMP])


def _reset_first(attempt: Attempt) -> Witness:
    """The reset was there before the subject looked: SO_ERROR says so."""
    read = attempt.decision
    return (read,) if read and read.value == "ECONNRESET" else ()


def _reset_later(attempt: Attempt) -> Witness:
    """The connection stood, and a later call or callback told of the reset."""
    if attempt.established is None:
        return ()
    later = attempt.after(attempt.established)
    told = later.first(Recv, error="ECONNRESET") or later.first(Send, error="ECONNRESET")
    read = later.first(GetSockOpt, option="SO_ERROR", value="ECONNRESET")
    event = told or read or later.first(Callback, name="errorEncountered", args="ECONNRESET")
    return (attempt.established, event) if event else ()


def _connected_at_once(attempt: Attempt) -> Witness:
    return (attempt.connect,) if not attempt.connect.error and not attempt.trace.blocking else ()


def _in_progress(attempt: Attempt) -> Witness:
    return (attempt.connect,) if attempt.in_progress else ()


def _first(trace: Trace, find: Callable[[Attempt], Witness]) -> Witness:
    return next((seen for attempt in attempts(trace) if (seen := find(attempt))), ())


def _any(find: Callable[[Attempt], Witness]) -> Callable[[Trace], Witness]:
    return lambda trace: _first(trace, find)


BRANCHES: dict[str, tuple[str, Callable[[Trace], Witness]]] = {
    "connect-at-once": ("connect() itself returned success.", _any(_connected_at_once)),
    "connect-in-progress": ("connect() left the outcome to be awaited.", _any(_in_progress)),
    "icmp-at-once": ("An ICMP error killed the attempt as it arrived.", _icmp_at_once),
    "icmp-while-locked": (
        "An ICMP error arrived while connect() still held the socket: a soft error, and TCP goes on trying.",
        _icmp_while_locked,
    ),
    "reset-first": ("A reset arrived before the subject looked.", _any(_reset_first)),
    "reset-later": ("The subject saw the connection stand before it saw the reset.", _any(_reset_later)),
}
"""What each branch means, and how it is found."""

FAMILIES: tuple[frozenset[str], ...] = (
    frozenset({"connect-at-once", "connect-in-progress"}),
    frozenset({"icmp-at-once", "icmp-while-locked"}),
    frozenset({"reset-first", "reset-later"}),
)
"""Branches of one situation: the kernel takes one of each family."""
