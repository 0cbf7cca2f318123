"""What strace recorded of a program, as events: sockets followed from creation to close through threads and children.

Sockets are named `sock1`, `sock2` ... in order of creation within the program, whatever their family. Calls that the
kernel was still busy with when the process ended appear with `EINTR`, a wait with no count. The recording is cut if a
process of the program has no last line, or one of its lines makes no sense.
"""

from __future__ import annotations

import re
from operator import attrgetter

from harness import events as ev
from harness.recorders import calls, descriptors, lines, pollers, restarts, transfers
from harness.recorders.family import Family, family
from harness.recorders.lines import Raw, Said
from harness.recorders.recorded import Recorded
from harness.recorders.restarts import Held
from harness.recorders.subject import Subject
from harness.recorders.tables import Sock

_HEAD = re.compile(r"(\w+)\((?:(\d+)(?=[,) ]))?")
_ON_SOCKET: dict[str, calls.Make] = {**calls.MAKE, **transfers.MAKE, "close": descriptors.closed}
_BY_NAME = {**calls.OPEN, **pollers.MAKE, **descriptors.MAKE, "splice": transfers.spliced}
_EXIT = frozenset({"exit", "exit_group"})
_NO_DESCRIPTOR = _EXIT | {
    "select", "pselect6", "kill", "tkill", "tgkill", "wait4", "waitid", "alarm", "pidfd_open", "epoll_create",
    "splice",
}  # fmt: skip
"""Calls whose first argument is a number and no descriptor."""


def parse(text: str, *, who: str, root: int, since_ns: int = 0) -> Recorded:
    """The events of the program that began as process `root`; what is before `since_ns` belongs to who started it."""
    split = lines.split(text)
    tree = family(split.raws, root)
    reader = _Reader(who, root, since_ns, tree, _next_lines(split.raws))
    for raw in split.raws:
        if raw.pid in tree.members:
            reader.read(raw)
    reader.end()
    begun = next((raw.number for raw in split.raws if raw.pid == root), 0)
    cut = bool(reader.incomplete or tree.lost or any(number > begun for number in split.strays))
    strays = [*split.strays.values(), *reader.subject.strays]
    return Recorded(sorted(reader.subject.events, key=attrgetter("at_ns")), cut, strays)


def _next_lines(raws: list[Raw]) -> dict[int, int]:
    """For each line the time of its thread's next one."""
    following: dict[int, int] = {}
    times: dict[int, int] = {}
    for raw in reversed(raws):
        if raw.pid in times:
            following[raw.number] = times[raw.pid]
        times[raw.pid] = raw.at_ns
    return following


class _Reader:
    """Goes through the lines of a program once, in order."""

    def __init__(self, who: str, root: int, since_ns: int, tree: Family, next_lines: dict[int, int]) -> None:
        self.subject = Subject(who, root, since_ns)
        self.alive = {root}
        self.puzzled = False
        self._tree = tree
        self._next_lines = next_lines
        self._waiting: dict[int, Held] = {}
        self._restarts = restarts.Restarts()

    @property
    def incomplete(self) -> bool:
        """Whether something is missing that the program did."""
        return bool(self.alive or self.puzzled or self.subject.blind)

    def read(self, raw: Raw) -> None:
        """One line of one of its threads. A number too long to be one (ValueError) is no more than a puzzle."""
        try:
            _READ.get(raw.text[:1], _Reader._call)(self, raw)
        except ValueError:
            self._puzzle(raw)

    def end(self) -> None:
        """What was still going on when the recording ended."""
        for call in (*self._waiting.values(), *self._restarts.rest()):
            self._make(call)

    def _call(self, raw: Raw) -> None:
        head = _HEAD.match(raw.text)
        if head is None:
            self._puzzle(raw)
            return
        name, number = head.groups()
        sock = self.subject.sock(raw.pid, int(number)) if number and name not in _NO_DESCRIPTOR else None
        if sock is None and name not in _BY_NAME and name not in restarts.NAMES:
            if raw.text.endswith(lines.UNFINISHED):
                self._waiting[raw.pid] = Held(Said(raw.number, raw.pid, raw.at_ns, "", ""), None)
            return
        if (said := lines.call(raw)) is not None:
            self._enter(said)
            self._returned(said, self._next_lines.get(raw.number, 0) - 1, sock)
        elif (said := lines.entered(raw)) is not None:
            self._enter(said)
            self._waiting[raw.pid] = Held(said, sock)
        else:
            self._puzzle(raw)

    def _resume(self, raw: Raw) -> None:
        entered = self._waiting.pop(raw.pid, None)
        if entered is None:
            self._puzzle(raw)
        elif entered.said.name:
            said = lines.resumed(raw, entered.said)
            if said is None:
                self._puzzle(raw)
            self._returned(said or entered.said, raw.at_ns, entered.sock)

    def _returned(self, said: Said, by_ns: int, sock: Sock | None) -> None:
        """The end of a call, unless it goes on; of a wait with the time by which it had certainly returned.

        strace's duration begins after it has printed the entry, so entry and duration add up to less than the return:
        on a busy machine to a time before the packet that ended the wait. The thread's next line cannot lie before the
        return.
        """
        if said.until_ns and (said.name in pollers.MAKE or said.name == restarts.CONTINUES):
            said = said._replace(until_ns=max(said.until_ns, by_ns))
        whole = self._restarts.finished(said, sock)
        if whole is None:
            return
        self._make(whole)
        if not whole.is_told:
            self.puzzled = True
            stray = f"line {said.number}: {whole.said.name} was interrupted, and went on out of sight"
            self.subject.strays.append(stray)

    def _enter(self, said: Said) -> None:
        """What takes effect as soon as the call is entered: births, closed descriptors, the way out."""
        if said.number in self._tree.children:
            self._born(said, *self._tree.children[said.number])
        elif said.name == "close":
            descriptors.closing(self.subject, said)
        elif said.name in _EXIT:
            self.subject.leaving[said.pid] = (said.at_ns, said.number)

    def _born(self, said: Said, child: int, shares: bool) -> None:
        table = self.subject.tables[said.pid]
        if shares:
            table.users += 1
        self.subject.tables[child] = table if shares else table.copied()
        self.alive.add(child)

    def _make(self, call: Held) -> None:
        said, sock, _ = call
        if (by_name := _BY_NAME.get(said.name)) is not None:
            by_name(self.subject, said)
        if sock is not None:
            _ON_SOCKET.get(said.name, calls.other)(self.subject, said, sock)

    def _signal(self, raw: Raw) -> None:
        if (name := lines.signal(raw)) and raw.at_ns >= self.subject.since_ns:
            source = f"strace.txt:{raw.number}"
            self.subject.events.append(ev.Signal(at_ns=raw.at_ns, who=self.subject.who, source=source, name=name))

    def _end_of_thread(self, raw: Raw) -> None:
        if not lines.is_end(raw):
            self._puzzle(raw)
            return
        for call in (self._waiting.pop(raw.pid, None), self._restarts.take(raw.pid)):
            if call is not None:
                self._make(call)
        self.alive.discard(raw.pid)
        at_ns, number = self.subject.leaving.get(raw.pid, (raw.at_ns, raw.number))
        died = self.subject.tables[raw.pid].left()
        self.subject.died(died, at_ns, number, raw.pid, by_exit=True)

    def _puzzle(self, raw: Raw) -> None:
        self.puzzled = True
        self.subject.strays.append(raw.text)


_READ = {"<": _Reader._resume, "-": _Reader._signal, "+": _Reader._end_of_thread}
"""How a line is read, by its first character; anything else begins a call."""
