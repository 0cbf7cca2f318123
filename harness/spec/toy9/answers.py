"""What is made of the name server's answers: which address is dialled, and which question is not asked again."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from harness.attempt import attempts
from harness.clause import HOUSE, MUST, clause
from harness.events import DnsAnswer, DnsQuery, Event
from harness.spec.toy9.resolving import is_literal
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed_by_absence

FOR_GOOD = frozenset({"NXDOMAIN", "NODATA"})
"""Answers that are true a moment later too."""


@clause(
    "T9-60",
    force=MUST,
    needs={"syscall", "lab"},
    per="trace",
    says="A name is dialled at an address that was given for it, in an answer to the question that was asked.",
    why="An answer with another number, or from an earlier question, is how a client is led to a stranger.",
    source="RFC 5452, 9; catalogue 15, 118",
)
def the_address_was_given(trace: Trace) -> Verdict:
    answers = [answer for answer in trace.of(DnsAnswer) if answer.type in ("A", "AAAA")]
    dialled = [attempt.connect for attempt in attempts(trace)]
    if not answers or not dialled or is_literal(trace.setting("target").rpartition(" ")[0]):
        return not_applicable("no name was looked up and dialled")
    given = {plain(one) for answer in answers if answer.outcome == "NOERROR" for one in answer.answers.split()}
    for connect in dialled:
        host = connect.address.rpartition(":")[0].strip("[]")
        if plain(host) not in given:
            return failed(f"{host} was dialled, given were {', '.join(sorted(given)) or 'none'}", answers[-1], connect)
    return passed_by_absence(answers[-1], *dialled)


def plain(address: str) -> str:
    """One spelling for each address; one of IPv4 that is mapped into IPv6 is still of IPv4."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str((isinstance(read, IPv6Address) and read.ipv4_mapped) or read)


@clause(
    "T9-61",
    force=HOUSE,
    needs={"lab"},
    per="trace",
    says="What the name server has denied is not asked again, where every question so far was answered so.",
    why="A name that does not exist will not exist a second later: asking on only loads the name server, for ever.",
    source="RFC 2308, 5; catalogue 111, 112, 118",
)
def a_denial_is_believed(trace: Trace) -> Verdict:
    denied: dict[tuple[str, str], Event] = {}
    for event in trace:
        if isinstance(event, DnsAnswer) and event.outcome in FOR_GOOD:
            denied[event.name, event.type] = event
        elif isinstance(event, DnsAnswer):
            return not_applicable("the name server did more than deny")
        elif isinstance(event, DnsQuery) and (event.name, event.type) in denied:
            return failed(f"{event.name} was asked for again", denied[event.name, event.type], event)
    return passed_by_absence(*denied.values()) if denied else not_applicable("nothing was denied")
