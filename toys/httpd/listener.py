"""Takes connections in: as many as there may be, and no more than there are descriptors for.

At either limit the listener is not watched any more, so that a level-triggered poller does not report it without pause.
Clients wait in the kernel's queue meanwhile, and are served when a connection has ended.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

from toys.httpd.connection import Connection
from toys.httpd.context import Context
from toys.loop import READ

BACKLOG = 1024
RETRY_S = 1.0
"""Descriptors may also be used up by others than our connections, whose end nobody tells us."""
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
TRANSIENT = frozenset({
    errno.ECONNABORTED, errno.EPROTO, errno.ENETDOWN, errno.ENOPROTOOPT, errno.EHOSTDOWN, errno.ENONET,
    errno.EHOSTUNREACH, errno.EOPNOTSUPP, errno.ENETUNREACH, errno.EPERM, errno.EINTR,
})  # fmt: skip
"""What is wrong with one connection and not with the listener (accept(2), Error handling)."""
Made = Callable[[Context, socket.socket, str, int, Callable[[Connection], None]], Connection]


class Listener:
    """`connection` makes the object for an accepted socket. OSError if the address cannot be had."""

    def __init__(self, context: Context, address: str, port: int, connection: Made = Connection) -> None:
        self.context, self.connection = context, connection
        self.connections: dict[Connection, None] = {}
        """In the order in which they came, which a set would not keep: at the end it decides who is closed first."""
        self.accepted = 0
        self.closed: Callable[[], None] | None = None
        """Called when a connection has ended."""
        self.sock = listening(address, port)
        self.watcher = context.loop.watch(self.sock, READ, self.ready)

    @property
    def endpoint(self) -> str:
        return written(self.sock.getsockname())

    @property
    def port(self) -> int:
        port: int = self.sock.getsockname()[1]
        return port

    def ready(self, _: int) -> None:
        """Takes in whoever waits: an edge is reported once, for however many."""
        while self.is_open:
            if len(self.connections) >= self.context.limits.connections:
                self.pause()
                return
            try:
                accepted = self.sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self.failed(error)
            else:
                self.take(*accepted)

    def failed(self, error: OSError) -> None:
        """What accept() said concerns one connection, or all that come for a while. Raises what is neither."""
        if error.errno in EXHAUSTED:
            self.context.say(f"no more connections for now: {error.strerror}")
            self.pause()
            self.context.loop.after(RETRY_S, self.resume)
        elif error.errno not in TRANSIENT:
            raise error

    def take(self, sock: socket.socket, peer: tuple[object, ...]) -> None:
        self.prepare(sock)
        self.accepted += 1
        where = written(peer)
        self.context.tell("connection", f"{self.accepted} {where}")
        self.connections[self.connection(self.context, sock, where, self.accepted, self.gone)] = None

    def prepare(self, sock: socket.socket) -> None:
        """Linux passes O_NONBLOCK of the listener on to nobody. Answers are written whole, so Nagle has no say."""
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def gone(self, connection: Connection) -> None:
        self.connections.pop(connection, None)
        self.resume()
        if self.closed is not None:
            self.closed()

    @property
    def is_open(self) -> bool:
        return self.watcher.interest != 0

    def pause(self) -> None:
        self.watcher.set(0)

    def resume(self) -> None:
        """Watched again, the listener is reported if anybody waits, by an edge-triggered poller as well."""
        if self.sock.fileno() >= 0:
            self.watcher.set(READ)

    def close(self) -> None:
        """Who is in the queue is reset: nobody would answer."""
        self.watcher.stop()
        self.sock.close()


def listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def written(address: tuple[object, ...]) -> str:
    """`10.0.0.1:80`, `[fd00::1]:80`"""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
