"""What becomes of each frame between its sender and its receiver: the wire's decisions, without its sockets.

Pure but for what it remembers: frames and times in, due parcels and log entries out. A frame that enters gets the next
number and is dropped, held, or queued by the time it is due; whoever owns the sockets takes the parcels one by one.
Without a rule a frame is due when it was sent, so that frames leave in the order in which they came.

Injected frames (answers, and what puppets say) meet no rule, count for none, and release nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from netns import craft
from netns.frames import Frame, dissect
from netns.log import Entry, RuleHit, Sighting
from netns.match import Counter, Rules
from netns.plan import Craft, Match, Rule

MS = 1_000_000


class Parcel(NamedTuple):
    """A frame under way. `sender` and `receiver` are host names; a receiver that no host is, is an address.

    `goes_with` is the number of the frame that it is delivered in one act with, 0 for none. `is_late` says that it was
    kept back by the clock, and not only sent.
    """

    number: int
    raw: bytes
    frame: Frame
    sender: str
    receiver: str
    tags: tuple[str, ...] = ()
    goes_with: int = 0
    is_late: bool = False

    def sighting(self, at_ns: int, phase: str, *tags: str, receiver: str = "") -> Sighting:
        """This parcel at one instant, for the log."""
        return Sighting(
            at_ns, phase, self.number, self.sender, receiver or self.receiver, self.raw, "wire", (*self.tags, *tags)
        )


class _Hold(NamedTuple):
    """A frame with its duplicates that stays until the rule's fact was announced or its frame was seen."""

    rule_number: int
    rule: Rule
    parcels: tuple[Parcel, ...]


