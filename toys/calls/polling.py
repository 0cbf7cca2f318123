"""Calls of pollers: epoll, poll and select."""

from __future__ import annotations

import select
import threading

from toys.calls.desk import Desk

BITS = ("IN", "PRI", "OUT", "ERR", "HUP", "RDHUP", "ET", "ONESHOT", "EXCLUSIVE")


def watch(desk: Desk, name: str, mask: str) -> None:
    sock = desk.sockets[name]
    change = desk.epoll.modify if sock in desk.watched else desk.epoll.register
    change(sock.fileno(), _bits(mask))
    desk.watched.add(sock)


def unwatch(desk: Desk, name: str) -> None:
    desk.epoll.unregister(desk.sockets[name].fileno())
    desk.watched.discard(desk.sockets[name])


def wait(desk: Desk, timeout_ms: str = "-1") -> str:
    ready = desk.epoll.poll(None if timeout_ms == "-1" else int(timeout_ms) / 1000)
    return ", ".join(f"{desk.name_of(fd)} {_mask(bits)}" for fd, bits in ready) or "timeout"


def use(desk: Desk, name: str) -> None:
    desk.instance = name


def wait_aside(desk: Desk) -> None:
    threading.Thread(target=desk.epoll.poll, daemon=True).start()


def poll_once(desk: Desk, name: str, mask: str, timeout_ms: str = "-1") -> str:
    poller = select.poll()
    poller.register(desk.sockets[name], _bits(mask))
    ready = poller.poll(None if timeout_ms == "-1" else int(timeout_ms))
    return _mask(ready[0][1]) if ready else "timeout"


def select_once(desk: Desk, name: str, timeout_ms: str = "-1") -> str:
    one = [desk.sockets[name]]
    ready = select.select(one, one, one, None if timeout_ms == "-1" else int(timeout_ms) / 1000)
    words = [word for word, found in zip(("readable", "writable", "exceptional"), ready, strict=True) if found]
    return ", ".join(words) or "timeout"


def _bits(mask: str) -> int:
    return sum(int(getattr(select, f"EPOLL{bit}")) for bit in mask.split("|") if bit != "0")


def _mask(bits: int) -> str:
    return "|".join(bit for bit in BITS if bits & 0xFFFFFFFF & getattr(select, f"EPOLL{bit}")) or "0"
