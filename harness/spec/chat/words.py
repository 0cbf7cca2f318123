"""What is said and what is heard: by the journals of the clients, who know both.

A client that keeps a journal tells `said LINE` of each whole line that it writes and `got LINE` of each that it reads,
`garbled` if such a line was not fit for a terminal, and `leaving` or `ended` when it goes. A line that somebody said is
passed on as `[NAME] LINE`; what the room itself says begins with `* `.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property

from harness.clause import MUST, clause
from harness.events import Event, Fact
from harness.spec.chat.guests import guests
from harness.trace import Trace, grouped
from harness.verdict import Verdict, failed, failed_by_absence, not_applicable, passed, passed_by_absence

RELAYED = re.compile(r"\[[^\]]+\] (.*)", re.DOTALL)
NAMED = re.compile(r"\* you are (\S+) now")
ESCAPED = re.compile(r"\\x[0-9a-f]{2}")
SILENT = "no client keeps a journal"
DEFAULT_LONGEST = 1 << 30


def plain(text: str) -> str:
    """What of a line does not depend on how it is made fit for a terminal."""
    return "".join(letter for letter in ESCAPED.sub("", text) if "!" <= letter <= "~")


class Talker:
    """One client that keeps a journal."""

    def __init__(self, trace: Trace, who: str) -> None:
        self.trace, self.who = trace, who
        self.facts = trace.of(Fact, who=who)

    def of(self, *names: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.name in names]

    @cached_property
    def welcome(self) -> Fact | None:
        """The first thing that it heard, unless it was turned away."""
        first = next(iter(self.of("got")), None)
        return first if first and first.text.startswith("* welcome") else None

    @cached_property
    def leaves(self) -> Fact | None:
        quits = (fact for fact in self.facts if fact.name in ("leaving", "ended") or fact.text.startswith("/quit"))
        return next(quits, None)

    @cached_property
    def spoken(self) -> list[Fact]:
        """The lines that it said and that are to be passed on; what comes behind /quit is not."""
        longest = int(self.trace.setting("longest_line") or DEFAULT_LONGEST)
        until = self.trace.number(self.leaves) if self.leaves else len(self.trace.events)
        said = [fact for fact in self.of("said") if self.trace.number(fact) < until]
        return [fact for fact in said if is_for_all(fact.text) and len(fact.text.encode()) <= longest]

    def is_answered(self, said: Fact) -> bool:
        """Whether the room itself told it something after it had said this."""
        return self._last_answer > self.trace.number(said)

    @cached_property
    def _last_answer(self) -> int:
        answers = [self.trace.number(fact) for fact in self.of("got") if fact.text.startswith("* ")]
        return answers[-1] if answers else -1

    @cached_property
    def relayed(self) -> list[tuple[Fact, str]]:
        """What it heard of others, without names."""
        found = [(fact, RELAYED.fullmatch(fact.text)) for fact in self.of("got")]
        return [(fact, plain(match[1])) for fact, match in found if match]

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Where among what was relayed the same words are."""
        return grouped(range(len(self.relayed)), lambda place: self.relayed[place][1])

    def relayed_of(self, wanted: set[str]) -> list[tuple[Fact, str]]:
        """What it heard of these words, in order."""
        places = sorted(place for words in wanted for place in self._places.get(words, ()))
        return [self.relayed[place] for place in places]

    def heard_while_there(self, said: Fact) -> bool:
        """Whether it had been welcomed when this was said, and had not left."""
        if self.welcome is None or self.trace.number(said) < self.trace.number(self.welcome):
            return False
        return self.leaves is None or self.trace.number(said) < self.trace.number(self.leaves)


def is_for_all(line: str) -> bool:
    return bool(line.strip()) and (not line.startswith("/") or line.startswith("//"))


def words_of(said: Fact) -> str:
    return plain(said.text.removeprefix("/") if said.text.startswith("//") else said.text)


def talkers(trace: Trace) -> tuple[Talker, ...]:
    def find() -> tuple[Talker, ...]:
        names = dict.fromkeys(fact.who for fact in trace.of(Fact) if fact.who != trace.subject)
        return tuple(Talker(trace, who) for who in names)

    return trace.remember("talkers", find)


def _ambiguous(trace: Trace) -> frozenset[str]:
    """What more than one of them said: nobody can tell whose it is."""
    sayers = Counter(words for one in talkers(trace) for words in {words_of(said) for said in one.spoken})
    return frozenset(words for words, count in sayers.items() if count > 1)


@clause(
    "CH-06",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="What one client says is heard by every other who is there, once, and in the order in which it was said.",
    why="That is what the room is for; a partial write, a full queue or a leaving neighbour must not cost a line.",
    source="chat spec, Deep Dive 3; catalogue 89-91",
)
def everybody_else_hears_it(trace: Trace) -> Verdict:
    unclear, seen = _ambiguous(trace), list[Event]()
    for hearer in talkers(trace):
        for speaker in talkers(trace):
            said = [fact for fact in speaker.spoken if hearer.heard_while_there(fact) and words_of(fact) not in unclear]
            if speaker is hearer or not said:
                continue
            wrong = _compare(hearer, said)
            if wrong:
                return wrong
            seen += said
    return passed_by_absence(*seen) if seen else not_applicable("nobody said anything to anybody")


