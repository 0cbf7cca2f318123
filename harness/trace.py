"""The trace: everything that was seen of one case, in one total order, with ways to ask that do not scan it all.

An event is named by its number, its place in the trace from 0; two events that look alike stay two. A view is a
stretch of a trace, or of one attempt's part of it, and answers the same questions. Every question is a bisection over
an index that is built once, so that judging a million events costs a million steps and not their square.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from harness.events import POINTS, Call, Callback, Event, Fact, Point, State

E = TypeVar("E", bound=Event)
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

FEW = 16
"""So many events are looked at one by one; among more of them, those with the fields asked for come from a table."""


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Those of each key together, in their order; the keys in the order of their first."""
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


class Index:
    """Where the events of each kind, and of each kind on each socket, stand: sorted numbers, made in one pass.

    Where the events of each kind with certain fields stand is found out when it is first asked.
    """

    def __init__(self, events: Sequence[Event], numbers: Sequence[int]) -> None:
        self.events, self.numbers = events, numbers
        self._tables: dict[tuple[type[Event], object, tuple[str, ...]], dict[object, list[int]]] = {}
        self._kinds: dict[type[Event], list[int]] = defaultdict(list)
        self._sockets: dict[tuple[type[Event], str], list[int]] = defaultdict(list)
        for number in numbers:
            event = events[number]
            kind = type(event)
            self._kinds[kind].append(number)
            if isinstance(event, Call):
                self._kinds[Call].append(number)
                self._sockets[kind, event.sock].append(number)
                self._sockets[Call, event.sock].append(number)

    def find(self, kind: type[Event], sock: object) -> Sequence[int]:
        """The numbers of all events of `kind` (on socket `sock`, unless None)."""
        if kind is Event:
            return self.numbers
        if isinstance(sock, str):
            return self._sockets.get((kind, sock), ())
        return self._kinds.get(kind, ())

    def find_equal(self, kind: type[Event], fields: Mapping[str, object]) -> Sequence[int]:
        """The numbers of all events of `kind` whose fields equal these, of which there is at least one."""
        key = kind, fields.get("sock"), tuple(fields)
        if key not in self._tables:
            self._tables[key] = self._table(*key)
        return self._tables[key].get(_wanted(fields), ())

    def _table(self, kind: type[Event], sock: object, names: tuple[str, ...]) -> dict[object, list[int]]:
        table: dict[object, list[int]] = defaultdict(list)
        read = attrgetter(*names)
        for number in self.find(kind, sock):
            table[read(self.events[number])].append(number)
        return table


class View:
    """The events of `index` whose numbers lie from `low` up to, but not including, `high`."""

    def __init__(self, trace: Trace, index: Index, low: int, high: int) -> None:
        self._trace, self._index, self._low, self._high = trace, index, low, high

    def of(self, kind: type[E], **fields: object) -> list[E]:
        """All events of this kind whose fields equal those given, in order: `of(GetSockOpt, option="SO_ERROR")`."""
        return list(self._matching(kind, fields, reverse=False))

    def each(self, kind: type[E], **fields: object) -> Iterator[E]:
        """The same, one by one: for looking at no more of them than needed."""
        return self._matching(kind, fields, reverse=False)

    def first(self, kind: type[E], **fields: object) -> E | None:
        return next(self._matching(kind, fields, reverse=False), None)

    def last(self, kind: type[E], **fields: object) -> E | None:
        return next(self._matching(kind, fields, reverse=True), None)

    def count(self, kind: type[E], **fields: object) -> int:
        """How many such events there are; many of them are not looked at."""
        numbers = self._index.find_equal(kind, fields) if fields else self._index.find(kind, None)
        return len(self._places(numbers))

    def after(self, event: Event) -> View:
        """What came strictly after this event, which need not belong to the view itself."""
        return View(self._trace, self._index, max(self._low, self.number(event) + 1), self._high)

    def before(self, event: Event) -> View:
        """What came strictly before this event."""
        return View(self._trace, self._index, self._low, min(self._high, self.number(event)))

    def between(self, start: Event, end: Event | None) -> View:
        """What came strictly after `start` and strictly before `end`; without an end, everything after `start`."""
        return self.after(start) if end is None else self.after(start).before(end)

    def number(self, event: Event) -> int:
        """The place of this very event in the trace, from 0; LookupError for an event that is not in it."""
        return self._trace.number_of(event)

    def __iter__(self) -> Iterator[Event]:
        return self._matching(Event, {}, reverse=False)

    def __len__(self) -> int:
        return len(self._places(self._index.numbers))

    def _matching(self, kind: type[E], fields: dict[str, object], *, reverse: bool) -> Iterator[E]:
        numbers = self._index.find(kind, fields.get("sock"))
        places = self._places(numbers)
        if fields and len(places) > FEW:
            numbers, fields = self._index.find_equal(kind, fields), {}
            places = self._places(numbers)
        events: Sequence[Any] = self._trace.events
        found = (events[numbers[place]] for place in (reversed(places) if reverse else places))
        if not fields:
            return found
        read, wanted = attrgetter(*fields), _wanted(fields)
        return (event for event in found if read(event) == wanted)

    def _places(self, numbers: Sequence[int]) -> range:
        """Which of these sorted numbers lie in the view."""
        return range(bisect_left(numbers, self._low), bisect_left(numbers, self._high))


