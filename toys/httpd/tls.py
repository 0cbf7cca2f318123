"""A connection that is encrypted: input is decrypted before it is looked at, and output encrypted before it leaves.

The library never sees the socket: it works on two buffers in memory. So it cannot block, and whether it has to read or
to write in order to go on (either side may have to, RFC 8446 section 4.6) is no question: what it wants sent is sent.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from functools import partial

from toys.httpd.connection import Connection
from toys.httpd.context import Context
from toys.httpd.limits import BUFFER_BYTES

PROTOCOLS = ["h2", "http/1.1"]
BROKEN = frozenset({"reset", "tls"})
"""Why a connection is closed on which nothing can be said any more, or an alert was the last word."""


def connection_with(certificate: str, key: str, kind: type[Connection] = Connection) -> Callable[..., Connection]:
    """What makes connections of this kind with this certificate. OSError (ssl.SSLError is one) for files of no use."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(PROTOCOLS)
    return partial(secured(kind), context)


def secured(kind: type[Connection]) -> Callable[..., Connection]:
    """The kind with TLS over it; it takes the SSL context first."""
    return kind if issubclass(kind, TlsConnection) else type("Secured", (TlsConnection, kind), {"__slots__": ()})


class TlsConnection(Connection):
    """Everything that the connection writes and takes is plain; only `Stream` sees what is encrypted."""

    __slots__ = ("_has_said_goodbye", "_incoming", "_is_shaken", "_outgoing", "_tls")

    def __init__(
        self, tls: ssl.SSLContext, context: Context, sock: socket.socket, peer: str, number: int,
        gone: Callable[[Connection], None],
    ) -> None:  # fmt: skip
        super().__init__(context, sock, peer, number, gone)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._is_shaken = self._has_said_goodbye = False
        self.wait_for("handshake", context.limits.head_s)

    def take(self, data: memoryview) -> None:
        self._incoming.write(data)
        try:
            if not self._is_shaken:
                self._shake_hands()
            while self.is_open and (plain := self._tls.read(BUFFER_BYTES)):
                super().take(memoryview(plain))
        except ssl.SSLWantReadError:
            self._deliver()
        except ssl.SSLError:
            self._deliver()  # it has written why
            self.close("tls")
        else:
            self._hear_close_notify()

    def _hear_close_notify(self) -> None:
        """The client's end, whether or not a FIN follows (RFC 8446, section 6.1)."""
        if self.is_open:
            self.has_ended = True
            self.ended()
            self.watch()

    def _shake_hands(self) -> None:
        self._tls.do_handshake()
        self._is_shaken = True
        self.wait_for("idle", self.context.limits.idle_s)
        self.context.tell("alpn", f"{self.number} {self._tls.selected_alpn_protocol() or 'none'}")

    @property
    def has_agreed_to_http2(self) -> bool:
        return self._tls.selected_alpn_protocol() == PROTOCOLS[0]

    def write(self, data: bytes) -> None:
        self._tls.write(data)
        self._deliver()

    def _deliver(self) -> None:
        if self.is_open and (encrypted := self._outgoing.read()):
            super().write(encrypted)

    def _farewell(self) -> None:
        self.say_goodbye()
        super()._farewell()

    def close(self, why: str) -> None:
        if why not in BROKEN:
            self.say_goodbye()
        super().close(why)

    def say_goodbye(self) -> None:
        """The end is said, so that the client can tell it from a cut (RFC 8446, section 6.1)."""
        if self.is_open and self._is_shaken and not (self._has_said_goodbye or self.unsent):
            self._has_said_goodbye = True
            with contextlib.suppress(ssl.SSLError):  # its own end is not waited for
                self._tls.unwrap()
            self._deliver()
