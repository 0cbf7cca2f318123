"""What a line that begins with a slash asks for; with two slashes it is said, with one of them."""

from __future__ import annotations

from collections.abc import Callable

from toys.chat.room import Member, Room

NAMES_IN_A_LINE = 16


def nick(room: Room, member: Member, argument: str) -> None:
    problem = room.rename(member, argument)
    room.tell(member, problem or f"you are {member.name} now")


def everybody(room: Room, member: Member, _: str) -> None:
    names = [other.name for other in room.members.values()]
    rows = [", ".join(names[start : start + NAMES_IN_A_LINE]) for start in range(0, len(names), NAMES_IN_A_LINE)]
    room.tell(member, f"{len(names)} here: " + "\n".join(rows))


def leave(room: Room, member: Member, _: str) -> None:
    room.tell(member, "bye")
    room.leave(member)


def explain(room: Room, member: Member, _: str) -> None:
    room.tell(member, HELP)


COMMANDS: dict[str, Callable[[Room, Member, str], None]] = {
    "/nick": nick, "/list": everybody, "/quit": leave, "/help": explain,
}  # fmt: skip
HELP = "/nick NAME to be called so, /list for who is here, /quit to leave, // to say something that begins with a slash"


def obey(room: Room, member: Member, line: str) -> None:
    """The command of this line, which begins with a slash."""
    word, _, argument = line.partition(" ")
    command = COMMANDS.get(word)
    if command is None:
        room.tell(member, f"there is no {word[:20]}; {HELP}")
    else:
        command(room, member, argument.strip())
