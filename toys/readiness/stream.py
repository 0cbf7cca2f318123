"""A connected socket, of either end: reads until there is no more, writes what is queued, tells how it ended.

The rules that this file is about:

- Readable means that data, the end or an error has arrived: read until EAGAIN, which is right for an edge and no worse
  for a level.
- Room is waited for only while something is queued: a socket nearly always has room.
- RDHUP says that the peer sends no more, not that there is nothing left to read.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

from toys.loop import RDHUP, READ, WRITE, Watcher
from toys.readiness.diary import Diary

CHUNK = 65_536


class Stream:
    """Used once. `on_input` gets what arrived; `on_sent` is called when the queue is empty, `on_closed` at the end."""

    def __init__(self, diary: Diary, name: str, sock: socket.socket) -> None:
        self.diary, self.name, self.socket = diary, name, sock
        self.watcher: Watcher | None = None
        self.unsent = bytearray()
        self.has_ended = False
        self.is_open = True
        self.on_input: Callable[[Stream, bytes], None] = lambda stream, data: None
        self.on_sent: Callable[[Stream], None] = lambda stream: None
        self.on_closed: Callable[[Stream], None] = lambda stream: None

    @property
    def interest(self) -> int:
        """What is to be waited for now."""
        return (0 if self.has_ended else READ | RDHUP) | (WRITE if self.unsent else 0)

    def ready(self, readiness: int) -> None:
        """The poller says that something can be done."""
        if readiness & WRITE and self.unsent:
            self.flush()
        if readiness & (READ | RDHUP) and self.is_open and not self.has_ended:
            self.diary.tell("readable", self.name)
            self.receive()
        self.watch()

    def send(self, data: bytes) -> None:
        """Queues, and sends as much as there is room for."""
        self.unsent += data
        self.flush()

    def flush(self) -> None:
        try:
            while self.unsent:
                del self.unsent[: self.socket.send(self.unsent, socket.MSG_NOSIGNAL)]
        except BlockingIOError:
            return
        except OSError as error:
            self.lose(error)
            return
        self.sent()

    def sent(self) -> None:
        self.on_sent(self)
        if self.has_ended:
            self.close()

    def receive(self) -> None:
        try:
            while self.is_open:
                data = self.socket.recv(CHUNK)
                if not data:
                    self.end()
                    return
                self.take(data)
        except BlockingIOError:
            return
        except OSError as error:
            self.lose(error)

    def take(self, data: bytes) -> None:
        self.diary.fact("received", data.decode("utf-8", "backslashreplace"))
        self.on_input(self, data)

    def end(self) -> None:
        """The peer sends no more; what is queued for it still goes out."""
        self.has_ended = True
        self.diary.tell("ended", self.name)
        if not self.unsent:
            self.close()

    def lose(self, error: OSError) -> None:
        """A reset ends this connection and nothing else."""
        self.diary.fact("error", errno.errorcode.get(error.errno or 0, str(error)))
        self.diary.tell("reset", self.name)
        self.close()

    def watch(self) -> None:
        """Tells the poller what is to be waited for from now on."""
        if self.watcher and self.is_open:
            self.watcher.set(self.interest)

    def close(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        if self.watcher:
            self.watcher.stop()
        self.socket.close()
        self.diary.tell("closed", self.name)
        self.on_closed(self)
