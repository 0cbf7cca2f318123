"""HTTP/2 on one connection: streams in, answers out as they are ready. h2 does the frames, HPACK and the windows.

Everything that came in one read is taken in by h2 before we hear of it, so a stream that we answer may be gone by then:
h2 says so with a ProtocolError, and there is nobody left to tell.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from toys.httpd.frames import Frames
from toys.httpd.http1 import Wire
from toys.httpd.messages import Later, Request, Response
from toys.httpd.missing import import_or_explain
from toys.httpd.streams import Incoming, Outgoing, new_connection
from toys.loop import Timer

MOST_RESETS = 200
"""A client that resets streams as fast as it opens them costs us work and itself nothing (CVE-2023-44487)."""
MOST_ARRIVING = 1 << 20
"""Bytes of bodies that are arriving on one connection, of all its streams."""
NO_ERROR, REFUSED_STREAM, COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 0x0, 0x7, 0x9, 0xB
WHOLE_GOAWAY_BYTES = 17
"""Of one without a text, as h2 makes it."""


class Http2:
    """A `Speaks`; see `connection`."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._context = wire, wire.context
        self._h2 = new_connection(self._context.limits)
        self._broken: type[Exception] = import_or_explain("h2.exceptions").ProtocolError
        self._frames = Frames()
        self._incoming: dict[int, Incoming] = {}
        self._later: dict[int, Timer] = {}
        self._outgoing = Outgoing(self._h2, wire)
        self._resets = self._last = 0
        self._is_draining = self._is_arriving = self._has_ended = False

    @property
    def owes(self) -> bool:
        return bool(self._later or self._outgoing)

    def receive(self, data: memoryview) -> None:
        taken = bytearray(data)
        if error := self._frames.error(taken):
            self._end(error)
            return
        try:
            events = self._h2.receive_data(bytes(taken))
        except self._broken as broken:
            self._end(_error_of(broken), unsaid=WHOLE_GOAWAY_BYTES)
            return
        for event in events:
            if not self._has_ended and (react := REACTIONS.get(type(event).__name__)):
                self._try(react, self, event)
        if self._has_ended:
            return
        if self._frames.has_goaway:
            self.drain()
        else:
            self._go_on()

    def _try(self, call: Callable[..., None], *arguments: Any) -> None:
        """Does what may find a stream, or the whole connection, closed by the client."""
        try:
            call(*arguments)
        except self._broken:
            return

    def resume(self) -> None:
        self._try(self._outgoing.pour_all)
        self._go_on()

    def late(self) -> None:
        """Requests that have begun and not ended are refused, and the other streams go on."""
        if not self._frames.is_whole:
            self._end(ENHANCE_YOUR_CALM)
            return
        for stream in list(self._incoming):
            self._try(self._refuse, stream, 408)
        self._go_on()

    def leave(self) -> None:
        """What the client asks for in this moment crosses the GOAWAY, and is known by it to be nobody's."""
        self._say_goodbye()
        self._wire.finish(unread=True)

    def drain(self) -> None:
        if not self._is_draining:
            self._is_draining = True
            self._say_goodbye()
        self._go_on()

    def _say_goodbye(self, error: int = NO_ERROR, *, unsaid: int = 0) -> None:
        """GOAWAY, by which a client knows why, and what it may ask again elsewhere (RFC 9113, section 6.8).

        h2's would end the streams that are still to be answered, and names streams that nobody has looked at. Where h2
        has made one already, its bytes are the last, and stay `unsaid`.
        """
        frame = import_or_explain("hyperframe.frame").GoAwayFrame(0, last_stream_id=self._last, error_code=error)
        name = import_or_explain("h2.errors").ErrorCodes(error).name
        self._context.tell("goaway", f"{self._wire.number} {name}")
        data = self._h2.data_to_send()
        self._wire.write(data[: len(data) - unsaid] + frame.serialize())

    def forget(self) -> None:
        for timer in self._later.values():
            timer.discard()

    def _go_on(self) -> None:
        """Sends what there is, and says what the connection waits for now."""
        wire = self._wire
        if wire.is_open and (data := self._h2.data_to_send()):
            wire.write(data)
        if not wire.is_open:
            return
        if self._is_draining and self._is_over:
            wire.finish(unread=True)
        elif wire.unsent:
            self._is_arriving = False
        else:
            self._wait()

    @property
    def _is_over(self) -> bool:
        """Whether nothing is left to be done. Who has ended does not open the windows any more for what waits."""
        if self._wire.has_ended:
            return not self._later and not self._wire.unsent
        return not self.owes and not self._incoming

    def _wait(self) -> None:
        """The deadline of what has begun to arrive is not put off by what comes later."""
        limits = self._context.limits
        is_arriving = bool(self._incoming) or not self._frames.is_whole
        if is_arriving and not self._is_arriving:
            self._wire.wait_for("body", limits.body_s)
        elif not is_arriving and self._later:
            self._wire.wait_for_ourselves()
        elif not is_arriving:
            self._wire.wait_for("idle", limits.idle_s)
        self._is_arriving = is_arriving

    def _end(self, error: int, *, unsaid: int = 0) -> None:
        """The whole connection ends with this error, and with it everything that was under way."""
        self._has_ended = True
        self._say_goodbye(error, unsaid=unsaid)
        self.forget()
        self._incoming.clear()
        self._later.clear()
        self._outgoing.clear()
        self._wire.finish(unread=True)

    # -- what the client did

    def _asked(self, event: Any) -> None:
        if self._is_draining:
            self._h2.reset_stream(event.stream_id, REFUSED_STREAM)
            return
        self._last = event.stream_id
        incoming = self._incoming[event.stream_id] = Incoming(event.headers)
        if status := incoming.refusal(self._context.limits):
            self._refuse(event.stream_id, status)

    def _sent(self, event: Any) -> None:
        """A piece of a body. What it took out of the windows is given back at once: the limit is on the whole."""
        self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        incoming = self._incoming.get(event.stream_id)
        if incoming is None:
            return
        incoming.body += event.data
        if len(incoming.body) > self._context.limits.body_bytes:
            self._refuse(event.stream_id, 413)
        elif sum(len(other.body) for other in self._incoming.values()) > MOST_ARRIVING:
            del self._incoming[event.stream_id]
            self._h2.reset_stream(event.stream_id, REFUSED_STREAM)

    def _ended(self, event: Any) -> None:
        incoming = self._incoming.pop(event.stream_id, None)
        if incoming is None:
            return
        request, stream = incoming.request(), event.stream_id
        self._context.tell("request", f"{self._wire.number}/{stream} {request.line}")
        answer = self._context.routes.answer(request)
        if isinstance(answer, Later):
            later = partial(self._now, stream, request, answer.response)
            self._later[stream] = self._context.loop.after(answer.delay_s, later)
        else:
            self._answer(stream, request, answer)

    def _reset(self, event: Any) -> None:
        error = getattr(event.error_code, "name", event.error_code)
        self._context.tell("reset", f"{self._wire.number}/{event.stream_id} {error}")
        self._incoming.pop(event.stream_id, None)
        self._outgoing.forget(event.stream_id)
        if timer := self._later.pop(event.stream_id, None):
            timer.discard()
        self._resets += 1
        if self._resets > MOST_RESETS + self._context.limits.connections:
            self._end(ENHANCE_YOUR_CALM)

    def _opened(self, event: Any) -> None:
        """The client takes more: of one stream, or (0) of all."""
        if event.stream_id:
            self._outgoing.pour(event.stream_id)
        else:
            self._outgoing.pour_all()

    def _settled(self, event: Any) -> None:
        """The client may have changed the size of all windows."""
        self._outgoing.pour_all()

    # -- answers

    def _now(self, stream: int, request: Request, response: Response) -> None:
        """The time of an answer that was put off has come."""
        del self._later[stream]
        self._try(self._answer, stream, request, response)
        self._go_on()

    def _refuse(self, stream: int, status: int) -> None:
        self._answer(stream, self._incoming.pop(stream).request(), Response.of_status(status))

    def _answer(self, stream: int, request: Request, response: Response) -> None:
        self._outgoing.begin(stream, response, b"" if request.method == b"HEAD" else response.body)
        self._context.tell("answer", f"{self._wire.number}/{stream} {response.status}")
        self._context.count(self._wire.peer, request, response)
        self._outgoing.pour(stream)


def _error_of(broken: Any) -> int:
    """The code of what h2 raised, which has none of its own for what HPACK cannot read (RFC 9113, section 4.3)."""
    is_unreadable = isinstance(broken.__cause__, import_or_explain("hpack").HPACKError)
    return COMPRESSION_ERROR if is_unreadable else int(broken.error_code)


REACTIONS: dict[str, Callable[[Http2, Any], None]] = {
    "RequestReceived": Http2._asked,
    "DataReceived": Http2._sent,
    "StreamEnded": Http2._ended,
    "StreamReset": Http2._reset,
    "WindowUpdated": Http2._opened,
    "RemoteSettingsChanged": Http2._settled,
}
