"""chat's server under the fuzzer: lines, commands and whatever else, heard by somebody else in the room.

What the others hear must be fit for a terminal, and the same however the speaker's bytes were cut on their way.
"""

from __future__ import annotations

import re
import socket

from bench.fuzz.case import Case
from bench.fuzz.mutation import Grammar, tweak
from bench.fuzz.target import Path, Trouble, drain, end, live_timers, send, turn, until
from toys.chat.doorway import listening, vigilance
from toys.chat.log import Log
from toys.chat.server import Limits, Server
from toys.loop import BACKENDS, Loop
from toys.toy9.journal import Journal

SEEDS = (
    b"hello\n", b"hello\r\nhow are you\r\n", b"/nick anna\nhello\n/list\n/quit\nnobody hears\n", b"half a line",
    b"/help\n//slash\n/\n/nick\n/nick 5\n/nick server\n/nobody\n", "gr\u00fc\u00dfe \u2603 \U0001f600\n".encode(),
    b"x" * 1024 + b"\n" + b"x" * 1025 + b"\r\nafter\n", b"\x1b]0;title\x07\n\x9b31m\n\xe2\x80\xae\n\n\r\n\r\r\n",
    b"/nick Resident\n/nick resident\n/nick " + b"n" * 20 + b"\n",
)  # fmt: skip
WORDS = (
    b"\n", b"\r\n", b"\r", b"\x00", b"\x1b[2J", b"\x7f", b"\xc2\x9b", b"\xe2\x80\xa8", b"\xe2\x80", b"\xff\xfe",
    b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"/nick ", b"/nick a\n", b"/nick A\n", b"/list\n", b"/quit\n", b"/help\n",
    b"//", b"/", b" ", b"\t", b"x" * 1022, b"x" * 1023, b"x" * 1024, b"\xc3\xa4" * 512, b"y" * 5000, b"z\n" * 400,
    b"[Client 5] liar\n", b"* liar\n",
)  # fmt: skip
HEARD = re.compile(rb"(?:(?:\[[A-Za-z][A-Za-z0-9_-]{0,19}\]|\[Client N\]|\*) [^\x00-\x1f\x7f\n]+\n)*")
NUMBER = re.compile(rb"Client \d+")


class Chat:
    """One is in the room all the time and hears everything."""

    def __init__(self, number: int) -> None:
        self.loop = Loop(list(BACKENDS)[number % len(BACKENDS)])
        self.server = Server(self.loop, Limits(), Log(self.loop.soon, None), Journal(None))
        self.listener = listening("127.0.0.1", 0, vigilance(60))
        self.port: int = self.listener.getsockname()[1]
        self.server.open(self.listener)
        self.resident = self._caller()
        self.hear()

    def _caller(self) -> socket.socket:
        here = len(self.server._guests)
        caller = socket.create_connection(("127.0.0.1", self.port))
        caller.setblocking(False)
        until(self.loop, lambda: len(self.server._guests) > here, "who calls is let in")
        return caller

    def hear(self) -> bytes:
        turn(self.loop)
        return drain(self.resident)

    def run(self, case: Case) -> None:
        heard = self.say(case)
        inspect(heard)
        if case.ending == "fin" and case.cuts and (whole := self.say(case._replace(cuts=()))) != heard:
            raise Trouble(f"in pieces the others hear {len(heard)} bytes, in one {len(whole)}")

    def say(self, case: Case) -> bytes:
        """All that the resident hears of it, with every number the same."""
        heard = b""
        with self._caller() as caller:
            for piece in case.pieces():
                while piece := send(caller, piece):
                    heard += self.hear()
                    drain(caller)
                heard += self.hear()
                drain(caller)
            end(caller, case.ending)
            while len(self.server._guests) > 1:
                heard += self._more(caller)
        return NUMBER.sub(b"Client N", heard + self.hear())

    def _more(self, caller: socket.socket) -> bytes:
        """Until a byte is heard, or the caller's connection is over."""
        heard: list[bytes] = []

        def gone_on() -> bool:
            if caller.fileno() >= 0:
                drain(caller)
            heard.append(drain(self.resident))
            return bool(heard[-1]) or len(self.server._guests) == 1

        until(self.loop, gone_on, "the caller has ended, and its connection not")
        return b"".join(heard)

    def check(self) -> None:
        if (heard := self.say(Case(b"good\n"))) != b"* Client N joined\n[Client N] good\n* Client N left\n":
            raise Trouble(f"of a good line it is heard: {heard!r}")
        if timers := live_timers(self.loop):
            raise Trouble(f"{timers} timers are left")
        if self.server.room.names._holders:
            raise Trouble(f"names are left: {self.server.room.names._holders}")

    def close(self) -> None:
        self.resident.close()
        self.server.shut_down()
        self.server.break_up()
        self.loop.close()


def inspect(heard: bytes) -> None:
    """Whole lines of the room or of somebody, and nothing in them that a terminal would obey."""
    heard.decode()
    if not HEARD.fullmatch(heard) or re.search("[\x80-\x9f\u2028\u2029\u202a-\u202e]", heard.decode()):
        raise Trouble("this is not fit to be heard")


def split(data: bytes) -> list[bytes]:
    return re.findall(rb"\r?\n|/\w+ ?|[^\r\n/]+|.", data, re.DOTALL)


LINES = Path(Grammar(SEEDS, split, WORDS, tweak), Chat, ("toys/chat", "toys/loop"))
