"""How the C library asks a name server: which questions, how often, and by what.

The lab's name server says what it was asked and what it answered; the wire says when questions left, and from where.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from harness.clause import MUST, clause
from harness.events import Connect, DnsAnswer, DnsQuery, Event, Packet
from harness.trace import Trace, View, grouped
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

DNS = 53
FINAL = frozenset({"NOERROR", "NXDOMAIN", "FORMERR", "NODATA", "dangling", "loop"})
"""Answers after which glibc asks nobody again; SERVFAIL and REFUSED are for another try, if there is one."""

NO_ANSWER = frozenset({"silence", "wrong-id"})
SHORTEST_NS = 900_000_000
"""The shortest timeout that resolv.conf(5) knows, with a tenth allowed for the clock."""

NO_QUESTION = "no name server was asked"


@clause(
    "K-78",
    force=MUST,
    needs={"wire"},
    per="trace",
    says="Whoever asks for both types of address sends both questions before there is an answer to either.",
    why="One after the other would take two round trips, and twice the timeout of a server that is silent.",
    source="glibc, resolv/res_send.c, send_dg; resolv.conf(5), single-request; catalogue 0.5",
)
def both_at_once(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for asked in _by_port(_questions(trace)):
        types = list(dict.fromkeys(packet.info.split("?")[0] for packet in asked))
        answer = trace.after(asked[0]).first(Packet, phase="arrived", proto="udp", sport=DNS, dport=asked[0].sport)
        if len(types) < 2 or not _is_first_try(trace, asked[0]):
            continue
        other = next(packet for packet in asked if packet.info.startswith(f"{types[1]}?"))
        if answer and trace.number(other) > trace.number(answer):
            return failed(f"{other.info} was asked after the answer to {asked[0].info}", asked[0], answer, other)
        seen += [asked[0], other]
    return passed(*seen) if seen else not_applicable("no name was asked for by both types from one port")


@clause(
    "K-79",
    force=MUST,
    needs={"wire", "lab"},
    per="trace",
    says="A question is not asked again from the same port when all answers for its name had come and were final.",
    why="That a name does not exist will be as true in a second.",
    source="glibc, resolv/res_query.c; catalogue 0.5, NXDOMAIN, FORMERR and NODATA; catalogue 111, 112",
)
def final_is_final(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for name in dict.fromkeys(answer.name for answer in trace.of(DnsAnswer)):
        asked = _questions_for(trace).get(name, [])
        if not _outcomes(trace)[name] <= FINAL:
            continue
        for one, other in pairwise(sorted(asked, key=lambda packet: (packet.sport, packet.info, packet.at_ns))):
            if (one.sport, one.info) == (other.sport, other.info) and _is_answered(trace, asked, other):
                return failed(f"{one.info} was asked twice, and every answer was final", one, other)
        seen += asked
    return passed_by_absence(*seen) if seen else not_applicable("no name had final answers alone")


@clause(
    "K-80",
    force=MUST,
    needs={"wire", "lab"},
    per="trace",
    says="A question that was not answered is repeated no sooner than a second later.",
    why="An answer with another question's id is none: whoever took it for one could be told anything by anybody.",
    source="resolv.conf(5), timeout; RFC 5452, 4.3; catalogue 0.5, silence and wrong transaction id",
)
def silence_is_waited_out(trace: Trace) -> Verdict:
    seen: list[Event] = []
    for question in trace.of(DnsQuery):
        again = trace.after(question).first(DnsQuery, name=question.name, type=question.type)
        answer = trace.after(question).first(DnsAnswer, name=question.name, type=question.type)
        if again is None or answer is None or not _outcomes(trace)[question.name] <= NO_ANSWER:
            continue
        if again.at_ns - question.at_ns < SHORTEST_NS:
            return failed("the question was repeated at once, and nothing had been answered", question, answer, again)
        seen += [question, again]
    return passed(*seen) if seen else not_applicable("no question was repeated for want of an answer")


@clause(
    "K-81",
    force=MUST,
    needs={"wire", "lab"},
    per="trace",
    says="An answer that was cut off is asked for again by TCP, and nothing is asked by TCP otherwise.",
    why="Half an answer may lack the one address that works; a connection for each question costs three round trips.",
    source="RFC 1123, 6.1.3.2; RFC 7766, 5; catalogue 0.5, TC=1; catalogue 118",
)
def truncated_goes_by_tcp(trace: Trace) -> Verdict:
    cut = next(iter(_truncated(trace)), None)
    syns = [packet for packet in trace.of(Packet, phase="sent", flags="S", dport=DNS) if not packet.tags]
    early = next((syn for syn in syns if cut is None or trace.number(syn) < trace.number(cut)), None)
    if early and _questions(trace):
        return failed("a connection was made to the name server, and no answer had been cut off", early)
    if cut is None:
        return passed_by_absence(*_questions(trace)[:1]) if _questions(trace) else not_applicable(NO_QUESTION)
    if not syns:
        return failed_by_absence("the answer was cut off, and nothing was asked by TCP", cut)
    return passed(cut, syns[0])


@clause(
    "K-82",
    force=MUST,
    needs={"syscall", "lab"},
    per="trace",
    says="Nobody connects to an address that came with another question's id, unless a proper answer has it too.",
    why="The id, and the port, are all that tells a name server's answer from anybody's.",
    source="RFC 5452, 4.3; catalogue 118",
)
def forged_is_not_used(trace: Trace) -> Verdict:
    forged = [answer for answer in trace.of(DnsAnswer, outcome="wrong-id") if answer.answers]
    proper = {address for answer in trace.of(DnsAnswer, outcome="NOERROR") for address in answer.answers.split()}
    for answer in forged:
        later = [_connects(trace, host).after(answer) for host in set(answer.answers.split()) - proper]
        calls = [call for connects in later if (call := connects.first(Connect))]
        used = min(calls, key=trace.number, default=None)
        if used:
            return failed("an address of a forged answer was connected to", answer, used)
    return passed_by_absence(*forged) if forged else not_applicable("no answer with a wrong id had an address in it")


def _questions(trace: Trace) -> list[Packet]:
    """The questions that left as datagrams: `A? good.lab`."""
    sent = trace.each(Packet, phase="sent", proto="udp", dport=DNS)
    return trace.remember("questions", lambda: [packet for packet in sent if "? " in packet.info])


def _questions_for(trace: Trace) -> dict[str, list[Packet]]:
    """The questions for each name."""
    return trace.remember("questions for names", lambda: grouped(_questions(trace), _name))


def _by_port(questions: list[Packet]) -> Iterable[list[Packet]]:
    """Those that were asked for one name from one port together, in the order of the first."""
    return grouped(questions, lambda packet: (packet.sport, _name(packet))).values()


def _outcomes(trace: Trace) -> dict[str, set[str]]:
    """What was ever answered for each name."""

    def find() -> dict[str, set[str]]:
        answers = grouped(trace.of(DnsAnswer), lambda answer: answer.name)
        return {name: {answer.outcome for answer in given} for name, given in answers.items()}

    return trace.remember("outcomes", find)


def _connects(trace: Trace, host: str) -> View:
    """The connects to this host, whoever made them."""
    hosts = trace.remember("connects to hosts", lambda: grouped(trace.of(Connect), lambda call: _host(call.address)))
    return trace.part([trace.number(call) for call in hosts.get(host, ())])


def _name(packet: Packet) -> str:
    return packet.info.partition("? ")[2]


def _is_first_try(trace: Trace, question: Packet) -> bool:
    """glibc falls back to one question after the other when the first try of both was not answered."""
    return _questions_for(trace)[_name(question)][0] is question


def _is_answered(trace: Trace, asked: list[Packet], other: Packet) -> bool:
    """Whether every question from that port had its answer when this one was asked."""
    earlier = {one.info for one in asked if one.sport == other.sport and trace.number(one) < trace.number(other)}
    answers = trace.before(other).count(Packet, phase="arrived", proto="udp", sport=DNS, dport=other.sport)
    return answers >= len(earlier)


def _truncated(trace: Trace) -> list[DnsAnswer]:
    return [answer for answer in trace.of(DnsAnswer) if answer.outcome.startswith("truncated")]


def _host(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")
