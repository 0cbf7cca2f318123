"""Kernel peers: sockets of the lab that listen on a host and play a short script with everyone who connects.

One act is one thing: accept one connection, read once, write once, or close. Nothing that a peer does raises.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from select import POLLIN, POLLOUT, POLLRDHUP

from netns.errors import GroundError
from netns.log import Entry, PeerDid, PeerIs
from netns.plan import Listener, Plan, address_of
from netns.sockets import Hosts, Opener, address_text, mask_text, open_bound, open_on

CHUNK = 65_536
LINGER_NOT = struct.pack("ii", 1, 0)
READINESS = POLLIN | select.POLLPRI | POLLOUT | POLLRDHUP
SECOND_NS = 1_000_000_000


@dataclass(slots=True)
class Guest:
    """One accepted connection: what is still to be sent to it, and how far it is."""

    listener: Listener
    socket: socket.socket
    unsent: bytearray = field(default_factory=bytearray)
    has_ended: bool = False
    shuts: bool = False
    not_before_ns: int = 0
    closes: bool = False


class Listeners:
    """An `Actor`: all listeners of a plan, and their connections."""

    def __init__(self, plan: Plan, ground: Hosts, *, open_socket: Opener = open_on) -> None:
        self.log: list[Entry] = []
        self._plan = plan
        self._listening: dict[int, tuple[Listener, socket.socket]] = {}
        self._guests: dict[int, Guest] = {}
        self._seen: dict[int, int] = {}
        for listener in plan.listeners:
            opened = open_bound(open_socket, ground, listener.on, plan.family, socket.SOCK_STREAM, listener.port)
            try:
                _set_options(opened, listener.options)
            except GroundError:
                opened.close()
                raise
            opened.listen(listener.backlog)
            self._listening[opened.fileno()] = (listener, opened)
            self._say(listener, "listening", f"{address_of(plan, listener.on)}:{opened.getsockname()[1]}")

    def wants(self) -> Mapping[int, int]:
        accepting = {fd: POLLIN for fd, (listener, _) in self._listening.items() if listener.script != "no-accept"}
        return {**accepting, **{fd: _wanted(guest) for fd, guest in self._guests.items() if _wanted(guest)}}

    def due_ns(self) -> int | None:
        """A slow reader's next time; what is to be closed or sent at once is found by `wants`."""
        waiting = [
            guest.not_before_ns for guest in self._guests.values() if guest.not_before_ns and not guest.has_ended
        ]
        return min(waiting, default=None)

    def act(self, ready: Mapping[int, int], now_ns: int) -> bool:
        for fd, guest in self._guests.items():
            if guest.closes:
                self._close(fd, guest)
                return True
            if self._serve(guest, ready.get(fd, 0), now_ns):
                return True
        return any(fd in ready and self._accept(*self._listening[fd]) for fd in self._listening)

    def sample(self, now_ns: int) -> None:
        """Logs the readiness of every socket here that has changed since the last time."""
        open_ones = (*self._listening, *self._guests)
        if not open_ones:
            return
        poller = select.poll()
        for fd in open_ones:
            poller.register(fd, READINESS)
        ready = dict(poller.poll(0))
        for fd in open_ones:
            mask = ready.get(fd, 0)
            if mask != self._seen.get(fd, 0):
                self._seen[fd] = mask
                name = "listener" if fd in self._listening else "accepted"
                host = self._listening[fd][0].on if fd in self._listening else self._guests[fd].listener.on
                self.log.append(PeerIs(now_ns, host, name, mask_text(mask)))

    def close(self) -> None:
        for _, opened in self._listening.values():
            opened.close()
        for guest in self._guests.values():
            guest.socket.close()

    def _accept(self, listener: Listener, opened: socket.socket) -> bool:
        if listener.script == "no-accept":
            return False
        try:
            accepted, address = opened.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        accepted.setblocking(False)
        guest = Guest(listener, accepted)
        self._guests[accepted.fileno()] = guest
        self._say(listener, "accepted", address_text(address))
        BEGIN.get(listener.script, _wait)(guest)
        return True

    def _serve(self, guest: Guest, mask: int, now_ns: int) -> bool:
        if guest.not_before_ns > now_ns:
            return False
        guest.not_before_ns = 0
        try:
            if mask & POLLOUT and guest.unsent:
                self._send(guest)
            elif mask & ~POLLOUT:
                self._receive(guest, now_ns)
            else:
                return False
        except BlockingIOError:
            return False
        except OSError as error:
            self._lose(guest, error)
        return True

    def _send(self, guest: Guest) -> None:
        before_ns = time.time_ns()
        sent = guest.socket.send(guest.unsent)
        self._say(guest.listener, "sent", _text(guest.unsent[:sent]), before_ns)
        del guest.unsent[:sent]
        if not guest.unsent and guest.shuts:
            self._say(guest.listener, "shut")
            guest.socket.shutdown(socket.SHUT_WR)
        guest.closes = guest.has_ended and not guest.unsent

    def _receive(self, guest: Guest, now_ns: int) -> None:
        received = guest.socket.recv(guest.listener.rate or CHUNK)
        if not received:
            guest.has_ended = True
            guest.closes = not guest.unsent
            self._say(guest.listener, "eof")
            return
        self._say(guest.listener, "received", _text(received))
        if guest.listener.script in ("echo", "banner"):
            guest.unsent += received
        if guest.listener.script == "slow":
            guest.not_before_ns = now_ns + SECOND_NS

    def _lose(self, guest: Guest, error: OSError) -> None:
        name = "reset" if error.errno == errno.ECONNRESET else errno.errorcode.get(error.errno or 0, str(error))
        self._say(guest.listener, name)
        guest.unsent.clear()
        guest.has_ended = guest.closes = True

    def _close(self, fd: int, guest: Guest) -> None:
        self._say(guest.listener, "closed")
        guest.socket.close()
        del self._guests[fd]
        self._seen.pop(fd, None)

    def _say(self, listener: Listener, action: str, detail: str = "", at_ns: int = 0) -> None:
        """What sends a packet is told with a time from before it: when the packet is seen is the kernel's affair."""
        self.log.append(PeerDid(at_ns or time.time_ns(), listener.on, action, detail))


