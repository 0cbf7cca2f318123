"""`select.epoll`, `select.poll` and `select.select` with every call told; C types cannot be changed, only replaced."""

from __future__ import annotations

import math
import select
import selectors
from typing import TYPE_CHECKING, Any

from harness.recorders import spoken

if TYPE_CHECKING:
    from harness.recorders.teller import Teller

MOST_EVENTS = 1023
_DEFAULT = select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT


def wrap(teller: Teller) -> None:
    _Told.teller = teller
    told_select = _told_select(teller)
    select.epoll, select.poll, select.select = Epoll, Poll, told_select  # type: ignore[assignment,misc]
    selectors.EpollSelector._selector_cls = Epoll  # type: ignore[attr-defined]
    selectors.PollSelector._selector_cls = Poll  # type: ignore[attr-defined]
    selectors.SelectSelector._select = staticmethod(told_select)  # type: ignore[attr-defined]


class _Told:
    teller: Teller


def number_of(file: Any) -> int:
    """The descriptor, as the C code takes it from a number or from a fileno() method."""
    if isinstance(file, int):
        return file
    try:
        return int(file.fileno())
    except (AttributeError, TypeError, ValueError):
        return -1  # the call itself complains of it


def _plain(_: Any) -> tuple[str, str]:
    return "", "0"


class Epoll(_Told):
    """As `select.epoll`."""

    _real = select.epoll

    def __init__(self, sizehint: int = -1, flags: int = 0) -> None:
        def described(made: Any) -> tuple[str, str]:
            return "", str(made.fileno())

        self._epoll = self.teller.call("epoll_create1", "EPOLL_CLOEXEC", lambda: self._real(sizehint, flags), described)

    @classmethod
    def fromfd(cls, fd: int) -> Epoll:
        found = cls.__new__(cls)
        found._epoll = cls._real.fromfd(fd)
        return found

    @property
    def closed(self) -> bool:
        return bool(self._epoll.closed)

    def fileno(self) -> int:
        return int(self._epoll.fileno())

    def close(self) -> None:
        if not self._epoll.closed:
            self.teller.call("close", str(self.fileno()), self._epoll.close, _plain)

    def register(self, fd: Any, eventmask: int = _DEFAULT) -> None:
        self._control("ADD", fd, eventmask, lambda: self._epoll.register(fd, eventmask))

    def modify(self, fd: Any, eventmask: int) -> None:
        self._control("MOD", fd, eventmask, lambda: self._epoll.modify(fd, eventmask))

    def unregister(self, fd: Any) -> None:
        self._control("DEL", fd, 0, lambda: self._epoll.unregister(fd))

    def _control(self, operation: str, fd: Any, mask: int, make: Any) -> None:
        number = number_of(fd)
        data = f"{{events={spoken.events(mask, 'EPOLL')}, data={{u32={number}, u64={number}}}}}"
        self.teller.call("epoll_ctl", f"{self.fileno()}, EPOLL_CTL_{operation}, {number}, {data}", make, _plain)

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
        milliseconds = -1 if timeout is None or timeout < 0 else math.ceil(timeout * 1000)

        def described(ready: list[tuple[int, int]]) -> tuple[str, str]:
            shown = ", ".join(
                f"{{events={spoken.events(mask, 'EPOLL')}, data={{u32={fd}, u64={fd}}}}}" for fd, mask in ready
            )
            return f"[{shown}], {MOST_EVENTS}, {milliseconds}", str(len(ready))

        found: list[tuple[int, int]] = self.teller.call(
            "epoll_wait", f"{self.fileno()}, ", lambda: self._epoll.poll(timeout, maxevents), described, waits=True
        )
        return found

    def __enter__(self) -> Epoll:
        self._epoll.__enter__()
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()


class Poll(_Told):
    """As what `select.poll()` returns."""

    _real = staticmethod(select.poll)

    def __init__(self) -> None:
        self._poll = self._real()
        self._set: dict[int, int] = {}

    def register(self, fd: Any, eventmask: int = _DEFAULT) -> None:
        self._poll.register(fd, eventmask)
        self._set[number_of(fd)] = eventmask

    def modify(self, fd: Any, eventmask: int) -> None:
        self._poll.modify(fd, eventmask)
        self._set[number_of(fd)] = eventmask

    def unregister(self, fd: Any) -> None:
        self._poll.unregister(fd)
        self._set.pop(number_of(fd), None)

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        milliseconds = -1 if timeout is None or timeout < 0 else math.ceil(timeout)
        shown = ", ".join(f"{{fd={fd}, events={spoken.events(mask, 'POLL')}}}" for fd, mask in self._set.items())

        def described(ready: list[tuple[int, int]]) -> tuple[str, str]:
            answer = ", ".join(f"{{fd={fd}, revents={spoken.events(mask, 'POLL')}}}" for fd, mask in ready)
            return "", f"{len(ready)} ([{answer}])" if ready else "0 (Timeout)"

        args = f"[{shown}], {len(self._set)}, {milliseconds}"
        found: list[tuple[int, int]] = self.teller.call(
            "poll", args, lambda: self._poll.poll(timeout), described, waits=True
        )
        return found


def _told_select(teller: Teller) -> Any:
    real = select.select

    def told(rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /) -> Any:
        asked = [list(some) for some in (rlist, wlist, xlist)]
        sets = ", ".join(_set(some) for some in asked)
        args = f"1024, {sets}, {_time(timeout)}, NULL"
        return teller.call("pselect6", args, lambda: real(asked[0], asked[1], asked[2], timeout), _selected, waits=True)

    return told


def _set(files: list[Any]) -> str:
    return f"[{' '.join(str(number_of(file)) for file in files)}]" if files else "NULL"


def _time(timeout: float | None) -> str:
    if timeout is None:
        return "NULL"
    seconds, rest = divmod(max(0, math.ceil(timeout * 1e6)), 1_000_000)
    return f"{{tv_sec={seconds}, tv_nsec={rest * 1000}}}"


def _selected(ready: Any) -> tuple[str, str]:
    parts = [f"{name} {_set(files)}" for name, files in zip(("in", "out", "except"), ready, strict=True) if files]
    count = sum(len(files) for files in ready)
    return "", f"{count} ({', '.join(parts)})" if count else "0 (Timeout)"
