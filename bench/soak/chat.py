"""A room full of residents, who say numbered lines and count what they hear of the others, and visitors who disturb.

A round is over when every resident has heard every line of every other one, in order and once. What a visitor says
before it leaves in order must have been heard by all of them too, once.
"""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from random import Random

from bench.soak import faults, visitors
from bench.soak.load import Load, Wrong, drawn

RESIDENTS, VISITORS = 16, 4
LINES, ROUND_S = 10, 60
FILLER = "." * 80
SAID = re.compile(r"\[[^\]]+\] (r\d+|v\d+) (\d+)( \.{80})?")
UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e]")


class Resident:
    """Reads in a thread of its own; `heard` has each other's last number, `visitors` how often each line came."""

    def __init__(self, load: Load, number: int, has_heard: threading.Condition) -> None:
        self.number, self.load, self._has_heard = number, load, has_heard
        self.sock = load.server.dial()
        self.sock.settimeout(None)
        self.heard: dict[str, int] = {}
        self.visitors: Counter[int] = Counter()
        self.is_leaving = False
        self._rest = b""

    def listen(self, random: Random) -> None:
        """Until the room or the resident ends."""
        while (data := self.sock.recv(1 << 16)) and not self.is_leaving:
            *lines, self._rest = (self._rest + data).split(b"\n")
            with self._has_heard:
                for line in lines:
                    self._note(line.decode())
                self._has_heard.notify_all()
        if not self.is_leaving:
            raise Wrong(f"resident {self.number} was sent away")
        self.load.is_over.wait()

    def _note(self, line: str) -> None:
        if UNFIT.search(line) or not line.startswith(("[", "* ")):
            raise Wrong(f"this was heard: {line!r}")
        if not (found := SAID.fullmatch(line)):
            return
        who, number = found[1], int(found[2])
        if who[0] == "v":
            self.visitors[int(who[1:])] += 1
            return
        if number != self.heard.get(who, 0) + 1:
            raise Wrong(f"{who} {number} was heard after {self.heard.get(who, 0)}")
        self.heard[who] = number
        self.load.count("deliveries")

    def say(self, first: int) -> None:
        lines = (f"r{self.number} {number} {FILLER}\n" for number in range(first, first + LINES))
        self.sock.sendall("".join(lines).encode())

    def leave(self) -> None:
        self.is_leaving = True
        faults.try_to_send(self.sock, b"/quit\n")


class Room:
    """The residents of one server, and the rounds in which they talk."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._has_heard = threading.Condition()
        self.residents = [Resident(load, number, self._has_heard) for number in range(RESIDENTS)]
        self.book = visitors.Book()
        self._rounds = 0

    def begin(self) -> None:
        for resident in self.residents:
            self._load.start(resident.listen)
        for _ in range(VISITORS):
            self._load.start(drawn(self._load, visitors.deeds(self.book)))
        self._load.start(self.round)

    def round(self, random: Random) -> None:
        """What was confirmed to a visitor before it was said to all before what is said now."""
        due = self.book.taken()
        for resident in self.residents:
            resident.say(1 + self._rounds * LINES)
        self._rounds += 1
        with self._has_heard:
            if not self._has_heard.wait_for(self._is_heard, ROUND_S):
                missing = {f"r{one.number}": one.heard for one in self.residents if not self._has_all(one)}
                raise Wrong(f"round {self._rounds} was not heard by all: {missing}")
            for number in due:
                for resident in self.residents:
                    if (count := resident.visitors.pop(number, 0)) != 1:
                        raise Wrong(f"resident {resident.number} heard visitor's line {number} {count} times")
        self._load.count("deliveries", len(due) * RESIDENTS)
        self._load.count("rounds")

    def _is_heard(self) -> bool:
        return self._load.is_over.is_set() or all(self._has_all(resident) for resident in self.residents)

    def _has_all(self, resident: Resident) -> bool:
        last = self._rounds * LINES
        others = (f"r{other.number}" for other in self.residents if other is not resident)
        return all(resident.heard.get(name) == last for name in others)

    def end(self) -> None:
        """A round that was under way is not waited for."""
        for resident in self.residents:
            resident.leave()
        faults.let_go()
        with self._has_heard:
            self._has_heard.notify_all()
        for resident in self.residents:
            resident.sock.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        """When nobody reads any more."""
        for resident in self.residents:
            resident.sock.close()


rooms: dict[Load, Room] = {}


def begin(load: Load) -> None:
    rooms[load] = Room(load)
    rooms[load].begin()


def end(load: Load) -> None:
    load.is_over.set()
    room = rooms.pop(load)
    room.end()
    load.stop()
    room.close()
