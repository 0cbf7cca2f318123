"""The room: what is said in one turn of the loop, and who gets which part of it.

Reading and writing are two things. While a turn lasts, what clients say is only collected; at its end each client gets
the whole of it with one write. Of a thousand clients and thirty-two lines, nearly all get the very same bytes object;
those who spoke, came, went or were answered get a part of their own, which is made of slices.
"""

from __future__ import annotations

from collections.abc import Callable

from toys.chat.connection import Connection, write_to_all
from toys.chat.names import Names
from toys.loop import Loop

Note = Callable[[str], object] | None

FIRST_NUMBER = 5
"""0 to 4 are what such a server has open before its first client: it was descriptors that servers of this kind counted.
A descriptor is given again as soon as it is free, so here they are counted on and name one client for ever."""


class Member:
    """Somebody in the room."""

    __slots__ = ("asides", "connection", "name", "number", "prefix", "since")

    def __init__(self, number: int, connection: Connection) -> None:
        self.number, self.connection = number, connection
        self.be_called(f"Client {number}")
        self.since = 0
        """Where in the turn it came in."""
        self.asides: list[tuple[int, bytes]] = []
        """What differs for it: at a place of the turn, something for it alone; or nothing, for what it said itself."""

    def be_called(self, name: str) -> None:
        self.name, self.prefix = name, f"[{name}] ".encode()

    def share_of(self, turn: list[bytes]) -> bytes:
        """Its part of what was said in a turn; the next turn begins anew."""
        pieces, place = [], self.since
        for at, aside in self.asides:
            pieces += turn[place:at]
            if aside:
                pieces.append(aside)
            place = at if aside else at + 1
        pieces += turn[place:]
        self.since, self.asides = 0, []
        return b"".join(pieces)


class Room:
    """`note` gets every line that is said to all and every departure, where somebody keeps a log."""

    def __init__(self, loop: Loop, note: Note) -> None:
        self._loop, self._note = loop, note
        self.names = Names()
        self.members: dict[int, Member] = {}
        self._turn: list[bytes] = []
        self.turn_bytes = 0
        """How much has been said by clients in this turn."""
        self._addressed: dict[int, Member] = {}
        self._leaving: list[tuple[Member, bytes]] = []
        self._is_due = False

    def enter(self, member: Member, welcome: str) -> None:
        """What was said before is not for it."""
        self.notice(f"{member.name} joined")
        member.since = len(self._turn)
        self.members[member.number] = member
        self.tell(member, welcome)

    def leave(self, member: Member, reason: str = "") -> None:
        """It gets what was said up to now, and its connection is finished. Leaving twice is nothing."""
        if self.members.pop(member.number, None) is None:
            return
        self._addressed.pop(member.number, None)
        self._leaving.append((member, member.share_of(self._turn)))
        self.names.free(member.number)
        if self._note:
            self._note(f"[Server] {member.name} left ({member.number})")
        self.notice(f"{member.name} left" + (f" ({reason})" if reason else ""))

    def dismiss(self) -> None:
        """All leave, and nobody is there to be told."""
        for member in [*self.members.values()]:
            self._leaving.append((member, member.share_of(self._turn)))
        self.members.clear()
        self._addressed.clear()
        self._be_due()

    def rename(self, member: Member, name: str) -> str:
        """Why not, or nothing."""
        before, problem = member.name, self.names.take(name, member.number)
        if not problem and name != before:
            member.be_called(name)
            self.aside(member, b"")
            self.notice(f"{before} is now {name}")
        return problem

    def say(self, member: Member, line: bytes) -> None:
        """To all but the one who says it. The line is clean and not empty."""
        self.aside(member, b"")
        said = member.prefix + line + b"\n"
        self._turn.append(said)
        self.turn_bytes += len(said)
        if self._note:
            self._note(f"[{member.name}] {line.decode()}")

    def notice(self, text: str) -> None:
        """To all, of the room itself."""
        self._turn.append(f"* {text}\n".encode())
        self._be_due()

    def tell(self, member: Member, text: str) -> None:
        """To one alone, of the room itself."""
        self.aside(member, "".join(f"* {line}\n" for line in text.split("\n")).encode())

    def aside(self, member: Member, data: bytes) -> None:
        member.asides.append((len(self._turn), data))
        self._addressed[member.number] = member
        self._be_due()

    def _be_due(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._loop.soon(self.flush)

    def flush(self) -> None:
        """The end of a turn. Whom a write loses leaves in the next one."""
        turn, self._turn, self.turn_bytes = self._turn, [], 0
        addressed, self._addressed = self._addressed, {}
        leaving, self._leaving = self._leaving, []
        self._is_due = False
        self.broadcast(turn, addressed)
        for member in addressed.values():
            if share := member.share_of(turn):
                member.connection.write(share)
        for member, share in leaving:
            if share:
                member.connection.write(share)
            member.connection.finish()

    def broadcast(self, turn: list[bytes], but: dict[int, Member]) -> None:
        if turn:
            others = [member.connection for number, member in self.members.items() if number not in but]
            write_to_all(others, b"".join(turn))
