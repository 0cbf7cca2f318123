"""One client: which protocol it speaks, how long it may take, and how it ends."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Protocol

from toys.httpd.context import Context
from toys.httpd.frames import PREFACE
from toys.httpd.http1 import Http1
from toys.httpd.stream import Stream


class Speaks(Protocol):
    """A protocol on a connection."""

    @property
    def owes(self) -> bool:
        """Whether the client has asked for something that it has not got yet."""

    def receive(self, data: memoryview) -> None: ...
    def resume(self) -> None:
        """All output is gone: go on with what waits."""

    def late(self) -> None:
        """The deadline of a request is over."""

    def leave(self) -> None:
        """Nothing was under way for so long that the connection is to be closed."""

    def drain(self) -> None:
        """Finish what was begun, then end."""

    def forget(self) -> None:
        """The connection is gone."""


class Connection(Stream):
    """`number` counts the connections of the server; `gone` is called once, when the socket is closed."""

    http1 = Http1
    __slots__ = ("_gone", "_held", "_is_finishing", "_is_unread", "_timer", "_waits_for", "number", "peer", "protocol")

    def __init__(
        self, context: Context, sock: socket.socket, peer: str, number: int, gone: Callable[[Connection], None]
    ) -> None:
        super().__init__(context, sock)
        self.number, self.peer, self._gone = number, peer, gone
        self.protocol: Speaks | None = None
        self._held = b""
        """The first bytes, while they may become either protocol."""
        self._is_finishing = self._is_unread = False
        self._waits_for = "idle"
        self._timer = context.loop.after(context.limits.idle_s, self.late)

    # -- input

    def take(self, data: memoryview) -> None:
        if self.protocol is not None:
            self.protocol.receive(data)
        elif not self._is_finishing:
            self.detect(data)

    def detect(self, data: memoryview) -> None:
        """Which protocol it is shows at the first byte that is not the preface's, or at its last."""
        begun = self._held + bytes(data)
        if len(begun) < len(PREFACE) and PREFACE.startswith(begun):
            if not self._held:
                self.wait_for("head", self.context.limits.head_s)
            self._held = begun
            return
        self.decide(begun)

    def decide(self, begun: bytes) -> None:
        self._held = b""
        is_http2 = self.has_agreed_to_http2 or begun.startswith(PREFACE)
        self.protocol = protocol = self.http2() if is_http2 else self.http1(self)
        protocol.receive(memoryview(begun))

    def http2(self) -> Speaks:
        """Imported when the first client speaks it: it is large, and few do."""
        from toys.httpd.http2 import Http2

        return Http2(self)

    @property
    def has_agreed_to_http2(self) -> bool:
        """Whether nothing else is lawful any more, whatever the client begins with."""
        return False

    def ended(self) -> None:
        """The client may have ended its side only: what it has asked for is still answered."""
        if self._is_finishing:
            if not self.unsent:
                self.close("done")
        elif self.protocol is None or not (self.protocol.owes or self.unsent):
            self.close("eof")
        else:
            self.protocol.drain()

    def broken(self) -> None:
        self.close("reset")

    # -- output

    def stuck(self) -> None:
        self.wait_for("output", self.context.limits.idle_s)

    def drained(self) -> None:
        if self._is_finishing:
            self._farewell()
        elif self.protocol is not None:
            self.protocol.resume()

    # -- time

    def wait_for(self, what: str, seconds: float) -> None:
        """What the client is waited for, and how long at most."""
        self._waits_for = what
        self.context.loop.restart(self._timer, seconds)

    def wait_for_ourselves(self) -> None:
        """The client owes nothing, so no deadline is running."""
        self._waits_for = ""
        self._timer.cancel()

    def late(self) -> None:
        if self._held:  # most likely it is a POST that was not gone on with
            self.decide(self._held)
        if self._waits_for in ("head", "body") and self.protocol is not None:
            self.protocol.late()
        elif self._waits_for == "idle" and self.protocol is not None:
            self.protocol.leave()
        else:
            self.close(self._waits_for)

    # -- the end

    def drain(self) -> None:
        """The server is to stop: who has begun nothing is closed, the others when they have their answers."""
        if self.protocol is not None:
            self.protocol.drain()
        elif not (self._held or self._is_finishing):
            self.close("drained")

    def finish(self, *, unread: bool = False) -> None:
        """Ends when everything is sent. `unread`: input may still come that nobody will read."""
        self._is_finishing, self._is_unread = True, unread
        self.protocol = None
        if not self.unsent:
            self._farewell()

    def _farewell(self) -> None:
        """Closing a socket that holds unread input sends a reset, which may overtake the answer on its way.

        So the answer is followed by a FIN, and what still comes is thrown away for a while (RFC 9112, section 9.6).
        """
        if not self.is_open:
            return
        if self.has_ended or not self._is_unread:
            self.close("done")
            return
        with contextlib.suppress(OSError):  # it may have been reset meanwhile; the next read tells
            self.sock.shutdown(socket.SHUT_WR)
        self.hear(wanted=True)
        self.wait_for("linger", self.context.limits.linger_s)

    def close(self, why: str) -> None:
        """Closes at once. Whatever is unsent is lost."""
        if self.is_open:
            self.release()
            self._timer.discard()
            if self.protocol is not None:
                self.protocol.forget()
                self.protocol = None
            self.context.tell("ended", f"{self.number} {why}")
            self._gone(self)
