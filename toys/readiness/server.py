"""The server: listens, accepts without blocking whenever its listener is readable, and serves what it accepted.

The rules that this file is about:

- A readable listener has at least one complete connection: accept() until EAGAIN, because an edge-triggered poller
  tells nothing of the others.
- The listener does not block either: the connection may be gone when accept() is called, accept(2).
- Out of descriptors, the connection stays in the queue and the listener stays readable, for ever: it is not watched
  until a descriptor is free again.
"""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from toys.loop import READ, Loop, Timer, Watcher
from toys.readiness.diary import Diary
from toys.readiness.stream import Stream

BACKLOG = 128
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
RETRY_S = 1.0
"""After which it looks again if nobody closed anything: the descriptors may be another program's, ENFILE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is asked of the listener, and what is done with each connection; 0 and nothing leave it to the kernel."""

    backlog: int = BACKLOG
    defer_accept_s: int = 0
    fast_open: int = 0
    send: bytes = b""
    echo: bool = False
    connections: int = 0
    """After the end of how many connections it closes; 0 is never."""
    after_datagram: bool = False


class Server:
    """One listener and its connections. OSError from `listen` if the address cannot be had."""

    STREAM: type[Stream] = Stream

    def __init__(self, loop: Loop, diary: Diary, settings: Settings) -> None:
        self.loop, self.diary, self.settings = loop, diary, settings
        self.listener: socket.socket
        self.watcher: Watcher | None = None
        self.retry: Timer | None = None
        self.accepted = 0
        self.ended = 0

    def listen(self, address: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = self.open(family)
        try:
            self.configure()
            self.listener.bind((address, port))
            self.listener.listen(self.settings.backlog)
        except OSError:
            self.listener.close()
            raise
        self.diary.enter("listening")
        if self.settings.after_datagram:
            self.watch_after_datagram()
        else:
            self.watch()

    def open(self, family: int) -> socket.socket:
        return socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)

    def configure(self) -> None:
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.settings.defer_accept_s:
            self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, self.settings.defer_accept_s)
        if self.settings.fast_open:
            self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, self.settings.fast_open)

    def watch(self) -> None:
        self.watcher = self.loop.watch(self.listener, READ, self.readable)

    def watch_after_datagram(self) -> None:
        """As a server that is busy with something else: connections queue up until a datagram has arrived."""
        knock = socket.socket(self.listener.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        knock.bind(self.listener.getsockname())

        def arrived(readiness: int) -> None:
            watcher.stop()
            knock.close()
            self.watch()

        watcher = self.loop.watch(knock, READ, arrived)

    def readable(self, readiness: int) -> None:
        self.diary.tell("readable", "listener")
        self.accept_all()

    def accept_all(self) -> None:
        while self.accept():
            pass

    def accept(self) -> bool:
        """Whether there may be another one. An error of accept() belongs to one connection, or is of the moment."""
        try:
            accepted, _ = self.listener.accept()
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in EXHAUSTED:
                return True
            self.pause(errno.errorcode[error.errno])
            return False
        self.welcome(accepted)
        return True

    def pause(self, reason: str) -> None:
        self.diary.fact("exhausted", reason)
        if self.watcher:
            self.watcher.set(0)
        self.retry = self.loop.after(RETRY_S, self.resume)

    def resume(self) -> None:
        if self.retry and self.watcher:
            self.retry.cancel()
            self.watcher.set(READ)

    def welcome(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        self.accepted += 1
        stream = self.STREAM(self.diary, f"accepted{self.accepted}", accepted)
        self.diary.tell("accepted", stream.name)
        stream.on_input = self.answer
        stream.on_closed = self.forget
        self.serve(stream)

    def serve(self, stream: Stream) -> None:
        stream.watcher = self.loop.watch(stream.socket, stream.interest, stream.ready)
        if self.settings.send:
            stream.send(self.settings.send)
            stream.watch()

    def answer(self, stream: Stream, data: bytes) -> None:
        if self.settings.echo:
            stream.send(data)

    def forget(self, stream: Stream) -> None:
        self.resume()
        self.ended += 1
        if self.ended == self.settings.connections:
            self.close()

    def close(self) -> None:
        if self.watcher:
            self.watcher.stop()
            self.watcher = None
        self.listener.close()
        self.diary.enter("closed")
