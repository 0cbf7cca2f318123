"""How names become addresses, and what happens if they do not."""

from __future__ import annotations

from ipaddress import ip_address

from harness.attempt import attempts
from harness.clause import MUST, clause
from harness.events import Callback, DnsAnswer, DnsQuery, Event, Send, Unwatch, Wait, Watch
from harness.spec.toy9.threads import dns_calls, loop_pid
from harness.trace import Trace, View
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

REASON = {
    "NXDOMAIN": "EAI_NONAME",
    "FORMERR": "EAI_NONAME",
    "NODATA": "EAI_NODATA",
    "SERVFAIL": "EAI_AGAIN",
    "REFUSED": "EAI_AGAIN",
    "silence": "EAI_AGAIN",
    "truncated": "EAI_AGAIN",
    "wrong-id": "EAI_AGAIN",
    "garbage": "EAI_AGAIN",
}
"""What getaddrinfo() of glibc makes of what the name server does (measured, glibc 2.36)."""


@clause(
    "T9-23",
    force=MUST,
    needs={"subject", "lab"},
    per="trace",
    says="A name that cannot be resolved is announced as the resolver's reason, and no connection is started.",
    why="'No such name' and 'ask again later' call for opposite reactions.",
    source="toy9 spec, Scope 5; getaddrinfo(3), EAI_*; catalogue 111, 112",
)
def unresolved_is_announced(trace: Trace) -> Verdict:
    told = trace.first(Callback, who=trace.subject, name="errorEncountered")
    answers = [answer for answer in trace.of(DnsAnswer) if answer.type in ("A", "AAAA")]
    resolved = any(answer.outcome == "NOERROR" and answer.answers for answer in answers)
    unresolved = bool(answers) and not resolved
    if not unresolved and not (told and told.args.startswith("EAI_")):
        return not_applicable("the name was resolved" if resolved else "no name was asked for")
    if told and told.args == "ETIMEDOUT":
        return not_applicable("the subject's own timer was faster than the resolver")
    started = attempts(trace)
    if started:
        return failed("a connection was started although the name was not resolved", *answers[-1:], started[0].connect)
    if told is None:
        return failed_by_absence("the name was not resolved, and nothing was announced", *answers[-1:])
    reasons = {REASON[answer.outcome] for answer in answers if answer.outcome in REASON}
    if not told.args.startswith("EAI_") or (reasons and told.args not in reasons):
        return failed(
            f"the resolver's reason is {' or '.join(sorted(reasons)) or 'another'}, announced was {told.args}", told
        )
    return passed(*answers[-1:], told)


@clause(
    "T9-24",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="Name resolution does not block the loop.",
    why="getaddrinfo() takes ten seconds where the name server is silent, and every other connection stands still.",
    source="getaddrinfo(3); catalogue 115",
)
def resolving_does_not_block(trace: Trace) -> Verdict:
    if trace.blocking:
        return not_applicable("the case asks for a blocking connect")
    asked = dns_calls(trace)
    if not asked:
        return not_applicable("no name server was asked")
    own = next((call for call in asked if call.pid == loop_pid(trace)), None)
    if own is None:
        return passed_by_absence(asked[0])
    wait = _wait_for_answer(trace.after(own), own)
    if wait and _is_asynchronous(trace.before(wait), own, wait):
        return passed(own, wait)
    return failed("the thread that runs the loop asks the name server and waits for nothing else", own)


def _wait_for_answer(later: View, asked: Send) -> Wait | None:
    return later.first(Wait, who=asked.who, pid=asked.pid)


def _is_asynchronous(before: View, asked: Send, wait: Wait) -> bool:
    """A resolver within the loop watches its socket beside others or by epoll; the C library polls it alone."""
    if wait.poller != "poll":
        return before.last(Watch, sock=asked.sock, poller=wait.poller) is not None
    watched: set[str] = set()
    for call in before:
        if isinstance(call, Watch) and call.poller == wait.poller:
            watched.add(call.sock)
        elif isinstance(call, Unwatch) and call.poller == wait.poller:
            watched.discard(call.sock)
    return asked.sock in watched and len(watched) > 1


@clause(
    "T9-30",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A literal address is connected to without asking a resolver.",
    why="Where the name server is silent, a connection to an address that is known would wait for nothing.",
    source="getaddrinfo(3), AI_NUMERICHOST; catalogue 119",
)
def a_literal_needs_no_resolver(trace: Trace) -> Verdict:
    target = trace.setting("target").rpartition(" ")[0]
    if not is_literal(target):
        return not_applicable("the target is a name, or not known")
    asked: list[Event] = [*dns_calls(trace)[:1], *trace.of(DnsQuery)[:1]]
    if asked:
        return failed(f"a name server was asked although the target is {target}", *asked)
    return passed_by_absence(*(attempt.connect for attempt in attempts(trace)[:1]))


def is_literal(host: str) -> bool:
    """Whether a host is written as an address."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
