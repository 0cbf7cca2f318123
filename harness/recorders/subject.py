"""What is known of the program while its recording is read, and how a call becomes an event."""

from __future__ import annotations

from typing import Any

from harness.events import Call, Close, Event
from harness.recorders.lines import Said
from harness.recorders.tables import Epoll, Sock, Table


class Subject:
    """The program: its tables of descriptors by thread, its poll sets, its events so far."""

    def __init__(self, who: str, root: int, since_ns: int) -> None:
        self.who, self.since_ns = who, since_ns
        self.events: list[Event] = []
        self.strays: list[str] = []
        self.tables: dict[int, Table] = {root: Table()}
        self.polled: dict[tuple[int, str], dict[Sock, str]] = {}
        self.leaving: dict[int, tuple[int, int]] = {}
        """By thread: when it called exit, in which line."""
        self.blind = False
        """Whether the program has means to act that strace does not see."""
        self._created = 0

    def sock(self, pid: int, fd: int) -> Sock | None:
        slot = self.tables[pid].slots.get(fd)
        return slot.thing if slot and isinstance(slot.thing, Sock) else None

    def epoll(self, pid: int, fd: int) -> Epoll | None:
        slot = self.tables[pid].slots.get(fd)
        return slot.thing if slot and isinstance(slot.thing, Epoll) else None

    def created(self, said: Said, fd: int, closes_on_exec: bool) -> Sock | None:
        """A new identity for what this descriptor means from now on, unless it was there before the program began."""
        if said.at_ns < self.since_ns:
            return None
        self._created += 1
        sock = Sock(f"sock{self._created}")
        self.install(said, fd, sock, closes_on_exec)
        return sock

    def install(self, said: Said, fd: int, thing: Sock | Epoll, closes_on_exec: bool) -> None:
        died = self.tables[said.pid].put(fd, thing, closes_on_exec)
        if died:
            self.strays.append(f"line {said.number}: descriptor {fd} was closed by a call that was not recorded")
        self.died(died, said.at_ns, said.number, said.pid)

    def tell(self, kind: type[Call], said: Said, at_ns: int = 0, **fields: Any) -> None:
        """The event of a call (at its entry unless `at_ns` says), if it came after the program's own first act."""
        if said.at_ns >= self.since_ns:
            number, pid, began_ns = said[:3]
            self.events.append(
                kind(
                    at_ns=at_ns or began_ns, who=self.who, source=f"strace.txt:{number}", pid=pid,
                    until_ns=said.until_ns, **fields,
                )
            )  # fmt: skip

    def died(self, socks: list[Sock], at_ns: int, number: int, pid: int, *, by_exit: bool = False) -> None:
        """The last descriptors of these sockets are gone without a close() of their own."""
        for sock in socks:
            self.forget(sock)
            said = Said(number, pid, at_ns, "close", "", 0)
            self.tell(Close, said, sock=sock.name, by_exit=by_exit and not sock.closed_by_hand)

    def forget(self, sock: Sock) -> None:
        """A closed socket leaves the poll sets without being unwatched: they are given anew with each call."""
        for polled in self.polled.values():
            polled.pop(sock, None)


def error_of(said: Said) -> str:
    """The errno of a call. One that its process did not see return is written as interrupted, never as a success."""
    return said.error or ("EINTR" if said.result is None else "")