def _compare(hearer: Talker, said: list[Fact]) -> Verdict | None:
    """What is wrong with what it heard of these lines. At the end some may be missing to who left meanwhile."""
    wanted = [words_of(fact) for fact in said]
    heard = hearer.relayed_of(set(wanted))
    words = [words for _, words in heard]
    if words == wanted or (hearer.leaves and words == wanted[: len(words)]):
        return None
    if extra := Counter(words) - Counter(wanted):
        twice = [fact for fact, words in heard if words in extra]
        return failed(f"{hearer.who} heard a line more than once", *twice)
    if not Counter(wanted) - Counter(words):
        return failed(f"{hearer.who} heard lines in another order", *said, *(fact for fact, _ in heard))
    lost = [fact for fact in said if words_of(fact) not in words]
    return failed_by_absence(f"{hearer.who} did not hear a line", *(lost or said))


@clause(
    "CH-07",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="What a client says does not come back to itself.",
    why="It stands on its terminal already.",
    source="chat spec, Deep Dive 3",
)
def nobody_hears_itself(trace: Trace) -> Verdict:
    unclear = _ambiguous(trace)
    said = [fact for one in talkers(trace) for fact in one.spoken]
    for one in talkers(trace):
        own = {words_of(fact) for fact in one.spoken} - unclear
        echo = next((fact for fact, words in one.relayed if words in own), None)
        if echo:
            return failed(f"{one.who} heard what it had said itself", echo)
    return passed_by_absence(*said) if said else not_applicable("nobody said anything")


@clause(
    "CH-08",
    force=MUST,
    needs={"subject", "syscall"},
    per="trace",
    says="What is passed on was said: whole lines only, never a command, never the rest of a line.",
    why="Bytes come as the network cut them; half a line passed on is a line that nobody said.",
    source="chat spec, Next Steps 2; RFC 1459, 2.3",
)
def only_what_was_said(trace: Trace) -> Verdict:
    everybody = talkers(trace)
    if not everybody or len([one for one in everybody if one.of("got")]) < len(guests(trace)):
        return not_applicable("not every client keeps a journal" if everybody else SILENT)
    heard: list[Event] = []
    known = {words_of(fact) for one in everybody for fact in one.spoken}
    for hearer in everybody:
        for fact, words in hearer.relayed:
            if words not in known:
                return failed(f"{hearer.who} heard a line that nobody said", fact)
            heard.append(fact)
    return passed_by_absence(*heard) if heard else not_applicable("nothing was passed on")


@clause(
    "CH-11",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="Nothing that moves a terminal is passed on: no control character, no byte that is no UTF-8.",
    why="An escape sequence from one terminal would be obeyed by all others.",
    source="ECMA-48; CWE-150",
)
def nothing_moves_a_terminal(trace: Trace) -> Verdict:
    garbled = trace.first(Fact, name="garbled")
    if garbled and garbled.who != trace.subject:
        return failed("a line was not fit for a terminal", garbled)
    odd = [fact for one in talkers(trace) for fact in one.of("said") if _is_odd(fact.text)]
    return passed_by_absence(*odd) if odd else not_applicable("nobody said anything that is not plain")


def _is_odd(text: str) -> bool:
    return ESCAPED.search(text) is not None or not text.isprintable()


@clause(
    "CH-12",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="A line that is too long is not passed on, not even in part, and who said it is told.",
    why="A line needs a limit or memory has none, and a limit that is kept in silence loses what people write.",
    source="RFC 1459, 2.3; catalogue 106",
)
def too_long_is_told(trace: Trace) -> Verdict:
    longest = int(trace.setting("longest_line") or DEFAULT_LONGEST)
    long = [(one, f) for one in talkers(trace) for f in one.of("said") if len(f.text.encode()) > longest]
    for speaker, said in long:
        part = _relayed(trace).get(plain(said.text)[:COMPARED])
        if part:
            return failed("a line that is too long was passed on", said, part)
        if speaker.welcome and not speaker.is_answered(said):
            return failed_by_absence("who said it was not told", said)
    return passed_by_absence(*(said for _, said in long)) if long else not_applicable("no line was too long")


COMPARED = 40
"""So much of a line tells it from others."""


def _relayed(trace: Trace) -> dict[str, Fact]:
    """By its beginning, where a line was heard first."""

    def find() -> dict[str, Fact]:
        heard = ((words[:COMPARED], fact) for one in reversed(talkers(trace)) for fact, words in reversed(one.relayed))
        return dict(heard)

    return trace.remember("relayed lines", find)


@clause(
    "CH-13",
    force=MUST,
    needs={"subject"},
    per="trace",
    says="No two clients have the same name at the same time, in whatever case it is written.",
    why="A name says who speaks; whoever could take another's would speak for it.",
    source="chat spec, Next Steps 1; RFC 1459, 2.2",
)
def names_are_had_by_one(trace: Trace) -> Verdict:
    holders: dict[str, str] = {}
    names: dict[str, str] = {}
    given: list[Fact] = []
    for fact in trace.of(Fact):
        named = NAMED.match(fact.text) if fact.name == "got" else None
        if fact.name in ("ended", "leaving"):
            holders.pop(names.pop(fact.who, ""), None)
        elif named and fact.who != trace.subject:
            name = named[1].lower()
            if holders.get(name, fact.who) != fact.who:
                return failed(f"{named[1]} was given to two", *given, fact)
            holders.pop(names.get(fact.who, ""), None)
            holders[name], names[fact.who] = fact.who, name
            given.append(fact)
    return passed(*given) if given else not_applicable("nobody took a name")
