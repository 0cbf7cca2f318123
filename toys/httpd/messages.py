"""What a handler is given and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from time import gmtime, time
from typing import Any, NamedTuple

JSON, TEXT = "application/json", "text/plain; charset=utf-8"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BODILESS = (204, 304)
"""These have no body and may not tell the size of one (RFC 9110, section 8.6)."""
KEPT_BYTES = 4096
"""Answers up to this size are kept as they were sent, for the next one who gets the same."""
Header = tuple[bytes, bytes]


class Request:
    """One request, whole. `target` is as the client wrote it; header names are as they came, compare in lower case.

    `keep` is whether the connection may go on after it, `number` its place among those of its connection if anybody
    asks for that.
    """

    __slots__ = ("body", "headers", "keep", "method", "number", "target", "version")

    def __init__(
        self, method: bytes, target: bytes, headers: list[Header], body: bytes, version: str = "2", keep: bool = True
    ) -> None:
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.version, self.keep, self.number = version, keep, 0

    @property
    def path(self) -> str:
        """Decoded, without the query."""
        from urllib.parse import unquote_to_bytes  # it costs a megabyte, and few handlers ask

        return unquote_to_bytes(path_of(self.target)).decode("utf-8", "replace")

    @property
    def line(self) -> str:
        """Method and target, for people."""
        if not self.method:
            return "what was no request"
        return f"{self.method.decode('ascii', 'backslashreplace')} {self.target.decode('ascii', 'backslashreplace')}"

    @property
    def query(self) -> str:
        return self.target.partition(b"?")[2].decode("ascii", "replace")

    def header(self, name: str) -> str:
        """The first header of this name, or nothing."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), "")


class Response:
    """One answer. It may be given any number of times: whoever always says the same can keep it.

    `made` is the answer as HTTP/1 last sent it, `made_for` in which second and to which kind of request; see `encode`.
    """

    __slots__ = ("body", "headers", "made", "made_for", "media_type", "status")

    def __init__(self, status: int = 200, body: bytes = b"", media_type: str = TEXT, headers: tuple[Header, ...] = ()):
        self.status, self.body, self.media_type, self.headers = status, body, media_type, headers
        self.made, self.made_for = b"", (0, "", False, False)

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Response:
        return cls(status, json.dumps(value).encode() + b"\n", JSON)

    @classmethod
    def text(cls, text: str, status: int = 200, headers: tuple[Header, ...] = ()) -> Response:
        return cls(status, text.encode(), TEXT, headers)

    @classmethod
    def of_status(cls, status: int, headers: tuple[Header, ...] = ()) -> Response:
        """A status, with its own name for a text."""
        return cls.text(f"{status} {HTTPStatus(status).phrase}\n", status, headers)


class Later(NamedTuple):
    """An answer that is given when `delay_s` have passed; meanwhile the server serves others."""

    delay_s: float
    response: Response


Answer = Response | Later
Handler = Callable[[Request], Answer]


def path_of(target: bytes) -> bytes:
    """The path of a request's target, in origin form and in absolute form (RFC 9112, section 3.2)."""
    if not target.startswith(b"/") and b"://" in target:
        _, slash, rest = target.partition(b"://")[2].partition(b"/")
        target = slash + rest or b"/"
    return target.partition(b"?")[0]


@lru_cache(maxsize=1024)
def head(status: int, media_type: str, size: int, version: str, keep: bool) -> bytes:
    """The head of a response but for its date and its own headers: few servers have more than a few of them."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    if status not in BODILESS:
        lines += [f"Content-Length: {size}", f"Content-Type: {media_type}"]
    if not keep:
        lines.append("Connection: close")
    elif version == "1.0":
        lines.append("Connection: keep-alive")
    return "\r\n".join(lines).encode() + b"\r\nDate: "


@lru_cache(maxsize=1)
def date(second: int) -> bytes:
    """A time as RFC 9110 section 5.6.7 writes it."""
    now = gmtime(second)
    clock = f"{now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02}"
    return f"{DAYS[now.tm_wday]}, {now.tm_mday:02} {MONTHS[now.tm_mon - 1]} {now.tm_year} {clock} GMT".encode()


def encode(response: Response, request: Request) -> bytes:
    """The response as HTTP/1 sends it; the answer to HEAD has the head that GET would get."""
    wanted = (int(time()), request.version, request.keep, request.method == b"HEAD")
    if response.made_for == wanted:
        return response.made
    second, version, keep, is_bodiless = wanted
    start = head(response.status, response.media_type, len(response.body), version, keep)
    more = b"".join([b"\r\n%b: %b" % header for header in response.headers])
    made = b"%b%b%b\r\n\r\n%b" % (start, date(second), more, b"" if is_bodiless else response.body)
    if len(made) <= KEPT_BYTES:
        response.made, response.made_for = made, wanted
    return made
