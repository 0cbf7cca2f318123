"""Lets a Python program tell its own system calls where no strace is: wraps `socket` and `select` in its process.

What is told is written as strace's lines to a descriptor, and read by the same parser, so that the same clauses judge
it; the trace is marked as self-reported. Results and exceptions are those of the calls themselves; only a
wrong number of arguments is complained of in other words.

What holds: the methods of `socket.socket` are wrapped in place, whoever has imported the class, and when.
`select.epoll`, `poll` and `select` are replaced in their module and in `selectors`: a program that did `from select
import epoll` before is not seen. What C code does by itself is not seen either: the resolver's calls, TLS on a
descriptor, the steps of a blocking call with a timeout, or how many calls sendall() took; each of these shows as one
call or as none.

In the program all of this needs nothing but the standard library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.recorders.recorded import Recorded


def preload() -> None:
    """Imports what `install` needs: in a warm process once, and not in every program that is forked from it."""
    from harness.recorders import teller, told_pollers, told_sockets  # noqa: F401


def install(descriptor: int) -> None:
    """From now on this process tells its calls to `descriptor`; for good, and once."""
    from harness.recorders import told_pollers, told_sockets  # nobody else pays for these
    from harness.recorders.teller import Teller

    teller = Teller(descriptor)
    told_sockets.wrap(teller)
    told_pollers.wrap(teller)


def parse(raw: bytes, *, who: str) -> Recorded:
    """The events of what one program told. That its process ended, it cannot tell itself; that is no cut."""
    from harness.recorders import strace  # not in the program itself, which gets by with the standard library
    from harness.recorders.recorded import Recorded

    text = raw.decode("latin-1")
    whole, newline, tail = text.rpartition("\n")
    if not newline:
        return Recorded([], cut=True, strays=[tail] if tail else [])
    lines = whole.split("\n")
    root = lines[0].partition(" ")[0]
    told = strace.parse(_with_ends(lines), who=who, root=int(root))
    return told._replace(cut=told.cut or bool(tail))


def _with_ends(lines: list[str]) -> str:
    """Each thread's end behind its last line, as nobody can tell their own."""
    last = {line.partition(" ")[0]: number for number, line in enumerate(lines)}
    ends = {number: f"{pid} {lines[number].split(' ', 2)[1]} +++ exited with 0 +++\n" for pid, number in last.items()}
    return "".join(f"{line}\n{ends.get(number, '')}" for number, line in enumerate(lines))
