"""What the endpoints of a connection are, and when they are told."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import Call, Event, Fact, GetPeerName, GetSockName, Packet
from harness.flows import port_of
from harness.spec.toy9.deciding import NOT_ANNOUNCED
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

KERNEL_SAYS: tuple[tuple[str, type[GetSockName] | type[GetPeerName]], ...] = (
    ("local", GetSockName),
    ("remote", GetPeerName),
)
"""Which fact of the journal comes from which call."""


@clause(
    "T9-09",
    force=MUST,
    needs={"syscall", "subject"},
    says="After success getpeername() and getsockname() are called before connected is announced.",
    why="Whoever hears of the connection asks for its endpoints; and getpeername() unmasks a success that is none.",
    source="toy9 spec, Behavior 1 and Behavior 2; getpeername(2), ENOTCONN",
)
def both_names_are_asked_for(attempt: Attempt) -> Verdict:
    told, success = attempt.connected, _success(attempt)
    if told is None:
        return not_applicable(NOT_ANNOUNCED)
    asked = attempt.between(success, told)
    peer, own = asked.first(GetPeerName, error=""), asked.first(GetSockName, error="")
    if peer and own:
        return passed(*sorted((peer, own), key=attempt.number), told)
    missing = [name for name, call in (("getpeername()", peer), ("getsockname()", own)) if call is None]
    return failed_by_absence(f"connected was announced without {' and '.join(missing)}", told)


def _success(attempt: Attempt) -> Event:
    """From when on the names mean something: SO_ERROR = 0, or connect() itself."""
    read = attempt.decision
    return read if read and read.value == "0" else attempt.connect


@clause(
    "T9-10",
    force=MUST,
    needs={"syscall", "subject"},
    says="The endpoints announced are the ones the kernel gave; none are announced for an attempt that failed.",
    why="An address of the attempt before, or 0.0.0.0:0, sends whoever reads the log the wrong way.",
    source="toy9 spec, Outputs 3 and Success Criteria 1; catalogue 62",
)
def endpoints_are_the_kernels(attempt: Attempt) -> Verdict:
    told = [fact for name, _ in KERNEL_SAYS for fact in attempt.of(Fact, name=name)]
    if attempt.connected is None:
        if attempt.failed is None:
            return not_applicable("no outcome was announced")
        if told:
            return failed("endpoints were announced for an attempt that failed", *told)
        return passed_by_absence(attempt.failed)
    for name, call in KERNEL_SAYS:
        wrong = _differs(attempt, name, call)
        if wrong:
            return wrong
    return passed(*told)


def _differs(attempt: Attempt, name: str, call: type[Call]) -> Verdict | None:
    """What is wrong with the fact `name`, told by `call`, of an attempt that succeeded."""
    fact = attempt.first(Fact, name=name)
    if fact is None:
        return failed_by_absence(f"connected was announced without its {name} address")
    asked = attempt.after(attempt.connect).of(call, error="")
    given = [str(getattr(answer, "address", "")) for answer in asked]
    if not given:
        return failed_by_absence(f"the {name} address was announced without asking the kernel", fact)
    if _unscoped(fact.text) not in map(_unscoped, given):
        return failed(f"the {name} address is {given[0]}, announced was {fact.text}", asked[0], fact)
    return None


def _unscoped(address: str) -> str:
    """Without its scope, which has a name to some and a number to others: `[fe80::1%eth0]:9`, `[fe80::1%2]:9`."""
    host, percent, rest = address.partition("%")
    return host + "]" * bool(percent) + rest.partition("]")[2]


@clause(
    "T9-70",
    force=MUST,
    needs={"wire", "subject"},
    says="The endpoints announced are those of the packets on the wire.",
    why="Two programs that look for one connection in two logs find each other by these four numbers only.",
    source="toy9 spec, Outputs 3; catalogue 62",
)
def endpoints_are_on_the_wire(attempt: Attempt) -> Verdict:
    told = {name: fact for name, _ in KERNEL_SAYS if (fact := attempt.first(Fact, name=name))}
    syn = next((p for p in attempt.each(Packet, phase="sent", src=attempt.trace.subject) if p.sport and p.dport), None)
    if syn is None or not told:
        return not_applicable("no endpoint was announced, or no packet with ports left")
    for name, port in (("local", syn.sport), ("remote", syn.dport)):
        fact = told.get(name)
        if fact and port_of(fact.text) != port:
            return failed(f"the {name} port on the wire is {port}, announced was {fact.text}", syn, fact)
    return passed(syn, *told.values())
