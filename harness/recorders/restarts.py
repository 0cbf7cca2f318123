"""Calls that were interrupted and went on: two lines of strace or more, and one call of the program.

    recvfrom(3, 0x7f00, 5, 0, NULL, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
    --- SIGSTOP {...} ---
    --- SIGCONT {...} ---
    recvfrom(3, "x", 5, 0, NULL, NULL) = 1

No program sees ERESTART. After a stop (SIGSTOP, a frozen cgroup, a suspended machine) and after a handler with
SA_RESTART the kernel makes the call anew, or goes on with it by restart_syscall(2); after any other handler
rt_sigreturn(2) returns EINTR, which is what the program gets. See signal(7), Interruption of system calls.
"""

from __future__ import annotations

from typing import NamedTuple

from harness.recorders import pollers
from harness.recorders.lines import Said
from harness.recorders.tables import Sock

CONTINUES = "restart_syscall"
RETURNS = "rt_sigreturn"
NAMES = frozenset({CONTINUES, RETURNS})
"""The calls that say how it goes on, and that no program makes by itself."""


class Held(NamedTuple):
    """A call with the socket that it was made on. `is_told` unless strace shows how much it returned, and not what."""

    said: Said
    sock: Sock | None
    is_told: bool = True


class Restarts:
    """The interrupted calls of a program by thread: nobody knows yet what they return."""

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}

    def finished(self, said: Said, sock: Sock | None) -> Held | None:
        """A call that has returned, whole; None if it has not in truth, or is no call of the program."""
        if said.name == RETURNS:
            return self.take(said.pid) if said.error else None
        held = self._held.get(said.pid)
        whole = Held(said, sock)
        if held and (said.name == CONTINUES or (said.name, sock) == (held.said.name, held.sock)):
            del self._held[said.pid]
            whole = Held(_joined(held.said, said), held.sock, said.name != CONTINUES or not said.result)
        elif said.name == CONTINUES:
            return None
        if said.error == "EINTR" and said.result is None:
            self._held[said.pid] = whole
            return None
        return whole

    def take(self, pid: int) -> Held | None:
        """What this thread was interrupted in, if it is known not to go on."""
        return self._held.pop(pid, None)

    def rest(self) -> list[Held]:
        """What was interrupted when the recording ended."""
        return list(self._held.values())


def _joined(first: Said, last: Said) -> Said:
    """The call as the program sees it. What it asked for stands in the first line, and what it read in the last."""
    is_last = last.name != CONTINUES and last.name not in pollers.MAKE
    args = last.args if is_last else first.args
    return first._replace(args=args, result=last.result, error=last.error, extra=last.extra, until_ns=last.until_ns)
