"""A guest: one connection that the server under test accepted, with every call on it. What most clauses here ask of."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from harness.attempt import WOULD_BLOCK
from harness.events import Accept, Call, Close, Event, Recv, Send, ShutDown, Wait, Watch
from harness.trace import Trace, View
from harness.verdict import Verdict, merge, not_applicable

PASSING = frozenset({"", "EINTR"}) | WOULD_BLOCK
"""What a read or a write may return without anything being wrong with the connection."""

WELCOME, QUIT = "* welcome", "/quit"


class Guest:
    """`calls` are the server's calls on the accepted socket, in order."""

    def __init__(self, trace: Trace, accept: Accept) -> None:
        self.trace, self.accept, self.sock = trace, accept, accept.new
        self.calls: View = trace.part(trace.calls_on(accept.new, trace.subject))

    @cached_property
    def welcome(self) -> Send | None:
        """The first thing that was written to it, if it was let into the room; sealed words cannot be told apart."""
        first = self.calls.first(Send)
        return first if first and (first.data.startswith(WELCOME) or is_sealed(self.trace)) else None

    @cached_property
    def end(self) -> Call | None:
        """The call by which the server learnt that the peer has ended, or that the connection is broken."""
        return next((call for call in self.calls.each(Call) if is_end(call)), None)

    @cached_property
    def closed(self) -> Close | None:
        return self.calls.first(Close, by_exit=False)

    @cached_property
    def leaving(self) -> Call | None:
        """The first sign that it leaves the room, of whatever kind."""
        quits = next((read for read in self.calls.each(Recv) if read.data.startswith(QUIT)), None)
        signs = [self.end, quits, self.closed, self.calls.first(ShutDown)]
        return min((sign for sign in signs if sign), key=self.trace.number, default=None)

    @cached_property
    def poller(self) -> str:
        """What the server's loop waits in: what reports its listener."""
        watch = self.trace.first(Watch, who=self.trace.subject, sock=self.accept.sock)
        return watch.poller if watch else "epoll"

    def is_inside(self, at: Event) -> bool:
        """Whether it had been welcomed by then, and had not left."""
        number = self.trace.number(at)
        if self.welcome is None or self.trace.number(self.welcome) > number:
            return False
        return self.leaving is None or self.trace.number(self.leaving) > number

    def is_blocked(self, at: Event) -> bool:
        """Whether the last write before that was not taken whole: there is no room in the kernel."""
        last = self.calls.before(at).last(Send)
        return last is not None and self.is_blocked_after(last)

    @staticmethod
    def is_blocked_after(write: Send) -> bool:
        return write.error in WOULD_BLOCK or (not write.error and write.result < write.size)


def is_end(call: Call) -> bool:
    if isinstance(call, Recv):
        return call.error not in PASSING or (not call.error and not call.result and call.size > 0)
    return isinstance(call, Send) and call.error not in PASSING


def is_sealed(trace: Trace) -> bool:
    """Whether what is written is encrypted, so that nothing can be said of its words."""
    return trace.setting("sealed") == "true"


def guests(trace: Trace) -> tuple[Guest, ...]:
    """All that were accepted, in order."""
    return trace.remember("guests", lambda: tuple(_guests(trace)))


def _guests(trace: Trace) -> list[Guest]:
    return [Guest(trace, accept) for accept in trace.of(Accept, who=trace.subject, error="") if accept.new]


def of_each(function: Callable[[Guest], Verdict]) -> Callable[[Trace], Verdict]:
    """A judgement of the trace made of one on each guest."""

    def judge(trace: Trace) -> Verdict:
        verdicts = [function(guest) for guest in guests(trace)]
        return merge(verdicts) if verdicts else not_applicable("nobody was accepted")

    return judge


def waits(trace: Trace, *, blocking: bool = False) -> View:
    """The subject's waits; those that may block, if only they are asked for."""

    def find() -> View:
        found = trace.of(Wait, who=trace.subject)
        return trace.part([trace.number(wait) for wait in found if wait.timeout_ms or not blocking])

    return trace.remember(("chat waits", blocking), find)


def next_wait(trace: Trace, event: Event, *, blocking: bool = False) -> Wait | None:
    """Of the thread that did this."""
    return waits(trace, blocking=blocking).after(event).first(Wait, **_thread_of(event))


def last_wait(trace: Trace, event: Event) -> Wait | None:
    return waits(trace).before(event).last(Wait, **_thread_of(event))


def _thread_of(event: Event) -> dict[str, int]:
    return {"pid": event.pid} if isinstance(event, Call) else {}
