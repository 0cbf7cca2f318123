"""HTTP/1.1 on one connection: requests in, answers out in the same order.

What is read goes to the parser whole, however many requests it holds; they wait in a queue and are answered one after
the other, so that an answer that comes later holds up those behind it and no others. While the queue waits, nothing is
read. All answers to one read leave in one write.
"""

from __future__ import annotations

from functools import partial
from typing import Protocol

from toys.httpd.context import Context
from toys.httpd.messages import Later, Request, Response, encode
from toys.httpd.parsing import Parser, Refused
from toys.loop import Timer

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Wire(Protocol):
    """What it wants of its connection; see `connection` and `stream`."""

    context: Context
    number: int
    peer: str
    is_open: bool
    is_deaf: bool
    has_ended: bool

    unsent: bytes | memoryview

    def write(self, data: bytes) -> None: ...
    def hear(self, *, wanted: bool) -> None: ...
    def wait_for(self, what: str, seconds: float) -> None: ...
    def wait_for_ourselves(self) -> None: ...
    def finish(self, *, unread: bool = False) -> None: ...
    def close(self, why: str) -> None: ...


class Http1:
    """A `Speaks`; see `connection`. It has a parser only while a request is under way: most connections are idle."""

    __slots__ = ("_arrived", "_context", "_is_draining", "_later", "_parser", "_waited", "_wire")

    def __init__(self, wire: Wire) -> None:
        self._wire, self._context = wire, wire.context
        self._parser: Parser | None = None
        self._later: Timer | None = None
        self._waited = ""
        """The stage of a request that the connection's deadline is for."""
        self._is_draining = False
        self._arrived = 0

    @property
    def owes(self) -> bool:
        return self._later is not None or (self._parser is not None and bool(self._parser.queue))

    def receive(self, data: memoryview) -> None:
        parser = self._parser
        if parser is None:
            spare = self._context.parsers
            parser = self._parser = spare.pop() if spare else Parser(self._context.limits)
        before = len(parser.queue)
        parser.feed(data)
        if self._context.journal is not None:
            self._tell_arrived(parser, before)
        self._answer(parser)

    def resume(self) -> None:
        if self._parser is not None:
            self._answer(self._parser)
        elif self._is_draining:
            self._wire.finish()
        else:
            self._wire.wait_for("idle", self._context.limits.idle_s)

    def late(self) -> None:
        assert self._parser is not None, "only a request that has begun can be late"
        self._refuse(self._parser, 408)

    def leave(self) -> None:
        self._wire.close("idle")

    def _refuse(self, parser: Parser, status: int) -> None:
        before = len(parser.queue)
        parser.refuse(status)
        if self._context.journal is not None:
            self._tell_arrived(parser, before)
        self._answer(parser)

    def drain(self) -> None:
        self._is_draining = True
        if self._parser is None:
            self._wire.finish()
        else:
            self._answer(self._parser)

    def forget(self) -> None:
        if self._later is not None:
            self._later.discard()

    def _answer(self, parser: Parser) -> None:
        """Answers what is in the queue as far as it can be answered now, then waits for what comes next."""
        wire = self._wire
        while parser.queue and self._later is None and not wire.unsent:
            if burst := self._burst(parser):
                wire.write(burst)
            if not wire.is_open:
                return
        if parser.queue or self._later is not None:
            self._hold()
        elif parser.has_stopped or (self._is_draining and self._is_done(parser)):
            wire.finish(unread=parser.has_refused)
        else:
            self._listen(parser)

    def _burst(self, parser: Parser) -> bytes:
        """Answers that leave together: all that there are, or as many as one write may hold."""
        queue, most = parser.queue, self._context.limits.output_bytes
        burst = self._next(parser, queue.popleft())
        if not queue:
            return burst
        answers, size = [burst], len(burst)
        while queue and self._later is None and size <= most:
            answers.append(self._next(parser, queue.popleft()))
            size += len(answers[-1])
        return b"".join(answers)

    def _next(self, parser: Parser, asked: Request | Refused) -> bytes:
        """The answer to this request, or nothing if it comes later."""
        if isinstance(asked, Refused):
            return self._encoded(parser, asked.request, Response.of_status(asked.status))
        answer = self._context.routes.answer(asked)
        if isinstance(answer, Later):
            self._later = self._context.loop.after(answer.delay_s, partial(self._now, parser, asked, answer.response))
            return b""
        return self._encoded(parser, asked, answer)

    def _now(self, parser: Parser, request: Request, response: Response) -> None:
        """The time of an answer that was put off has come."""
        self._later = None
        self._wire.write(self._encoded(parser, request, response))
        if self._wire.is_open:
            self._answer(parser)

    def _encoded(self, parser: Parser, request: Request, response: Response) -> bytes:
        """Counted, told, and as it goes out. The last answer says that it is."""
        context = self._context
        if (self._is_draining or context.is_draining) and self._is_done(parser):
            request.keep = False
        if not request.keep:
            parser.has_stopped = True
        if context.journal is not None:
            context.tell("answer", f"{self._wire.number}.{request.number} {response.status}")
        context.count(self._wire.peer, request, response)
        return encode(response, request)

    def _is_done(self, parser: Parser) -> bool:
        """Whether nothing is under way or waits; of a client that has ended, the rest of a request never comes."""
        return not self.owes and (parser.stage == "idle" or self._wire.has_ended)

    def _hold(self) -> None:
        """An answer comes later, or the client is slow to take what it has got: nothing more is read until then."""
        self._wire.hear(wanted=False)
        self._waited = ""
        if self._later is not None and not self._wire.unsent:
            self._wire.wait_for_ourselves()

    def _listen(self, parser: Parser) -> None:
        """A deadline runs from the first byte of a head, or of a body: what comes later does not put it off."""
        wire, stage = self._wire, parser.stage
        if wire.is_deaf:
            wire.hear(wanted=True)
        if stage == "idle":
            self._context.parsers.append(parser)
            self._parser = None
            if not wire.unsent:
                self._waited = stage
                wire.wait_for(stage, self._context.limits.idle_s)
        else:
            self._await(parser, stage)

    def _await(self, parser: Parser, stage: str) -> None:
        """The rest of a request."""
        wire, limits = self._wire, self._context.limits
        if parser.take_expectation():
            self._permit()
        if wire.unsent:
            self._waited = ""
        elif stage != self._waited:
            if stage == "body":
                self._context.tell("body", str(wire.number))
            self._waited = stage
            wire.wait_for(stage, limits.head_s if stage == "head" else limits.body_s)

    def _permit(self) -> None:
        self._wire.write(CONTINUE)

    def _tell_arrived(self, parser: Parser, before: int) -> None:
        for asked in list(parser.queue)[before:]:
            self._arrived += 1
            request = asked.request if isinstance(asked, Refused) else asked
            request.number = self._arrived
            what = f"refused {asked.status}" if isinstance(asked, Refused) else asked.line
            self._context.tell("request", f"{self._wire.number}.{self._arrived} {what}")
