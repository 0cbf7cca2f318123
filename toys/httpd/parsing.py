"""Requests out of bytes: httptools (llhttp) reads them, and what is too much or makes no sense is refused.

Fragments of a request that is not whole yet are kept by the parser; nothing else of the input is.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from toys.httpd.limits import Limits
from toys.httpd.messages import Header, Request
from toys.httpd.missing import import_or_explain

END_OF_HEAD = b"\r\n\r\n"
BESIDE = 4
"""What a header has beside its name and value."""
VERSIONS = ("1.1", "1.0")


class Refused(Exception):
    """A request that is not taken, and the last thing that is read of its client: `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
        self.request = Request(b"", b"", [], b"", "1.1", keep=False)


class Parser:
    """Puts each request into `queue` when it is whole, or a Refused. httptools calls what begins with `on_`.

    Between two requests it remembers nothing, so the next one may be another client's.
    """

    __slots__ = (
        "_body", "_expects", "_head_bytes", "_headers", "_limits", "_parser", "_passed", "_target", "_tools",
        "_version", "has_refused", "has_stopped", "queue", "stage",
    )  # fmt: skip

    def __init__(self, limits: Limits) -> None:
        self._tools = import_or_explain("httptools")
        self._limits = limits
        self.queue: deque[Request | Refused] = deque()
        self._parser = self._tools.HttpRequestParser(self)
        self.stage = "idle"
        """Of the request that is arriving: `idle` (there is none), `head` or `body`."""
        self.has_stopped = self.has_refused = False
        """What comes from now on is no request any more."""
        self._version = ""
        self._expects = False
        self._head_bytes = 0
        """What came of a head before it was whole; 0 if that was all in one piece."""
        self._passed = 0
        """The size of the last body that ended in the piece that is looked at."""

    def refuse(self, status: int) -> None:
        if not self.has_stopped:
            self.has_stopped = self.has_refused = True
            self.queue.append(Refused(status))

    def take_expectation(self) -> bool:
        """Whether the client waits for `100 Continue` before it sends the body; true once."""
        expects, self._expects = self._expects and not self._body, False
        return expects

    def feed(self, data: memoryview) -> None:
        while data and not self.has_stopped:
            data = self._fed(data)

    def _fed(self, data: memoryview) -> memoryview:
        """What is left of it: after a wish to upgrade the parser stops, and the wish may be ignored (RFC 9110, 7.8)."""
        rest = data[:0]
        self._passed = 0
        try:
            self._parser.feed_data(data)
        except self._tools.HttpParserUpgrade as upgrade:
            self._parser = self._tools.HttpRequestParser(self)
            rest = data[upgrade.args[0] :]
        except self._tools.HttpParserError as error:  # what follows the last request is nobody's, see `refuse`
            self.refuse(error.__context__.status if isinstance(error.__context__, Refused) else 400)
        if self.stage == "head":
            self._measure(data)
        return rest

    def _measure(self, data: memoryview) -> None:
        """Counts what came of a head that is not whole yet: the parser tells of a header only when it is."""
        if self._head_bytes:
            self._head_bytes += len(data)
        else:  # it has begun in here, behind another head, or behind what followed that
            _, _, behind = bytes(data).rpartition(END_OF_HEAD)
            self._head_bytes = max(1, len(behind) - self._passed)
        if self._head_bytes > self._limits.head_bytes:
            self.refuse(431)

    def _weigh(self) -> None:
        """The last piece of a head was not counted, because more came with it."""
        size = sum(len(name) + len(value) + BESIDE for name, value in self._headers)
        if size > self._limits.head_bytes:
            raise Refused(431)

    def on_message_begin(self) -> None:
        self.stage = "head"
        self._target = self._body = b""
        self._headers: list[Header] = []
        self._head_bytes = 0

    def on_url(self, part: bytes) -> None:
        self._target += part
        if len(self._target) > self._limits.target_bytes:
            raise Refused(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.stage == "head":  # those after the body are trailers, which nobody asked for
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.stage = "body"
        self._version = self._parser.get_http_version()
        self._expects = check(self._headers, self._version, self._limits)
        if self._head_bytes:  # what came in one piece is no larger than the buffer
            self._weigh()

    def on_body(self, part: bytes) -> None:
        self._body += part
        if len(self._body) > self._limits.body_bytes:
            raise Refused(413)

    def on_message_complete(self) -> None:
        parser: Any = self._parser
        keep: bool = parser.should_keep_alive()
        self.queue.append(Request(parser.get_method(), self._target, self._headers, self._body, self._version, keep))
        self.has_stopped = not keep
        self.stage = "idle"
        self._passed = len(self._body)


def check(headers: list[Header], version: str, limits: Limits) -> bool:
    """Raises Refused for a head that is not taken; true if the client waits for `100 Continue`."""
    if version not in VERSIONS:
        raise Refused(505)
    if len(headers) > limits.headers:
        raise Refused(431)
    hosts = 0
    expects = False
    for name, value in headers:
        match name.lower():
            case b"host":
                hosts += 1
            case b"content-length" if int(value) > limits.body_bytes:
                raise Refused(413)
            case b"expect":
                if value.lower() != b"100-continue":
                    raise Refused(417)
                expects = version == "1.1"
    if hosts > 1 or (not hosts and version == "1.1"):
        raise Refused(400)
    return expects