class Trace(View):
    """All events of one case. `points` were watched, `cut` are those whose recording is incomplete.

    `subject` is the lane of the program under test. `settings` are what the case says of itself (`mode`, `poller`,
    `family`, `target`, `timeout_ms` ...). `self_reported` means that the calls were told by the subject's own process.
    """

    def __init__(
        self,
        events: Iterable[Event] = (),
        *,
        points: Iterable[Point] = POINTS,
        cut: Iterable[Point] = (),
        subject: str = "client",
        self_reported: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.events: tuple[Event, ...] = tuple(events)
        self.points, self.cut = frozenset(points), frozenset(cut)
        self.subject, self.self_reported = subject, self_reported
        self.settings: Mapping[str, str] = dict(settings or {})
        self._memory: dict[object, object] = {}
        super().__init__(self, Index(self.events, range(len(self.events))), 0, len(self.events))

    def part(self, numbers: Sequence[int]) -> View:
        """A view of these events alone; `numbers` are sorted."""
        return View(self, Index(self.events, numbers), 0, len(self.events))

    def calls_on(self, sock: str, who: str) -> list[int]:
        """The numbers of all calls of program `who` on this socket."""
        return [number for number in self._index.find(Call, sock) if self.events[number].who == who]

    def number_of(self, event: Event) -> int:
        try:
            return self._numbers[id(event)]
        except KeyError:
            raise LookupError(f"not an event of this trace: {event!r}") from None

    def remember(self, key: object, make: Callable[[], T]) -> T:
        """What `make` returned when it was first asked for under this key: for tables that several clauses share."""
        if key not in self._memory:
            self._memory[key] = make()
        return self._memory[key]  # type: ignore[return-value]

    @cached_property
    def journal(self) -> tuple[State | Callback | Fact, ...]:
        """What the subject said of itself, in order."""
        said: list[State | Callback | Fact] = [*self.of(State), *self.of(Callback), *self.of(Fact)]
        return tuple(sorted((event for event in said if event.who == self.subject), key=self.number_of))

    @cached_property
    def keeps_journal(self) -> bool:
        """Whether the subject says anything of itself at all; most programs do not."""
        return "subject" in self.points and bool(self.journal)

    def setting(self, name: str) -> str:
        """A setting of the case, or what the journal first says under that name, or nothing."""
        return self.settings.get(name, "") or self._facts.get(name, "")

    @property
    def blocking(self) -> bool:
        """Whether the case asks for a blocking connect, so that nothing about awaiting its outcome applies."""
        return self.setting("mode") == "blocking"

    @cached_property
    def _facts(self) -> dict[str, str]:
        """What the journal first said under each name."""
        return {fact.name: fact.text for fact in reversed(self.of(Fact, who=self.subject))}

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(event): number for number, event in enumerate(self.events)}


def _wanted(fields: Mapping[str, object]) -> object:
    """What `attrgetter` of these fields' names gives for an event that has them all."""
    return tuple(fields.values()) if len(fields) > 1 else next(iter(fields.values()))
