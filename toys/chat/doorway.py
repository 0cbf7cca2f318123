"""The listening socket: lets in all who wait, and does not run against a wall when there are no descriptors left."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

from toys.chat.log import Log
from toys.loop import READ, Loop, Timer
from toys.toy9.journal import Journal

BACKLOG = 1024
PAUSE_S = 1.0
"""A pause also ends as soon as a connection does."""

USED_UP = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""The caller stays in the queue, so the listener stays readable: whoever goes on trying does nothing else any more."""

PASSING = frozenset({
    errno.ECONNABORTED, errno.ENETDOWN, errno.EPROTO, errno.ENOPROTOOPT, errno.EHOSTDOWN, errno.ENONET,
    errno.EHOSTUNREACH, errno.EOPNOTSUPP, errno.ENETUNREACH, errno.EPERM, errno.ETIMEDOUT,
})  # fmt: skip
"""Linux passes errors of the new connection on from accept(): they concern one caller (accept(2), Error handling)."""


Options = list[tuple[int, int, int]]


def vigilance(vanished_after_s: int) -> Options:
    """What finds a peer that vanished without FIN or RST.

    TCP_USER_TIMEOUT says how long what was sent to it may stay unacknowledged. While nothing is sent, keepalive asks,
    after twice that time: it does not run while something is on its way (tcp(7)).
    """
    return [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2 * vanished_after_s),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, max(1, vanished_after_s // 4)),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, vanished_after_s * 1000),
    ]


def listening(address: str, port: int, more: Options, *, send_buffer: int = 0) -> socket.socket:
    """A non-blocking listener; no address means all of both families. OSError if it cannot be had.

    What its clients' sockets are to have is set here, because they inherit it.
    """
    family = socket.AF_INET6 if ":" in address or (not address and socket.has_dualstack_ipv6()) else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    options = [
        (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),  # a turn is written at once: there is nothing to wait for
        *more,
    ]
    if send_buffer:
        options.append((socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer))
    if family == socket.AF_INET6:
        options.append((socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(bool(address))))
    try:
        for option in options:
            listener.setsockopt(*option)
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class Doorway:
    """`admit` gets each new socket, non-blocking."""

    def __init__(
        self, loop: Loop, listener: socket.socket, admit: Callable[[socket.socket], None], log: Log, journal: Journal
    ) -> None:
        self._loop, self._listener, self._admit = loop, listener, admit
        self._log, self._journal = log, journal
        self._timer: Timer | None = None
        self.is_closed = False
        self._watcher = loop.watch(listener, READ, self.ready)

    def ready(self, _: int) -> None:
        """All who wait: an edge is told once, however many they are."""
        while not self.is_closed:
            try:
                sock, _address = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in USED_UP:
                    self.pause(errno.errorcode[error.errno])
                    return
                if error.errno not in PASSING:
                    raise
                continue
            self.take(sock)

    def take(self, sock: socket.socket) -> None:
        sock.setblocking(False)  # Linux does not pass that on from the listener (accept(2), NOTES)
        self._admit(sock)

    def pause(self, why: str) -> None:
        self._watcher.set(0)
        self._timer = self._loop.after(PAUSE_S, self.go_on)
        self._journal.fact("paused", why)
        self._log.note(f"[Server] No descriptors left ({why}), accepting pauses")

    def go_on(self) -> None:
        """After a pause; otherwise nothing."""
        if self._timer and not self.is_closed:
            self._timer.cancel()
            self._timer = None
            self._watcher.set(READ)

    def close(self) -> None:
        """Nobody comes in any more; who still waits in the queue gets a reset from the kernel."""
        if not self.is_closed:
            self.is_closed = True
            if self._timer:
                self._timer.cancel()
            self._watcher.stop()
            self._listener.close()
