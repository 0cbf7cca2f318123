"""One client's socket: reads what there is, writes what there is room for, and ends in one of four ways.

    the peer ends       what waits for it is still written, then the socket is closed
    `finish`            what waits is written, FIN, and the peer's own FIN is awaited for a while: closing a socket with
                        unread input sends RST, which would destroy the farewell on its way (RFC 1122, 4.2.2.13)
    the socket breaks   closed at once
    too much waits      reset: the kernel would go on for minutes with what it still holds for such a peer

Nothing here blocks, and the queue is bounded. Output is written at once if nothing waits, and the socket is watched for
room only as long as something does.
"""

from __future__ import annotations

import errno
import socket
import ssl
import struct
from collections.abc import Callable, Iterable

from toys.chat.outbox import Outbox
from toys.chat.owner import Owner
from toys.chat.tls import Tls
from toys.loop import READ, WRITE, Loop, Timer

CHUNK = 1 << 12
"""So much is read from one client in a turn: whoever floods the room is heard as often as everybody else."""

PATIENCE_S = 5.0
"""So long an ending may take: the peer has to read what waits, or to answer the FIN with its own."""

NO_SIGNAL = int(socket.MSG_NOSIGNAL)
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""struct linger, on and 0 seconds: close() sends RST and keeps nothing (socket(7), SO_LINGER)."""


def name_of(error: OSError) -> str:
    """`ECONNRESET` and the like, which is how ends are told to an owner."""
    return errno.errorcode.get(error.errno or 0, "error")


class Connection:
    """`sock` is non-blocking and belongs to the connection from now on."""

    def __init__(self, loop: Loop, sock: socket.socket, owner: Owner, limit: int, tls: Tls | None = None) -> None:
        self._loop, self._sock, self._owner, self._tls = loop, sock, owner, tls
        self._outbox = Outbox(limit)
        self._timer: Timer | None = None
        self._takes_input = self._takes_output = True
        self._is_slow = self._is_shut = False
        self.direct: Callable[[bytes, int], int] | None = sock.send if tls is None else None
        """Into the socket, as long as what is written can go there as it is: nothing waits, nothing is to be sealed."""
        self.is_closed = False
        self._watcher = loop.watch(sock, READ, self._ready)

    def _ready(self, ready: int) -> None:
        if ready & WRITE:
            self.flush()
            if not self._outbox and not self.is_closed:
                self._is_slow = False
                self._owner.drained()
        if ready & READ and self._takes_input:
            self.read()

    # -- input ---------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Once, or until EAGAIN where only changes are reported; then the rest of a flood is left for the next turn."""
        taken = 0
        while self._takes_input:
            if taken >= CHUNK or self._owner.has_heard_enough():
                self._watcher.rearm()
                return
            try:
                data = self._sock.recv(CHUNK)
            except BlockingIOError:
                return
            except OSError as error:
                self.break_off(name_of(error))
                return
            if not data:
                self.hear_the_end()
                return
            if self._tls:
                self._hear_sealed(data)
            else:
                self._owner.heard(data)
            taken += len(data)
            if not self._loop.is_edge_triggered:
                return

    def _hear_sealed(self, data: bytes) -> None:
        assert self._tls is not None, "nothing is sealed here"
        words = self._unsealed(data, self._tls)
        if words and not self.is_closed:
            self._owner.heard(words)
        if self._tls.is_over:
            self.hear_the_end()

    def shake(self) -> None:
        """Begins the TLS handshake from this side, the client's."""
        assert self._tls is not None, "there is nothing to agree on"
        self._tls.shake()
        self._put(self._tls.outgoing())

    def _unsealed(self, data: bytes, tls: Tls) -> bytes:
        was_ready = tls.is_ready
        try:
            data = tls.opened(data)
        except ssl.SSLError as error:
            self._put(tls.outgoing())  # the alert says what was wrong
            self.break_off(error.reason or "TLS")
            return b""
        self._put(tls.outgoing())
        if tls.is_ready and not was_ready and not self.is_closed:  # what answers the handshake may meet a reset
            self._owner.opened()
        return data

    def hear_the_end(self) -> None:
        """The peer's FIN. It may still read, so what waits for it is not thrown away."""
        if self._takes_input:
            self._takes_input = False
            if self._takes_output:
                self._owner.ended("eof")
            self._go_on_ending()

    @property
    def waiting(self) -> int:
        """How many bytes wait to be written."""
        return self._outbox.size

    # -- output --------------------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Now if nothing waits, otherwise behind it; what comes after the end is nobody's."""
        if self.direct:
            write_to_all((self,), data)
        elif self._takes_output:
            self._put(self._tls.sealed(data) if self._tls else data)

    def keep(self, rest: bytes) -> None:
        """What the socket did not take."""
        self._outbox.put(rest)
        self._weigh()

    def _put(self, data: bytes) -> None:
        """What goes into the socket as it is, behind what waits."""
        if not data:
            return
        waits = bool(self._outbox)
        self._outbox.put(data)
        if not waits:
            self.flush()
        self._weigh()

    def flush(self) -> None:
        """As much of what waits as there is room for."""
        while self._outbox:
            try:
                self._outbox.took(self._sock.sendmsg(self._outbox.next(), (), NO_SIGNAL))
            except BlockingIOError:
                break
            except OSError as error:
                self.break_off(name_of(error))
                return
        self._watch()
        self._go_on_ending()

    def _weigh(self) -> None:
        """What waits: seen when it is half of what may, told, and dropped when it is more than all."""
        if not self._is_slow and self._outbox.size > self._outbox.limit // 2:
            self._is_slow = True
            notice = self._owner.slowed(self._outbox.size)
            self._outbox.put(self._tls.sealed(notice) if self._tls else notice)
        if self._outbox.is_over:
            self.drop()
        else:
            self._watch()

    def drop(self) -> None:
        self.break_off("slow")

    def _watch(self) -> None:
        if not self.is_closed:
            is_direct = self._takes_output and not self._outbox and self._tls is None
            self.direct = self._sock.send if is_direct else None
            self._watcher.set((READ if self._takes_input else 0) | (WRITE if self._outbox else 0))

    # -- the end -------------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Nothing more is to be written; the peer gets what waits, then FIN."""
        if self._takes_output and not self.is_closed:
            if self._tls and self._tls.is_ready:
                self._put(self._tls.farewell())
            self._takes_output, self.direct = False, None
            self._go_on_ending()

    def _go_on_ending(self) -> None:
        """The next step of an end that has begun on one side or both."""
        if self.is_closed or self._takes_output:
            return
        if not self._outbox and not self._takes_input:
            self.close()
            return
        if self._timer is None:
            self._timer = self._loop.after(PATIENCE_S, self.abort)
        if self._outbox:
            self._watch()
        else:
            self._shut()

    def _shut(self) -> None:
        self._watch()
        if self._is_shut:
            return
        self._is_shut = True
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:  # ENOTCONN: the peer has reset it meanwhile
            self.close()

    def break_off(self, reason: str) -> None:
        """The connection is of no use any more; `reason` is an errno's name, or `slow`."""
        had_ended = not (self._takes_input and self._takes_output)
        self._takes_input = self._takes_output = False
        self.direct = None
        if not had_ended:
            self._owner.ended(reason)
        if reason == "slow":
            self.abort()
        else:
            self.close()

    def abort(self) -> None:
        """Closes it without regard for what the kernel still holds."""
        if not self.is_closed:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.close()

    def close(self) -> None:
        """Unwatched, then closed, once."""
        if self.is_closed:
            return
        self.is_closed = True
        self._takes_input = self._takes_output = False
        self.direct = None
        self._outbox.clear()
        if self._timer:
            self._timer.discard()
        self._watcher.stop()
        self._sock.close()
        self._owner.gone()
        del self._watcher, self._owner  # they refer to this connection: such a circle waits for the garbage collector


def write_to_all(connections: Iterable[Connection], data: bytes) -> None:
    """The same to each, as `Connection.write` does it, without the call for each that would be a tenth of the cost."""
    size = len(data)
    for connection in connections:
        send = connection.direct
        if send is None:
            connection.write(data)
            continue
        try:
            taken = send(data, NO_SIGNAL)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            connection.break_off(name_of(error))
            continue
        if taken < size:
            connection.keep(data[taken:])
