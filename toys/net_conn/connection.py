"""The connection: its states, its callbacks, and the one timer that covers looking up, connecting and TLS.

    connection = Connection(loop, "good.lab", 443, use_tls=True, on_ready=talk, on_error=complain)

Nothing happens before the loop turns, so no callback comes before the constructor has returned. Either `on_ready` is
called, once, or `on_error`; after `on_ready`, `on_error` may still come, once, when the connection breaks. After
`close`, which is allowed in every state and in every callback, nothing is called any more.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from typing import NamedTuple

from toys.loop import Loop, Timer
from toys.net_conn import errors
from toys.net_conn.dial import Dial
from toys.net_conn.handshake import Handshake, context_for
from toys.net_conn.race import Race
from toys.net_conn.states import NEXT, OVER
from toys.net_conn.stream import Notice, Stream
from toys.toy9.errors import Failure
from toys.toy9.journal import Journal
from toys.toy9.resolver import Address
from toys.toy9.sockets import written

CHUNK = 65_536

Callback = Callable[["Connection"], None]


class Options(NamedTuple):
    """What is seldom wanted otherwise. `family` is `any`, `ipv4` or `ipv6`.

    `context` says which authorities are trusted, None is the system's; `server_name` is whom the certificate must be
    for, empty for the host that is dialled. `head_start_s` lets the addresses of a name race, 0 tries one at a time.
    """

    timeout_s: float = 10.0
    family: str = "any"
    context: ssl.SSLContext | None = None
    server_name: str = ""
    head_start_s: float = 0.0


DEFAULTS = Options()


class Connection:
    """See the head of this module. `state` is a word of states.NEXT; `failure` is why it is `error`."""

    dial, race, handshake, stream = Dial, Race, Handshake, Stream
    """The classes of the three phases; of the first there are two."""

    def __init__(
        self, loop: Loop, host: str, port: int, use_tls: bool = False, *, on_ready: Callback, on_error: Callback,
        options: Options | None = None, journal: Journal | None = None,
    ) -> None:  # fmt: skip
        self.state = "init"
        self.failure: Failure | None = None
        self._remote: Address | None = None
        self.host, self.port, self.use_tls = host, port, use_tls
        self._loop = loop
        self._on_ready, self._on_error = on_ready, on_error
        self._options, self._journal = options or DEFAULTS, journal
        self._phase: Dial | Handshake | Stream | None = None
        self._timer: Timer | None = None
        loop.soon(self.begin)

    # -- for its users -------------------------------------------------------------------------------------------------

    def try_read(self, size: int = CHUNK) -> bytes | None:
        """Up to `size` bytes that are there; b"" at the peer's end; None if there is nothing now, as with io.RawIOBase.

        None as well if the connection is not ready. If it breaks, on_error has been called when None is returned.
        """
        stream = self._ready_stream()
        return stream.try_read(size) if stream else None

    def try_write(self, data: bytes) -> int | None:
        """How many bytes of `data` the kernel took; None if it has no room now, or if the connection is not ready.

        What was not taken is to be offered again when `set_writable` calls. With TLS it must be the same bytes, or
        more: ValueError otherwise. If the connection breaks, on_error has been called when None is returned.
        """
        stream = self._ready_stream()
        return stream.try_write(data) if stream else None

    def set_readable(self, callback: Callback | None) -> None:
        """Calls as long as try_read would not return None, up to the peer's end; None stops that."""
        if stream := self._ready_stream():
            stream.on_readable(self._notice(callback))

    def set_writable(self, callback: Callback | None) -> None:
        """Calls as long as try_write would not return None, so set it only while there is something to write."""
        if stream := self._ready_stream():
            stream.on_writable(self._notice(callback))

    def close(self) -> None:
        """From any state, also within a callback. Closing twice, or after an error, does nothing."""
        if self.state not in OVER:
            self._release(politely=True)
            self.enter("closed")

    @property
    def local(self) -> str:
        """Our end as `10.0.0.1:40000`; empty unless it is ready."""
        stream = self._ready_stream()
        return written(stream.socket.getsockname()) if stream and stream.socket else ""

    @property
    def remote(self) -> str:
        """The address that took the connection, empty before, and kept afterwards."""
        return written(self._remote[1:]) if self._remote else ""

    # -- for the phases ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        if self.state == "init":
            self._timer = self._loop.after(self._options.timeout_s, self.time_is_up)
            self._phase = dial = self.dialled()
            dial.start()

    def dialled(self) -> Dial:
        """The first phase, by which the addresses of a name are tried."""
        where = (self._loop, self.host, self.port, self._options.family, self)
        head_start_s = self._options.head_start_s
        return self.race(*where, head_start_s) if head_start_s else self.dial(*where)

    def time_left_s(self) -> float:
        due = self._timer.due if self._timer else None
        return max(0.0, due - time.monotonic()) if due is not None else 0.0

    def time_is_up(self) -> None:
        self.fail(errors.of_name("ETIMEDOUT"))

    def trying(self, address: Address) -> None:
        if self._journal:
            self._journal.fact("trying", written(address[1:]))

    def gave_up(self, address: Address, failure: Failure) -> None:
        if self._journal:
            self._journal.fact("failed", f"{written(address[1:])} {failure.name}")

    def connected(self, sock: socket.socket, address: Address) -> None:
        """TCP stands."""
        self._remote = address
        if not self.use_tls:
            self.stands(sock)
            return
        self.enter("tls_handshake")
        name = self._options.server_name or self.host.partition("%")[0]
        context = self._options.context or context_for()
        self._phase = handshake = self.handshake(self._loop, sock, context, name, self)
        handshake.start()

    def secured(self, sock: ssl.SSLSocket) -> None:
        """TLS stands, and the peer is who it should be."""
        self.stands(sock)

    def stands(self, sock: socket.socket) -> None:
        self._stop_timer()
        self._phase = self.stream(self._loop, sock, self)
        self.enter("ready")
        if self._journal:
            self._journal.callback("on_ready")
        self._on_ready(self)

    def fail(self, failure: Failure) -> None:
        """The one way out with an error: everything is given back before anybody hears of it."""
        self.failure = failure
        self._release()
        self.enter("error")
        self.note("error", f"{failure.code}: {failure.text}")
        if self._journal:
            self._journal.callback("on_error", failure.name)
        self._on_error(self)

    def enter(self, state: str) -> None:
        if state not in NEXT[self.state]:
            raise ValueError(f"{state} cannot follow {self.state}")
        old, self.state = self.state, state
        if self._journal:
            self._journal.state(old, state)

    def note(self, name: str, text: str) -> None:
        if self._journal:
            self._journal.fact(name, text)

    def _stop_timer(self) -> None:
        """The loop keeps a cancelled timer until it would have rung; it must not keep the connection with it."""
        if self._timer:
            self._timer.cancel()
            self._timer.call = _nothing
            self._timer = None

    def _release(self, *, politely: bool = False) -> None:
        self._stop_timer()
        phase, self._phase = self._phase, None
        if isinstance(phase, Stream):
            phase.stop(politely=politely)
        elif phase is not None:
            phase.stop()

    def _ready_stream(self) -> Stream | None:
        return self._phase if isinstance(self._phase, Stream) else None

    def _notice(self, callback: Callback | None) -> Notice | None:
        return None if callback is None else lambda: callback(self)


def _nothing() -> None:
    """What a timer calls that was cancelled."""
