"""How a client connects: what it waits for, what it is told, and when it believes it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.clause import MUST, clause
from harness.events import Close, Connect, Event, Fact, GetPeerName, GetSockOpt, Ready, Send, State, bits
from harness.spec.readiness.parts import Dial, dials, next_wait, of_each
from harness.trace import Trace
from harness.verdict import Verdict, failed, merge, not_applicable, passed, passed_by_absence

NOBODY = "the subject connects to nobody"
NOT_AWAITED = "no outcome was left to be awaited"


def _pending(trace: Trace) -> list[Dial]:
    return [dial for dial in dials(trace) if dial.in_progress]


@clause(
    "RD-01",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="The client's socket does not block when it connects.",
    why="connect() would hold up everything else for as long as the handshake takes, minutes at worst.",
    source="readiness spec, Client side 1; connect(2)",
)
def the_client_does_not_block(trace: Trace) -> Verdict:
    return of_each((_does_not_block(dial) for dial in dials(trace)), NOBODY)


def _does_not_block(dial: Dial) -> Verdict:
    if dial.does_not_block(dial.call):
        return passed(dial.call)
    return failed("connect() was called on a socket that blocks", dial.call)


@clause(
    "RD-02",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="While the handshake is under way the client waits for its socket to become writable.",
    why="Writability is how the kernel tells the outcome; a server that says nothing never makes a socket readable.",
    source="readiness spec, Client side 2; connect(2), EINPROGRESS; catalogue 2",
)
def the_client_waits_for_room(trace: Trace) -> Verdict:
    return of_each((_waits_for_room(dial) for dial in _pending(trace)), NOT_AWAITED)


def _waits_for_room(dial: Dial) -> Verdict:
    wait = next_wait(dial.trace, dial.call)
    known = dial.calls.after(dial.call).first(GetSockOpt, option="SO_ERROR") or dial.calls.first(Close)
    if wait is None or (known and dial.trace.number(known) < dial.trace.number(wait)):
        return not_applicable("nothing was awaited")
    if "OUT" in dial.interest(wait):
        return passed(dial.call, wait)
    return failed("the client waited, and not for room", dial.call, wait)


@clause(
    "RD-03",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="The client is told writable, and says that it is connected, only after the SYN-ACK has arrived.",
    why="The handshake is over for the client with the SYN-ACK, which it answers with the last ACK, and not before.",
    source="readiness spec, Client side 3 and Diagram; RFC 9293, 3.5; scenario handshake",
)
def connected_after_the_syn_ack(trace: Trace) -> Verdict:
    on_the_wire = [dial for dial in _pending(trace) if dial.own_port]
    if not on_the_wire:
        return not_applicable("no handshake was seen on the wire")
    return merge(_told_after_the_answer(dial) for dial in on_the_wire)


def _told_after_the_answer(dial: Dial) -> Verdict:
    told = list(_tellings(dial))
    early = [event for event in told if not dial.answer or _is_before(dial.trace, event, dial.answer)]
    if early:
        return failed("no SYN-ACK had arrived by then", dial.call, *early[:1])
    return passed(dial.answer, *told[:1]) if dial.answer and told else not_applicable("nothing was told of success")


def _tellings(dial: Dial) -> Iterator[Event]:
    """Whatever says that this connection stands: readiness without an error, the journal."""
    after = dial.calls.after(dial.call).each(Ready)
    yield from (ready for ready in after if "OUT" in bits(ready.mask) and _is_good(dial, ready))
    if len(dials(dial.trace)) == 1:
        yield from dial.trace.of(State, who=dial.trace.subject, new="connected")


def _is_good(dial: Dial, ready: Ready) -> bool:
    """select() shows a failure like a success: what SO_ERROR says next tells them apart."""
    asked = dial.calls.after(ready).first(GetSockOpt, option="SO_ERROR")
    return not bits(ready.mask) & {"ERR", "HUP"} and (asked is None or asked.value == "0")


def _is_before(trace: Trace, event: Event, other: Event) -> bool:
    return trace.number(event) < trace.number(other)


@clause(
    "RD-04",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="The client asks the kernel for the outcome before it says that it is connected.",
    why="A refused socket is writable too; only SO_ERROR tells the two apart.",
    source="connect(2), EINPROGRESS; socket(7), SO_ERROR; catalogue 1",
)
def the_outcome_is_asked_for(trace: Trace) -> Verdict:
    said = trace.first(State, who=trace.subject, new="connected")
    pending = _pending(trace)
    if said is None or len(pending) != 1:
        return not_applicable("nobody said that one pending connection stands")
    calls = pending[0].calls.between(pending[0].call, said)
    ways: tuple[Event | None, ...] = (
        calls.first(GetSockOpt, option="SO_ERROR", value="0"), calls.first(GetPeerName, error=""),
        calls.first(Connect, error=""), calls.first(Connect, error="EISCONN"),
    )  # fmt: skip
    asked = next(filter(None, ways), None)
    return passed(asked, said) if asked else failed("nothing was asked of the kernel by then", pending[0].call, said)


@clause(
    "RD-05",
    force=MUST,
    needs={"syscall", "wire"},
    per="trace",
    says="Before the SYN-ACK has arrived nothing is written, but what goes with the SYN itself.",
    why="There is no connection to write to: the kernel refuses it, and whoever believes otherwise loses the data.",
    source="readiness spec, Client side 2; send(2), EAGAIN; RFC 7413",
)
def nothing_is_written_before(trace: Trace) -> Verdict:
    return of_each((_nothing_written(dial) for dial in _pending(trace) if dial.own_port), NOT_AWAITED)


def _nothing_written(dial: Dial) -> Verdict:
    writes = dial.calls.after(dial.call).each(Send)
    first = next(writes, None)
    if first is None:
        return not_applicable("nothing was written")
    if dial.answer and _is_before(dial.trace, dial.answer, first):
        return passed(dial.answer, first)
    return failed("the SYN-ACK had not arrived", dial.call, first)


@clause(
    "RD-06",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="What was queued is handed to the kernel once, with the SYN or after the handshake.",
    why="Data that sendto() took with the SYN is sent again by the kernel where the server did not accept it.",
    source="RFC 7413, 4.2.2; send(2), MSG_FASTOPEN; scenario fast-open-ignored",
)
def sent_once(trace: Trace) -> Verdict:
    queued = trace.first(Fact, who=trace.subject, name="queued")
    if queued is None or not queued.text.isdecimal() or len(dials(trace)) != 1:
        return not_applicable("the journal does not say what one client had to send")
    sends = dials(trace)[0].calls.of(Send, error="")
    taken, meant = sum(send.result for send in sends), int(queued.text)
    if taken > meant:
        return failed(f"the kernel was given {taken} bytes, {meant} were queued", queued, *sends)
    return passed_by_absence(queued, *sends) if sends else not_applicable("nothing was sent")
