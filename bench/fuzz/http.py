"""httpd under the fuzzer: HTTP/1.1, which protocol the first bytes are of, and what comes before TLS stands.

A whole server in this process, on the loopback, whose loop turns when the fuzzer says so. Beside not failing it has to
answer alike however the input was cut: a parser that sees its input in other pieces must not see other requests.
"""

from __future__ import annotations

import re
import socket
import ssl
from contextlib import suppress
from functools import partial

from bench.fuzz.case import Case
from bench.fuzz.mutation import Grammar, tweak
from bench.fuzz.target import Path, Trouble, drain, end, live_timers, send, turn, until
from toys.httpd import Later, Response, Server
from toys.httpd.connection import Connection
from toys.httpd.demo import add_routes
from toys.httpd.listener import Made
from toys.httpd.tls import connection_with
from toys.loop import BACKENDS
from toys.net_conn import certificates

FOLDERS = ("toys/httpd", "toys/loop")
GET = b"GET /api/data HTTP/1.1\r\nHost: x\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SEEDS = (
    GET, GET + GET + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n",
    b"HEAD /api/data HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello" + GET,
    b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-T: t\r\n\r\n" + GET,
    b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
    b"GET /slow?ms=5 HTTP/1.1\r\nHost: x\r\n\r\n" + GET, b"GET /bytes?n=200000 HTTP/1.1\r\nHost: x\r\n\r\n" + GET,
    b"GET http://x/api/data?q#f HTTP/1.1\r\nHost: x\r\nAccept: a,\r\n b\r\nCookie: c=d; e=f\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n",
    b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01",
)  # fmt: skip
WORDS = (
    b"GET ", b"/", b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b" HTTP/2.0\r\n", b" HTTP/0.9\r\n", b"\r\n", b"\n", b"\r", b" ",
    b"\t", b":", b"Host: x\r\n", b"Host: y\r\n", b"Content-Length: 3\r\n", b"Content-Length: +3\r\n",
    b"Content-Length: 65537\r\n", b"Content-Length: " + b"9" * 30 + b"\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n",
    b"ffffffffffffffff\r\n", b"-1\r\n", b"3\r\nabc\r\n", b"Expect: 100-continue\r\n", b"Expect: 200-ok\r\n",
    b"Connection: close\r\n", b"Connection: keep-alive, upgrade\r\n", b"Upgrade: websocket\r\n", PREFACE,
    b"PRI * HTTP/2.0\r\n\r\n", b"\x00", b"\xff\xfe", b"POST /echo", b"TRACE ", b"PUT /", b"//", b"/..", b"%00", b"%",
    b"/bytes?n=70000", b"/slow?ms=1", b"?ms=9" + b"9" * 5000, b"http://", b"*", b"a" * 8200,
    b"X-" + b"n" * 300 + b": v\r\n", b"X: y\r\n" * 101, b"X: " + b"v" * 66_000 + b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01",
)  # fmt: skip
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]+\r\n(?:[A-Za-z-]+: [^\r\n]*\r\n)*\r\n")
STATUSES = frozenset({b"100", b"200", b"204", b"400", b"404", b"405", b"408", b"413", b"414", b"417", b"431", b"505"})
REFUSALS = frozenset({b"400", b"413", b"414", b"417", b"431", b"505"})
"""What is said last to a client; which of them depends on what of its mistakes is seen first."""


