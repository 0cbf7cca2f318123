"""The two ends of a stream of HTTP/2: a request that is arriving, and answers that wait for their windows."""

from __future__ import annotations

from time import time
from typing import Any, Protocol

from toys.httpd.limits import Limits
from toys.httpd.messages import BODILESS, Header, Request, Response, date
from toys.httpd.missing import import_or_explain
from toys.httpd.parsing import BESIDE

MOST_STREAMS = 100
"""At once; a client that opens more breaks the protocol (RFC 9113, section 5.1.2)."""
HeaderList = list[tuple[str | bytes, str | bytes]]


def new_connection(limits: Limits) -> Any:
    """h2's server side of a connection, with its SETTINGS ready to be sent."""
    library, config = import_or_explain("h2.connection"), import_or_explain("h2.config")
    codes = import_or_explain("h2.settings").SettingCodes
    connection = library.H2Connection(config.H2Configuration(client_side=False, header_encoding=None))
    connection.update_settings(
        {codes.MAX_CONCURRENT_STREAMS: MOST_STREAMS, codes.MAX_HEADER_LIST_SIZE: limits.head_bytes}
    )
    connection.initiate_connection()
    return connection


class Incoming:
    """A request that is not whole yet."""

    def __init__(self, headers: list[Header]) -> None:
        self._all = headers
        self.pseudo = {name: value for name, value in headers if name.startswith(b":")}
        self.body = b""

    def request(self) -> Request:
        headers = [header for header in self._all if not header[0].startswith(b":")]
        return Request(self.pseudo.get(b":method", b""), self.pseudo.get(b":path", b""), headers, self.body)

    def refusal(self, limits: Limits) -> int:
        """The status of a head that is too much, or 0."""
        size = sum(len(name) + len(value) + BESIDE for name, value in self._all)
        if size > limits.head_bytes or len(self._all) > limits.headers:
            return 431
        return 414 if len(self.pseudo.get(b":path", b"")) > limits.target_bytes else 0


class Sink(Protocol):
    """Where output goes; see `stream`."""

    unsent: bytes | memoryview

    def write(self, data: bytes) -> None: ...


class Outgoing:
    """What is still to be sent of the bodies of answers, by stream."""

    def __init__(self, h2: Any, sink: Sink) -> None:
        self._h2, self._sink = h2, sink
        self._bodies: dict[int, memoryview] = {}

    def __bool__(self) -> bool:
        return bool(self._bodies)

    def begin(self, stream: int, response: Response, body: bytes) -> None:
        """The head of an answer; its body is sent by `pour`. h2's ProtocolError if the stream is closed."""
        self._h2.send_headers(stream, _headers(response), end_stream=not body)
        if body:
            self._bodies[stream] = memoryview(body)

    def pour(self, stream: int) -> None:
        """Gives h2 what the windows allow of a body, and sends it but for the last piece: more may leave with that."""
        body = self._bodies.pop(stream, None)
        while body and not self._sink.unsent:
            size = min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size, len(body))
            if size <= 0:
                break
            self._h2.send_data(stream, bytes(body[:size]), end_stream=size == len(body))
            body = body[size:]
            if body:
                self._sink.write(self._h2.data_to_send())
        if body:
            self._bodies[stream] = body

    def pour_all(self) -> None:
        for stream in list(self._bodies):
            self.pour(stream)

    def forget(self, stream: int) -> None:
        self._bodies.pop(stream, None)

    def clear(self) -> None:
        self._bodies.clear()


def _headers(response: Response) -> HeaderList:
    found: HeaderList = [(":status", str(response.status))]
    if response.status not in BODILESS:
        found += [("content-length", str(len(response.body))), ("content-type", response.media_type)]
    found.append(("date", date(int(time()))))
    return found + [(name.lower(), value) for name, value in response.headers]
