"""The client: connects without blocking, and is connected when SO_ERROR says so after the first writability.

With Fast Open (RFC 7413) the first data goes with the SYN. sendto() then stands for connect() and takes the data at
once; whether there is a connection is still told by writability.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from dataclasses import dataclass

from toys.loop import WRITE, Loop, Watcher
from toys.readiness.diary import Diary
from toys.readiness.stream import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What to send, whether with the SYN, and when to close: at `connected`, `sent`, `input` or `eof`."""

    send: bytes = b""
    fast_open: bool = False
    until: str = "eof"


class Client:
    """One attempt and its connection. `failed` is true if there was none."""

    STREAM: type[Stream] = Stream

    def __init__(self, loop: Loop, diary: Diary, wishes: Wishes) -> None:
        self.loop, self.diary, self.wishes = loop, diary, wishes
        self.unsent = wishes.send
        self.failed = False
        self.socket: socket.socket
        self.watcher: Watcher | None = None

    def start(self, host: str, port: int) -> None:
        self.socket = self.open(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.diary.fact("queued", len(self.unsent))
        self.diary.enter("connecting")
        number = self.dial((host, port))
        if number == errno.EINPROGRESS:
            self.await_outcome()
        else:
            self.decide(number)

    def open(self, family: int) -> socket.socket:
        return socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)

    def dial(self, address: tuple[str, int]) -> int:
        """An errno, 0 if the connection stands already."""
        if self.wishes.fast_open and self.unsent:
            return self.dial_with_data(address)
        return self.socket.connect_ex(address)

    def dial_with_data(self, address: tuple[str, int]) -> int:
        """EINPROGRESS also when data was taken. Without a cookie for this server none is, and it is sent later."""
        try:
            taken = self.socket.sendto(self.unsent, socket.MSG_FASTOPEN | socket.MSG_NOSIGNAL, address)
        except OSError as error:
            return error.errno or errno.EINVAL
        self.unsent = self.unsent[taken:]
        return errno.EINPROGRESS

    def await_outcome(self) -> None:
        self.watcher = self.loop.watch(self.socket, WRITE, self.writable)

    def writable(self, readiness: int) -> None:
        self.diary.tell("writable", "client")
        self.decide(self.read_error())

    def read_error(self) -> int:
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def decide(self, number: int) -> None:
        if number:
            self.fail(number)
        else:
            self.succeed()

    def fail(self, number: int) -> None:
        if self.watcher:
            self.watcher.stop()
        self.socket.close()
        self.failed = True
        self.diary.enter("error")
        self.diary.tell("failed", errno.errorcode.get(number, str(number)))
        sys.stderr.write(f"{os.strerror(number)}\n")

    def succeed(self) -> None:
        self.diary.enter("connected")
        stream = self.STREAM(self.diary, "client", self.socket)
        stream.on_input = lambda stream, data: self.close_at(stream, "input")
        stream.on_sent = lambda stream: self.close_at(stream, "sent")
        stream.on_closed = lambda stream: self.diary.enter("closed")
        if self.watcher is None:
            self.watcher = self.loop.watch(self.socket, 0, stream.ready)
        self.watcher.callback, stream.watcher = stream.ready, self.watcher
        self.begin(stream)

    def begin(self, stream: Stream) -> None:
        """The connection stands: what is queued goes out, and from now on what arrives is waited for."""
        if self.unsent or self.wishes.until == "sent":
            stream.send(self.unsent)
        self.close_at(stream, "connected")
        stream.watch()

    def close_at(self, stream: Stream, moment: str) -> None:
        if self.wishes.until == moment:
            stream.close()
