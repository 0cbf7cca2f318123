"""A served connection: one socket that the server accepted, with all calls on it and what the journal says of it.

The journal counts connections from 1 in the order of accept(), and requests from 1 on each: `2.3` is the third request
of the second connection. With HTTP/2 a stream's number follows a slash, `2/5`, because streams may be answered in any
order.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple

from harness.attempt import WOULD_BLOCK
from harness.events import Accept, Call, Close, Event, Fact, Listen, Recv, Send, State, Wait
from harness.trace import Index, Trace, View, grouped

_SAID = re.compile(r"(\d+)([./])(\d+) (.*)")
PASSING = frozenset({"", "EINTR"}) | WOULD_BLOCK
"""What a read or write may return without anything being wrong."""
MS = 1_000_000


class Told(NamedTuple):
    """A request, an answer or a reset in the journal: `text` is what follows its number."""

    fact: Fact
    number: int
    text: str
    is_ordered: bool


class Served(View):
    """`place` is its number among the connections; `trace` is the whole."""

    def __init__(self, trace: Trace, accept: Accept, place: int) -> None:
        calls = trace.calls_on(accept.new, trace.subject)
        super().__init__(trace, Index(trace.events, calls), 0, len(trace.events))
        self.trace, self.accept, self.place, self.socket = trace, accept, place, accept.new

    @cached_property
    def closed(self) -> Close | None:
        """When the server closed it itself; what its exit closes does not count."""
        return self.first(Close, by_exit=False)

    @cached_property
    def broken(self) -> Recv | Send | None:
        """The first call that said that the connection is no more."""
        calls = (call for call in self if isinstance(call, (Recv, Send)))
        return next((call for call in calls if call.error not in PASSING), None)

    @cached_property
    def eof(self) -> Recv | None:
        reads = (read for read in self.each(Recv, error="", result=0) if read.size > 0)
        return next(reads, None)

    @property
    def agreed(self) -> Fact | None:
        """The end of its TLS handshake: `1 h2` is what ALPN has agreed on for the first connection, or `1 none`."""
        return self.fact("alpn")

    @property
    def requests(self) -> list[Told]:
        return self._told("request")

    @property
    def answers(self) -> list[Told]:
        return self._told("answer")

    @property
    def resets(self) -> list[Told]:
        """Streams of HTTP/2 that either side has ended before their answer, with the error."""
        return self._told("reset")

    def _told(self, name: str) -> list[Told]:
        told = self.trace.remember(f"httpd {name}", lambda: _told(self.trace, name))
        return told.get(self.place, [])

    def fact(self, name: str) -> Fact | None:
        """The first fact of this name that begins with the connection's number."""
        facts = self.trace.remember(f"httpd facts {name}", lambda: _facts(self.trace, name))
        return facts.get(str(self.place), [None])[0]


def _told(trace: Trace, name: str) -> dict[int, list[Told]]:
    found: dict[int, list[Told]] = {}
    for fact in trace.of(Fact, who=trace.subject, name=name):
        if said := _SAID.fullmatch(fact.text):
            told = Told(fact, int(said[3]), said[4], said[2] == ".")
            found.setdefault(int(said[1]), []).append(told)
    return found


def _facts(trace: Trace, name: str) -> dict[str, list[Fact]]:
    """What the journal says under this name, by the first word."""
    return grouped(trace.of(Fact, who=trace.subject, name=name), lambda fact: fact.text.split(" ")[0])


def served(trace: Trace) -> tuple[Served, ...]:
    """All connections that the server accepted, in their order."""
    return trace.remember("served", lambda: tuple(_served(trace)))


def _served(trace: Trace) -> list[Served]:
    accepts = trace.of(Accept, who=trace.subject, error="")
    return [Served(trace, accept, place) for place, accept in enumerate(accepts, 1)]


def listener(trace: Trace) -> Listen | None:
    """The first socket that the server listens on."""
    return trace.first(Listen, who=trace.subject, error="")


def next_wait(trace: Trace, event: Event) -> Wait | None:
    """The server's next wait, begun after this event, in the same thread; one that may not block is none."""
    waits = (wait for wait in trace.after(event).each(Wait, who=trace.subject) if wait.timeout_ms)
    return next((wait for wait in waits if not isinstance(event, Call) or wait.pid == event.pid), None)


def stopping(trace: Trace) -> State | None:
    """When the server began to stop."""
    return trace.first(State, who=trace.subject, new="draining")


def is_secured(trace: Trace) -> bool:
    """Whether the server speaks TLS, so that nothing can be said of the bytes."""
    return trace.setting("secure") == "tls"


def milliseconds(trace: Trace, name: str) -> int | None:
    """A setting of the server that the journal tells, as a number."""
    text = trace.setting(name)
    return int(text) if text.isdecimal() else None