def _wanted(guest: Guest) -> int:
    if guest.not_before_ns:
        return 0
    return (0 if guest.has_ended else POLLIN) | (POLLOUT if guest.unsent else 0)


def _wait(guest: Guest) -> None:
    """Nothing to say before the peer does."""


def _speak(guest: Guest) -> None:
    guest.unsent += guest.listener.text.encode()


def _speak_and_shut(guest: Guest) -> None:
    _speak(guest)
    guest.shuts = True


def _leave(guest: Guest) -> None:
    guest.closes = True


def _break(guest: Guest) -> None:
    """close(2) then sends a RST instead of a FIN, see socket(7), SO_LINGER."""
    guest.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    guest.closes = True


BEGIN: dict[str, Callable[[Guest], None]] = {
    "banner": _speak,
    "half-close": _speak_and_shut,
    "close": _leave,
    "reset": _break,
}


def _set_options(opened: socket.socket, options: Mapping[str, int]) -> None:
    """Socket options by the name that socket(7) and tcp(7) give them. GroundError for one that is not to be had."""
    for name, value in options.items():
        level = socket.IPPROTO_TCP if name.startswith("TCP_") else socket.SOL_SOCKET
        try:
            opened.setsockopt(level, getattr(socket, name), value)
        except (AttributeError, OSError) as error:
            raise GroundError(f"a listener cannot have {name} = {value}: {error}", "leave the option out") from error


def _text(data: bytes | bytearray) -> str:
    return bytes(data).decode("utf-8", "backslashreplace")
