"""Which socket a descriptor means: tables as processes and threads have them, from creation to the last close.

Only sockets and epoll instances are kept. A socket lives until its last descriptor in any table is gone; closing it
takes it out of every epoll instance, as the kernel does.
"""

from __future__ import annotations

from typing import NamedTuple


class Sock:
    """A socket by identity. `closed_by_hand`: a process of the program has closed all descriptors that it had of it."""

    __slots__ = ("closed_by_hand", "epolls", "name", "refs")

    def __init__(self, name: str) -> None:
        self.name = name
        self.refs = 0
        self.closed_by_hand = False
        self.epolls: set[Epoll] = set()


class Epoll:
    """An epoll instance: which data stands for which socket, and which data each registration has."""

    __slots__ = ("by_data", "data_of", "refs")

    def __init__(self) -> None:
        self.refs = 0
        self.by_data: dict[str, Sock] = {}
        self.data_of: dict[tuple[int, Sock], str] = {}

    def put(self, fd: int, sock: Sock, data: str) -> None:
        self.take(fd, sock)
        self.data_of[fd, sock] = data
        self.by_data[data] = sock
        sock.epolls.add(self)

    def take(self, fd: int, sock: Sock) -> None:
        """Forgets one registration; another socket that has the same data since keeps it."""
        data = self.data_of.pop((fd, sock), None)
        if data is not None and self.by_data.get(data) is sock:
            del self.by_data[data]

    def forget(self, sock: Sock) -> None:
        for fd, other in list(self.data_of):
            if other is sock:
                self.take(fd, sock)


Thing = Sock | Epoll


class Slot(NamedTuple):
    thing: Thing
    closes_on_exec: bool = False


class Table:
    """The descriptors of the threads that share them. Every method that drops some returns the sockets that died."""

    __slots__ = ("slots", "users")

    def __init__(self) -> None:
        self.slots: dict[int, Slot] = {}
        self.users = 1

    def put(self, fd: int, thing: Thing, closes_on_exec: bool = False) -> list[Sock]:
        """A new descriptor; what the number meant before was closed without anyone seeing it."""
        thing.refs += 1
        died = self.drop(fd)
        self.slots[fd] = Slot(thing, closes_on_exec)
        return died

    def drop(self, fd: int) -> list[Sock]:
        slot = self.slots.pop(fd, None)
        return _released(slot.thing) if slot else []

    def has(self, thing: Thing) -> bool:
        return any(slot.thing is thing for slot in self.slots.values())

    def mark(self, fd: int, *, closes_on_exec: bool) -> None:
        if slot := self.slots.get(fd):
            self.slots[fd] = slot._replace(closes_on_exec=closes_on_exec)

    def copied(self) -> Table:
        """What fork() gives the child."""
        copy = Table()
        copy.slots = dict(self.slots)
        for slot in copy.slots.values():
            slot.thing.refs += 1
        return copy

    def at_exec(self) -> list[Sock]:
        closing = [fd for fd, slot in self.slots.items() if slot.closes_on_exec]
        return [sock for fd in closing for sock in self.drop(fd)]

    def left(self) -> list[Sock]:
        """A thread is gone; the last one takes the table with it."""
        self.users -= 1
        return [sock for fd in list(self.slots) for sock in self.drop(fd)] if self.users == 0 else []


def _released(thing: Thing) -> list[Sock]:
    thing.refs -= 1
    if thing.refs or isinstance(thing, Epoll):
        return []
    for epoll in thing.epolls:
        epoll.forget(thing)
    return [thing]
