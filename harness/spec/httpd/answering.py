"""How requests are answered: each, once, in their order."""

from __future__ import annotations

from itertools import pairwise

from harness.clause import MUST, clause
from harness.events import Close, Event, Exit, Recv, Send, ShutDown
from harness.spec.httpd.served import Served, Told, next_wait, served
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, inconclusive, merge, not_applicable, passed_by_absence

EXPECTS = "expect: 100-continue"


@clause(
    "HT-10",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="Each request that has arrived is answered exactly once, unless its connection breaks or its stream is reset.",
    why="A request that is dropped leaves its client waiting; pipelined ones are lost where the rest of a read is.",
    source="RFC 9112, section 9.3.2; catalogue 108",
)
def each_request_is_answered(trace: Trace) -> Verdict:
    verdicts = [_is_answered(one) for one in served(trace) if one.requests]
    return merge(verdicts) if verdicts else not_applicable("nothing was asked for")


def _is_answered(one: Served) -> Verdict:
    answered = [answer.number for answer in one.answers]
    for request in one.requests:
        if answered.count(request.number) > 1:
            return failed("a request was answered twice", request.fact)
        if request.number not in answered and not (one.broken or _is_given_up(one, request)):
            reason = f"request {one.place}.{request.number} was never answered"
            if one.closed or one.trace.first(Exit, who=one.trace.subject):
                return failed_by_absence(reason, request.fact, *([one.closed] if one.closed else []))
            return inconclusive(f"{reason} when the case ended", request.fact)
    for answer in one.answers:
        wait = next_wait(one.trace, answer.fact)
        if wait and not one.broken and not one.between(answer.fact, wait).first(Send) and not _is_waiting(one, wait):
            return failed("an answer was announced and not written before the next wait", answer.fact, wait)
    return passed_by_absence(one.requests[0].fact)


def _is_given_up(one: Served, request: Told) -> bool:
    """Whether the client took it back, or broke its stream or the whole connection: with HTTP/2 nobody waits then."""
    goaway = one.fact("goaway")
    is_broken = goaway is not None and not goaway.text.endswith(" NO_ERROR")
    return is_broken or any(reset.number == request.number for reset in one.resets)


def _is_waiting(one: Served, wait: Event) -> bool:
    """Whether output of this connection was waiting already, so that what is new has to wait behind it."""
    last = one.before(wait).last(Send)
    return last is not None and (bool(last.error) or last.result < last.size)


@clause(
    "HT-11",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="On a connection of HTTP/1, answers are given in the order of the requests.",
    why="Nothing but the order tells the client which answer belongs to which request.",
    source="RFC 9112, section 9.3.2; catalogue 109",
)
def answers_keep_the_order(trace: Trace) -> Verdict:
    several: list[Event] = []
    for one in served(trace):
        answers = [answer for answer in one.answers if answer.is_ordered]
        for before, after in pairwise(answers):
            if after.number < before.number:
                return failed(f"request {after.number} was answered after {before.number}", before.fact, after.fact)
            several.append(after.fact)
    return passed_by_absence(*several[:1]) if several else not_applicable("no connection had several answers")


@clause(
    "HT-12",
    force=MUST,
    needs={"syscall", "subject"},
    per="trace",
    says="After a refusal the server ends its side, and closes only when the client has ended or time has passed.",
    why="A socket that is closed with unread input sends a reset, which may destroy the answer on its way.",
    source="RFC 9112, section 9.6; RFC 1122, section 4.2.2.13",
)
def a_refusal_arrives(trace: Trace) -> Verdict:
    refused: list[Event] = []
    for one in served(trace):
        refusal = next((request for request in one.requests if request.text.startswith("refused")), None)
        if refusal is None or one.broken or one.closed is None:
            continue
        if one.eof is None and one.before(one.closed).first(ShutDown) is None:
            return failed("the connection was closed while the client might still send", refusal.fact, one.closed)
        late = next((request for request in one.requests if request.number > refusal.number), None)
        if late:
            return failed("a request was taken after a refusal", refusal.fact, late.fact)
        refused.append(refusal.fact)
    return passed_by_absence(*refused[:1]) if refused else not_applicable("nothing was refused")


@clause(
    "HT-13",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A client that expects it is told to continue, or what it wants is refused, before the next wait.",
    why="It keeps the body back until then: server and client would wait for each other.",
    source="RFC 9110, section 10.1.1",
)
def the_expectation_is_met(trace: Trace) -> Verdict:
    met: list[Event] = []
    for one in served(trace):
        for read in one.each(Recv, error=""):
            if not read.data.lower().startswith(EXPECTS):
                continue
            wait = next_wait(trace, read)
            until = one.between(read, wait)
            if wait and not (until.first(Send) or until.first(Close)):
                return failed("the server waited without a word to a client that waits for one", read, wait)
            met.append(read)
    return passed_by_absence(*met[:1]) if met else not_applicable("nobody expected to be told to continue")
