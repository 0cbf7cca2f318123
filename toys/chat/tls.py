"""TLS beside the socket: bytes from it are opened here, bytes for it are sealed here.

The TLS machine works on memory and never on the socket. So a handshake that wants to write while it reads
(SSL_ERROR_WANT_WRITE in a read) is nothing special: whatever it produced is output, like any other, and the socket is
watched for what the socket's own queue says.
"""

from __future__ import annotations

import ssl
from contextlib import suppress

CHUNK = 1 << 16


def serving(certificate: str, key: str) -> ssl.SSLContext:
    """OSError (or ssl.SSLError, which is one) if the files cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key or None)
    return context


def asking(authority: str) -> ssl.SSLContext:
    """For a client: `authority` is a file of certificates to trust, empty for those that the system trusts."""
    return ssl.create_default_context(cafile=authority or None)


class Tls:
    """One connection's machine. ssl.SSLError from any method means that the connection is of no use any more."""

    def __init__(self, context: ssl.SSLContext, *, host: str = "") -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._machine = context.wrap_bio(self._in, self._out, server_side=not host, server_hostname=host or None)
        self.is_ready = False
        self.is_over = False
        """Whether the other side said that nothing more will come."""

    def shake(self) -> None:
        """Goes on with the handshake as far as it goes; what it has to say is in `outgoing`."""
        try:
            self._machine.do_handshake()
            self.is_ready = True
        except ssl.SSLWantReadError:
            pass

    def opened(self, data: bytes) -> bytes:
        """What these bytes from the socket mean; the handshake comes first."""
        self._in.write(data)
        if not self.is_ready:
            self.shake()
        return b"".join(self._pieces()) if self.is_ready else b""

    def _pieces(self) -> list[bytes]:
        pieces = []
        try:
            while piece := self._machine.read(CHUNK):
                pieces.append(piece)
            self.is_over = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.is_over = True
        return pieces

    def sealed(self, data: bytes) -> bytes:
        """These bytes as they go into the socket."""
        self._machine.write(data)
        return self.outgoing()

    def farewell(self) -> bytes:
        """close_notify: nothing more will come from here."""
        with suppress(ssl.SSLError):  # the other side has not said it yet, and need not
            self._machine.unwrap()
        return self.outgoing()

    def outgoing(self) -> bytes:
        """What the machine itself has to say."""
        return self._out.read()