class Relay:
    """Numbers, rules, holds, and the queue of what is due."""

    def __init__(self, rules: tuple[Rule, ...] = ()) -> None:
        self.log: list[Entry] = []
        self._rules = Rules(rules)
        self._until = {n: Counter(r.hold_until_frame) for n, r in enumerate(rules, 1) if r.hold_until_frame}
        self._queue: list[tuple[int, int, Parcel]] = []
        self._holds: list[_Hold] = []
        self._facts: set[str] = set()
        self._cut: set[str] = set()
        self._last_number = self._last_place = self._latest_ns = 0

    def enter(self, at_ns: int, raw: bytes, frame: Frame, sender: str, receiver: str) -> None:
        """A host sent this frame: logs it, lets the rules decide, and releases what was held until it was seen."""
        parcel = Parcel(self._number(), raw, frame, sender, receiver)
        self.log.append(parcel.sighting(at_ns, "sent"))
        self._latest_ns = max(self._latest_ns, at_ns)
        freed = self._freed_by(frame, sender, receiver) if self._until else []
        if self._cut and not self._cut.isdisjoint((sender, receiver)):
            self.log.append(parcel.sighting(at_ns, "dropped", "cut"))
        elif decided := self._rules.decide(frame, sender, receiver):
            self._apply(at_ns, parcel, *decided)
        else:
            self._put(self._latest_ns, parcel)
        self._release(at_ns, freed, parcel.number)

    def inject(
        self, at_ns: int, raw: bytes, sender: str, receiver: str, tags: tuple[str, ...] = ("injected",),
        goes_with: int = 0, is_late: bool = False,
    ) -> int:  # fmt: skip
        """Queues a frame that no host sent, due at `at_ns`; returns its number."""
        parcel = Parcel(self._number(), raw, dissect(raw), sender, receiver, tags, goes_with, is_late)
        self._put(at_ns, parcel)
        return parcel.number

    def announce(self, fact: str, at_ns: int) -> None:
        """Releases what is held until `fact`; frames that a rule holds until it later on are not held any more."""
        self._facts.add(fact)
        self._release(at_ns, self._pick(lambda hold: hold.rule.hold_until == fact))

    def take(self, now_ns: int, *, late: bool = True) -> Parcel | None:
        """The parcel that is due first, if it is due by now; it is the caller's from here on.

        With `late` off one that the clock kept back stays, and so does what is due behind it.
        """
        if self._queue and self._queue[0][0] <= now_ns and (late or not self._queue[0][2].is_late):
            return heappop(self._queue)[2]
        return None

    def take_with(self, first: Parcel) -> list[Parcel]:
        """The parcels that go with this one, in their order, whenever they would be due by themselves."""
        others = sorted(entry for entry in self._queue if entry[2].goes_with == first.number)
        if others:
            self._queue = [entry for entry in self._queue if entry not in others]
            heapify(self._queue)
        return [parcel for _, _, parcel in others]

    def due_ns(self) -> int | None:
        """When the first parcel is due; None with none queued. Held frames have no time."""
        return self._queue[0][0] if self._queue else None

    def held(self) -> tuple[Parcel, ...]:
        return tuple(parcel for hold in self._holds for parcel in hold.parcels)

    def is_cut(self, host: str) -> bool:
        return host in self._cut

    def _number(self) -> int:
        self._last_number += 1
        return self._last_number

    def _put(self, due_ns: int, parcel: Parcel) -> None:
        self._last_place += 1
        heappush(self._queue, (due_ns, self._last_place, parcel))

    def _apply(self, at_ns: int, parcel: Parcel, number: int, rule: Rule) -> None:
        holds = self._holds_now(number, rule)
        self.log.append(RuleHit(at_ns, number, _action(rule, holds), parcel.number))
        if rule.cut:
            self._cut.add(parcel.receiver)
        if rule.drop or rule.cut:
            self.log.append(parcel.sighting(at_ns, "dropped", "cut" if rule.cut else f"rule {number}"))
        elif holds:
            self._holds.append(_Hold(number, rule, _copies(parcel, rule)))
        else:
            self._send_on(self._latest_ns, rule, _copies(parcel, rule))
        first = 0
        for answer in rule.answer:
            number = self._answer(parcel, answer, first)
            first = first or (number if rule.together else 0)

    def _holds_now(self, number: int, rule: Rule) -> bool:
        """Whether something that the rule waits for is still to come; a fact that was announced is a fact for good."""
        counter = self._until.get(number)
        waits_for_fact = bool(rule.hold_until) and rule.hold_until not in self._facts
        return waits_for_fact or (counter is not None and not counter.is_past)

    def _send_on(self, at_ns: int, rule: Rule, parcels: tuple[Parcel, ...]) -> None:
        for parcel in parcels:
            self._put(at_ns + rule.delay_ms * MS, parcel._replace(is_late=rule.delay_ms > 0))

    def _answer(self, parcel: Parcel, answer: Craft, goes_with: int) -> int:
        raw = craft.answer(parcel.frame, parcel.raw, answer)
        due_ns = self._latest_ns + answer.after_ms * MS
        is_late = answer.after_ms > 0
        return self.inject(due_ns, raw, parcel.receiver, parcel.sender, goes_with=goes_with, is_late=is_late)

    def _freed_by(self, frame: Frame, sender: str, receiver: str) -> list[_Hold]:
        """Taken out before the frame's own rule speaks, so that a frame never frees itself."""
        meant = {number for number, counter in self._until.items() if counter.meets(frame, sender, receiver)}
        return self._pick(lambda hold: hold.rule_number in meant) if meant else []

    def _pick(self, is_meant: Callable[[_Hold], bool]) -> list[_Hold]:
        picked = [hold for hold in self._holds if is_meant(hold)]
        self._holds = [hold for hold in self._holds if not is_meant(hold)]
        return picked

    def _release(self, at_ns: int, holds: list[_Hold], freed_by: int = 0) -> None:
        """Due after everything sent so far: a frame freed by another one arrives behind it, or together with it."""
        self._latest_ns = max(self._latest_ns, at_ns) if holds else self._latest_ns
        for hold in holds:
            self.log.append(RuleHit(at_ns, hold.rule_number, "release", hold.parcels[0].number))
            joined = freed_by if hold.rule.together else 0
            parcels = tuple(parcel._replace(goes_with=joined or parcel.goes_with) for parcel in hold.parcels)
            self._send_on(self._latest_ns, hold.rule, parcels)


def _copies(parcel: Parcel, rule: Rule) -> tuple[Parcel, ...]:
    """The frame as the rule rewrites it, and its duplicates behind it. They share its number: it was sent once."""
    if rule.rewrite:
        raw = craft.rewrite(parcel.raw, rule.rewrite)
        parcel = parcel._replace(raw=raw, frame=dissect(raw), tags=(*parcel.tags, "rewritten"))
    joined = parcel.number if rule.together else 0
    return (parcel, *[parcel._replace(tags=(*parcel.tags, "duplicate"), goes_with=joined)] * rule.duplicate)


def _action(rule: Rule, holds: bool) -> str:
    """What the rule does, for people: `drop, answer icmp 3/1`."""
    until = rule.hold_until or (_said(rule.hold_until_frame) if rule.hold_until_frame else "")
    parts = (
        (rule.drop, "drop"),
        (rule.cut, "cut"),
        (until, f"hold until {until}" if holds else f"pass, {until} has been"),
        (rule.delay_ms, f"delay {rule.delay_ms}ms"),
        (rule.duplicate, f"duplicate {rule.duplicate}"),
        (rule.rewrite, "rewrite " + " ".join(f"{name}={value}" for name, value in rule.rewrite.items())),
        *((True, f"answer icmp {answer.icmp}" if answer.icmp else f"answer {answer.flags}") for answer in rule.answer),
        (rule.together, "together"),
    )
    return ", ".join(text for applies, text in parts if applies) or "pass"


def _said(match: Match) -> str:
    return f"{match.what} #{match.nth}" if match.nth else match.what
