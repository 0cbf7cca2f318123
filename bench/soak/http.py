"""What is asked of httpd, rightly and wrongly. Every answer is compared with what it must be."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from random import Random

from bench.soak import faults
from bench.soak.http2 import streams
from bench.soak.load import Deed, Load, Wrong, drawn

THREADS = 6
PATTERN = b"0123456789abcdef"
GET = b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b"
CHUNKED = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
TOO_MUCH = (
    (GET % (b"/" + b"a" * 9_000), (414,)), (b"no request at all\r\n\r\n", (400,)),
    (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: %b\r\n" % (b"v" * 70_000) + b"\r\n", (431,)),
    (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 120 + b"\r\n", (431,)),
    (POST % (70_000, b""), (413,)), (CHUNKED % (70_000, b"z" * 70_000), (413,)),
)  # fmt: skip


class Client:
    """One connection, read answer by answer."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock, self._input = sock, b""

    def answer(self) -> tuple[int, bytes]:
        """Status and body of the next one. Wrong if the server ends before."""
        while (end := self._input.find(b"\r\n\r\n")) < 0:
            self._more()
        head, self._input = self._input[:end], self._input[end + 4 :]
        size = next((int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")), 0)
        while len(self._input) < size:
            self._more()
        body, self._input = self._input[:size], self._input[size:]
        return int(head[9:12]), body

    def _more(self) -> None:
        data = self.sock.recv(1 << 18)
        if not data:
            raise Wrong(f"the server ended after {self._input[:60]!r}")
        self._input += data


def question(random: Random) -> tuple[bytes, bytes]:
    """A request, and the body that it must be answered with."""
    match random.randrange(5):
        case 0:
            body = random.randbytes(random.choice((0, 1, 20, 3000, 60_000)))
            return POST % (len(body), body), body
        case 1:
            body = random.randbytes(random.randint(1, 5000))
            return CHUNKED % (len(body), body), body
        case 2:
            count = random.choice((10, 100, 5_000, 200_000)) // 16
            return GET % b"/bytes?n=%d" % (16 * count), PATTERN * count
        case 3:
            return GET % b"/slow?ms=%d" % random.randint(1, 30), b"done\n"
        case _:
            return GET % b"/api/data", b'{"status": "ok"}\n'


def check(load: Load, client: Client, wanted: bytes) -> None:
    status, body = client.answer()
    if status != 200 or body != wanted:
        raise Wrong(
            f"status {status} and {body[:40]!r} ({len(body)} bytes) in place of {wanted[:40]!r} ({len(wanted)})"
        )
    load.count("answers")


# -- deeds -------------------------------------------------------------------------------------------------------------


def keep_alive(load: Load, random: Random) -> None:
    with load.server.dial() as sock:
        client = Client(sock)
        for _ in range(random.randint(1, 20)):
            request, wanted = question(random)
            sock.sendall(request)
            check(load, client, wanted)


def pipelined(load: Load, random: Random) -> None:
    """No more than the server's and our own buffers hold, because nothing is read before everything is sent."""
    asked = [question(random) for _ in range(random.randint(2, 12))]
    asked = [(request, wanted) for request, wanted in asked if len(request) + len(wanted) < 20_000]
    with load.server.dial() as sock:
        client = Client(sock)
        sock.sendall(b"".join(request for request, _ in asked))
        for _, wanted in asked:
            check(load, client, wanted)


def slow_writer(load: Load, random: Random) -> None:
    """Piece by piece, then the answer; a pause is a wait for what is not to come."""
    body = random.randbytes(random.randint(1, 40))
    data, place = POST % (len(body), body), 0
    with load.server.dial() as sock:
        while place < len(data):
            step = random.randint(1, 9)
            sock.sendall(data[place : place + step])
            place += step
            load.is_over.wait(0.003)
        check(load, Client(sock), body)


def half_closed(load: Load, random: Random) -> None:
    """All that was asked for before the FIN is answered."""
    asked = [question(random) for _ in range(3)]
    with load.server.dial(raw=load.server.context is None) as sock:
        if load.server.context is not None:
            return  # of TLS, Python's sockets cannot end one side
        sock.sendall(b"".join(request for request, _ in asked))
        sock.shutdown(socket.SHUT_WR)
        client = Client(sock)
        for _, wanted in asked:
            check(load, client, wanted)


def half_a_request(load: Load, random: Random) -> None:
    """Then it goes away, by FIN, by RST, or by nothing at all; or it stays, and is told that it was too slow."""
    request, _ = question(random)
    sock = load.server.dial()
    sock.sendall(request[: random.randint(1, len(request) - 1)][:5000])
    leave: Callable[[socket.socket], None] = random.choice(
        (socket.socket.close, faults.reset, faults.vanish, wait_for_408)
    )
    leave(sock)
    sock.close()


def wait_for_408(sock: socket.socket) -> None:
    status, _ = Client(sock).answer()
    if status != 408:
        raise Wrong(f"status {status} in place of 408")


def reset_midway(load: Load, random: Random) -> None:
    """In the middle of a large answer."""
    sock = load.server.dial()
    sock.sendall(GET % b"/bytes?n=3000000" * random.randint(1, 3))
    sock.recv(random.randint(1, 100_000))
    faults.reset(sock)


def vanish_midway(load: Load, random: Random) -> None:
    sock = load.server.dial()
    sock.sendall(GET % random.choice((b"/bytes?n=3000000", b"/slow?ms=50", b"/api/data")))
    random.choice((faults.vanish, faults.be_silent))(sock)


def too_much(load: Load, random: Random) -> None:
    data, statuses = random.choice(TOO_MUCH)
    with load.server.dial() as sock:
        faults.try_to_send(sock, data)
        status, _ = Client(sock).answer()
        if status not in statuses:
            raise Wrong(f"status {status} in place of {statuses}")


def storm(load: Load, random: Random) -> None:
    """Many at once, of whom some say something; all go away."""
    socks = [load.server.dial(raw=True) for _ in range(random.randint(10, 60))]
    for sock in socks:
        if random.random() < 0.5:
            faults.try_to_send(sock, GET % b"/api/data")
    for sock in socks:
        random.choice((faults.reset, faults.close_raw))(sock)


def http2(load: Load, random: Random) -> None:
    streams(load, random, leaves=random.choice((faults.reset, faults.vanish)))


DEEDS: dict[Deed, int] = {
    keep_alive: 20, pipelined: 15, slow_writer: 4, half_closed: 4, half_a_request: 6, reset_midway: 6, vanish_midway: 2,
    too_much: 4, faults.nonsense: 4, storm: 2, http2: 10,
}  # fmt: skip


def begin(load: Load) -> None:
    for _ in range(THREADS):
        load.start(drawn(load, DEEDS))


def end(load: Load) -> None:
    """Everybody is gone, and nothing of them may be left soon."""
    load.stop()
    with suppress(OSError):
        faults.let_go()
