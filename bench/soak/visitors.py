"""Who comes to the room and goes again: in order, and then its line was heard by all; or otherwise."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from random import Random

from bench.soak import faults
from bench.soak.load import Deed, Load, Wrong

SMALL_BUFFER = 4096


class Book:
    """The numbers of visitors' lines: each is given once, and stands in the book when the server has confirmed it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._confirmed: list[int] = []

    def number(self) -> int:
        with self._lock:
            self._last += 1
            return self._last

    def confirm(self, number: int) -> None:
        with self._lock:
            self._confirmed.append(number)

    def taken(self) -> list[int]:
        """What was confirmed and not taken yet."""
        with self._lock:
            taken, self._confirmed = self._confirmed, []
        return taken


def read_to_the_end(sock: socket.socket) -> bytes:
    data = b""
    while piece := sock.recv(1 << 16):
        data = data[-100_000:] + piece
    return data


# -- deeds that are confirmed ------------------------------------------------------------------------------------------


def polite(book: Book, load: Load, random: Random) -> None:
    """Some commands, a line, /quit; the server's goodbye is the last that is heard."""
    number = book.number()
    words = [f"/nick v{number}", "/list", "/help", "", "/nobody", "//slash"]
    lines = [*random.sample(words, random.randint(0, 4)), f"v{number} 1", "/quit"]
    with load.server.dial() as sock:
        sock.sendall("\n".join([*lines, ""]).encode())
        if not read_to_the_end(sock).endswith(b"* bye\n"):
            raise Wrong(f"visitor {number} heard no goodbye")
    book.confirm(number)


def slow_typist(book: Book, load: Load, random: Random) -> None:
    number = book.number()
    with load.server.dial() as sock:
        for byte in f"v{number} 1\r\n/quit\n".encode():
            sock.sendall(bytes((byte,)))
            load.is_over.wait(0.002)
        if not read_to_the_end(sock).endswith(b"* bye\n"):
            raise Wrong(f"visitor {number} heard no goodbye")
    book.confirm(number)


def half_a_line(book: Book, load: Load, random: Random) -> None:
    """FIN is the end of it. Of TLS, Python's sockets cannot end one side; there it is a whole line."""
    number = book.number()
    with load.server.dial() as sock:
        if load.server.context is None:
            sock.sendall(f"v{number} 1".encode())
            sock.shutdown(socket.SHUT_WR)
        else:
            sock.sendall(f"v{number} 1\n/quit\n".encode())
        read_to_the_end(sock)
    book.confirm(number)


def too_long(book: Book, load: Load, random: Random) -> None:
    """The line is dropped and its speaker told so; the next one is heard."""
    number = book.number()
    with load.server.dial() as sock:
        sock.sendall(b"y" * random.choice((1025, 5000, 50_000)) + f"\nv{number} 1\n/quit\n".encode())
        if b"* this line was dropped: more than 1024 bytes\n" not in read_to_the_end(sock):
            raise Wrong(f"visitor {number} was not told that its line was dropped")
    book.confirm(number)


# -- deeds of which nothing is known afterwards ------------------------------------------------------------------------


def reset(load: Load, random: Random) -> None:
    """Amid its own words."""
    sock = load.server.dial()
    faults.try_to_send(sock, b"x says %d\n" % random.randrange(1000) * random.randint(1, 50) + b"and h")
    faults.reset(sock)


def vanish(load: Load, random: Random) -> None:
    sock = load.server.dial()
    faults.try_to_send(sock, b"x says good")
    faults.vanish(sock)


def deaf(load: Load, random: Random) -> None:
    """Stays and reads nothing, until the server has had enough of it."""
    sock = load.server.dial()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    faults.be_silent(sock)


def storm(load: Load, random: Random) -> None:
    """Many come at once, and go at once."""
    socks = [load.server.dial(raw=True) for _ in range(random.randint(10, 40))]
    for sock in socks:
        random.choice((faults.reset, faults.close_raw, hang_up))(sock)


def hang_up(sock: socket.socket) -> None:
    """FIN, and what is said until then is read."""
    with suppress(OSError), sock:
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(1)
        sock.recv(1 << 16)


def deeds(book: Book) -> dict[Deed, int]:
    """With what each is drawn by."""
    confirmed = {polite: 12, slow_typist: 5, half_a_line: 5, too_long: 4}
    others: dict[Deed, int] = {reset: 5, vanish: 2, deaf: 1, storm: 2, faults.nonsense: 3}
    return {**{named(deed, book): weight for deed, weight in confirmed.items()}, **others}


def named(deed: Callable[[Book, Load, Random], None], book: Book) -> Deed:
    """With its name, by which it is counted."""
    bound = partial(deed, book)
    bound.__name__ = deed.__name__  # type: ignore[attr-defined]
    return bound