class Httpd:
    """`seals` is whether it expects TLS; then what is sent is no TLS, or not much of it."""

    def __init__(self, number: int, connection: Made = Connection, *, seals: bool = False) -> None:
        self.said: list[str] = []
        self.server = Server(
            "127.0.0.1", 0, backend=list(BACKENDS)[number % len(BACKENDS)], say=self.said.append, connection=connection
        )
        add_routes(self.server)
        self.server.get("/slow", lambda request: Later(0.0, Response.text("done\n")))
        self.server.start()
        assert self.server.listener is not None, "it has started"
        self.listener, self.loop, self.seals = self.server.listener, self.server.context.loop, seals

    def run(self, case: Case) -> None:
        heard = self.say(case)
        if case.ending == "fin" and not self.seals:
            inspect(case, heard)
            if case.cuts:
                self._compare(heard, self.say(case._replace(cuts=())))

    def say(self, case: Case) -> bytes:
        """All that is answered, if the case ends in a way that lets us hear it."""
        with socket.create_connection(("127.0.0.1", self.listener.port)) as client:
            client.setblocking(False)
            turn(self.loop)
            heard = b"".join(self._send(client, piece) for piece in case.pieces())
            end(client, case.ending)
            while case.ending == "fin" and self.listener.connections:
                until(self.loop, partial(self._has_gone_on, client), "the client has ended, and its connection not")
                heard += drain(client)
            if client.fileno() >= 0:
                heard += drain(client)
        until(self.loop, lambda: not self.listener.connections, "the client is gone, and its connection not")
        return heard

    def _has_gone_on(self, client: socket.socket) -> bool:
        """Whether something can be read, or the server has closed."""
        try:
            return not self.listener.connections or bool(client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return False
        except ConnectionError:
            return not self.listener.connections

    def _send(self, client: socket.socket, piece: bytes) -> bytes:
        rest, heard = send(client, piece), b""
        for _ in range(100):
            turn(self.loop)
            heard += drain(client)
            if not rest:
                break
            rest = send(client, rest)
        return heard

    def _compare(self, heard: bytes, whole: bytes) -> None:
        """The same requests were seen."""
        mine, others = codes(heard), codes(whole)
        if mine != others and not (heard.startswith(b"\x00") or whole.startswith(b"\x00")):
            raise Trouble(f"in pieces it is {len(mine)} answers {set(mine)}, in one {len(others)} {set(others)}")

    def check(self) -> None:
        if faults := [line for line in self.said if "failed" in line]:
            raise Trouble(f"a handler failed: {faults[0]}")
        if not self.seals:
            self._serves()
        if self.listener.connections or (timers := live_timers(self.loop)):
            raise Trouble(f"{len(self.listener.connections)} connections and {timers} timers are left")

    def _serves(self) -> None:
        heard = self.say(Case(GET))
        if not heard.startswith(b"HTTP/1.1 200 OK\r\n") or not heard.endswith(b'{"status": "ok"}\n'):
            raise Trouble(f"a good request got {heard[:100]!r}")

    def close(self) -> None:
        for connection in list(self.listener.connections):
            connection.close("over")
        self.listener.close()
        self.loop.close()


def codes(heard: bytes) -> list[bytes]:
    """Of all answers; 100 says only that a body was not there yet, and all refusals are one."""
    return [b"4xx" if code in REFUSALS else code for code in STATUS.findall(heard) if code != b"100"]


def inspect(case: Case, heard: bytes) -> None:
    """An answer is one of ours: whole heads, and none that tells of a fault of the server."""
    if heard and not heard.startswith((b"HTTP/1.1 ", b"\x00")):
        raise Trouble(f"that is no answer: {heard[:40]!r}")
    found = set(STATUS.findall(heard))
    if heard.startswith(b"HTTP/1.1 ") and (not found or (b"HTTP/1.1 " not in case.data and not found <= STATUSES)):
        raise Trouble(f"these answers are none of ours: {found}")


def split(data: bytes) -> list[bytes]:
    return re.findall(rb"\r\n|[ :;,=/?]|[^\r\n :;,=/?]+|.", data, re.DOTALL)


def client_hello(*protocols: str) -> bytes:
    """What a client of TLS begins with."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(protocols)
    leaving = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), leaving, server_hostname="good.lab").do_handshake()
    return leaving.read()


def hello_pieces(data: bytes) -> list[bytes]:
    """Headers of record and handshake, and then short runs of bytes."""
    return [data[:5], data[5:9], *(data[start : start + 4] for start in range(9, len(data), 4))]


HELLOS = (client_hello("h2", "http/1.1"), client_hello("http/1.1"), client_hello("h3"))
TLS_WORDS = (
    b"\x15\x03\x03\x00\x02\x01\x00", b"\x17\x03\x03\x00\x04abcd", b"\x14\x03\x03\x00\x01\x01", b"\x16\x03\x01\x40\x01",
    b"\x80\x2e\x01", *WORDS[:2],
)  # fmt: skip
EMPTY_SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
BEGINNINGS = (PREFACE, PREFACE + EMPTY_SETTINGS, b"PRI * HTTP/1.1\r\nHost: x\r\n\r\n", PREFACE[:9], b"P" + GET, GET)
BEGINNING_WORDS = (
    PREFACE, PREFACE[:18], b"PRI ", b"* ", b"HTTP/2.0", b"SM", b"\r\n", b"POST /echo HTTP/1.1\r\n", GET, *HELLOS[:1],
)  # fmt: skip
GOOD = str(certificates.path("good"))

HTTP1 = Path(Grammar(SEEDS, split, WORDS, tweak), Httpd, FOLDERS)
DETECT = Path(Grammar(BEGINNINGS, split, BEGINNING_WORDS, tweak), Httpd, FOLDERS)
HTTPS = Path(
    Grammar(HELLOS, hello_pieces, TLS_WORDS, tweak),
    lambda number: Httpd(number, connection_with(GOOD, GOOD), seals=True),
    FOLDERS,
)
