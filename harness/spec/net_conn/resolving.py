"""From a name to addresses, and what becomes of each of them."""

from __future__ import annotations

from ipaddress import ip_address
from itertools import pairwise

from harness.attempt import Attempt, attempts
from harness.clause import MUST, clause
from harness.events import Close, DnsAnswer, DnsQuery, Event, Fact, GetSockOpt
from harness.spec.net_conn.story import FINAL, entered, follows, over
from harness.spec.toy9.threads import dns_calls, loop_pid
from harness.trace import Trace
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

NS_PER_MS = 1_000_000


@clause(
    "NC-05",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="A host that is written as an address is connected to without resolving.",
    why="Where the name server is silent, a connection to an address that is known would wait for nothing.",
    source="net_conn spec, Creating 1; getaddrinfo(3), AI_NUMERICHOST; catalogue 119",
)
def an_address_needs_no_resolver(trace: Trace) -> Verdict:
    target = trace.setting("target").rpartition(" ")[0]
    if not _is_address(target):
        return not_applicable("the target is a name, or not known")
    asked: list[Event] = [*dns_calls(trace)[:1], *trace.of(DnsQuery)[:1]]
    resolving = entered(trace, "resolving")
    if asked or resolving:
        return failed(f"{target} was to be resolved", *([resolving] if resolving else []), *asked)
    return passed_by_absence(*(attempt.connect for attempt in attempts(trace)[:1]))


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


@clause(
    "NC-06",
    force=MUST,
    needs={"syscall"},
    per="trace",
    says="The thread that runs the loop does not ask the name server itself and wait for its answer.",
    why="getaddrinfo() takes ten seconds where the name server is silent, and every other connection stands still.",
    source="net_conn spec, Goal 1; getaddrinfo(3); catalogue 115, 116",
)
def resolving_does_not_block(trace: Trace) -> Verdict:
    asked = dns_calls(trace)
    if not asked:
        return not_applicable("no name server was asked")
    own = next((call for call in asked if call.pid == loop_pid(trace)), None)
    if own:
        return failed("the thread that runs the loop asked the name server", own)
    return passed_by_absence(asked[0])


@clause(
    "NC-07",
    force=MUST,
    needs={"syscall", "subject", "lab"},
    per="trace",
    says="Every address of a name is tried once, in turn or each with its head start, until one takes the connection.",
    why="One dead address of a name is the commonest failure there is, and the others are there for it.",
    source="net_conn spec, Creating 2; RFC 1123, 2.3; RFC 8305, 5; catalogue 84, 85",
)
def every_address_is_tried(trace: Trace) -> Verdict:
    known = {address for answer in trace.of(DnsAnswer, outcome="NOERROR") for address in answer.answers.split()}
    tried = attempts(trace)
    if len(known) < 2 or not tried:
        return not_applicable("the name has no two addresses, or none was tried")
    hosts = [_host(attempt) for attempt in tried]
    if len(set(hosts)) < len(hosts):
        return failed("an address was tried twice", *(attempt.connect for attempt in tried))
    for before, after in pairwise(tried):
        if not _is_decided(before, after) and not _had_its_head_start(before, after):
            return failed("an address was tried before the one before it was decided", before.connect, after.connect)
    return _none_left_out(trace, known - set(hosts), tried)


def _host(attempt: Attempt) -> str:
    return attempt.connect.address.rpartition(":")[0].strip("[]")


def _is_decided(before: Attempt, after: Attempt) -> bool:
    """Failed at once, decided by SO_ERROR, or given up."""
    span = before.trace.between(before.connect, after.connect)
    decided = span.first(GetSockOpt, sock=before.socket, option="SO_ERROR") or span.first(Close, sock=before.socket)
    return before.failed_at_once or decided is not None


def _had_its_head_start(before: Attempt, after: Attempt) -> bool:
    """Timers can only be late; a tenth is allowed for the difference of two clocks."""
    granted = before.trace.setting("head_start_ms")
    took_ns = after.connect.at_ns - before.connect.at_ns
    return granted.isdecimal() and int(granted) > 0 and took_ns * 10 >= int(granted) * NS_PER_MS * 9


def _none_left_out(trace: Trace, untried: set[str], tried: tuple[Attempt, ...]) -> Verdict:
    """The connection's own timer is no excuse: an address that is silent has to leave time for the others."""
    ended = over(trace)
    stood = entered(trace, "tls_handshake", "ready")
    if ended and ended.new == "error" and stood is None and untried:
        last = tried[-1].connect
        return failed_by_absence(f"{' and '.join(sorted(untried))} was never tried", last, ended)
    return passed_by_absence(*(attempt.connect for attempt in tried))


@clause(
    "NC-29",
    force=MUST,
    needs={"subject", "lab"},
    per="trace",
    says="A name is asked for while others of the program, which no name server answers, are still waited for.",
    why="Four silent names hold all four threads of the usual pool, and then nobody finds anything for ten seconds.",
    source="net_conn spec, Goal 1; getaddrinfo(3); libuv, Thread pool work scheduling; catalogue 116",
)
def a_name_waits_for_no_other(trace: Trace) -> Verdict:
    resolving = entered(trace, "resolving")
    given_up = _given_up_unanswered(trace)
    if resolving is None or not given_up:
        return not_applicable("nothing was looked up, or nothing beside it that is never answered")
    name = trace.setting("target").rpartition(" ")[0]
    asked = trace.first(DnsQuery, name=name) or entered(trace, "connecting", *FINAL)  # known to a file, or not wanted
    early = next((fact for fact in given_up if follows(trace, fact, resolving)), None)
    if early and (asked is None or follows(trace, asked, early)):
        return failed(f"{name} was not asked for before another was given up", resolving, early)
    return passed(*(event for event in (resolving, asked, early) if event))


def _given_up_unanswered(trace: Trace) -> list[Fact]:
    """The ends of those beside the subject's own connection of whose names no name server told anything."""
    answered = {answer.name for answer in trace.of(DnsAnswer) if answer.outcome != "silence"}
    ends = trace.of(Fact, who=trace.subject, name="beside_over")
    return [fact for fact in ends if fact.text.partition(" ")[0] not in answered]
