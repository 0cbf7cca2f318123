"""TLS of the peer, byte by byte in its own hands: an answer can be cut in half, and one side ended without the other.

`ssl.SSLSocket` allows neither: its unwrap() reads, and fails over whatever the client has sent in the meantime.
"""

from __future__ import annotations

import contextlib
import socket
import ssl

from toys.net_conn import certificates

CHUNK = 65_536


def context_for(certificate: str) -> ssl.SSLContext:
    """Without session tickets, which would follow the handshake at a moment and in a size of the library's choice."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.path(certificate))
    context.num_tickets = 0
    return context


class Secured:
    """A server's end of TLS on a blocking socket, with the methods of a socket that its scripts need."""

    def __init__(self, sock: socket.socket, certificate: str) -> None:
        self._socket = sock
        self._arriving, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._engine = context_for(certificate).wrap_bio(self._arriving, self._leaving, server_side=True)
        self._decrypted = bytearray()

    def answer(self) -> bytes:
        """What a server says to the ClientHello, as it would leave."""
        while not self._leaving.pending:
            self._take(self._socket.recv(CHUNK))
            with contextlib.suppress(ssl.SSLWantReadError):
                self._engine.do_handshake()
        return self._leaving.read()

    def handshake(self) -> str:
        """To its end; the version that was agreed on. ssl.SSLError if the client will not have it."""
        while True:
            try:
                self._engine.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._take(self._socket.recv(CHUNK))
            else:
                self._flush()
                return str(self._engine.version())

    def recv(self, size: int) -> bytes:
        """Empty at the client's end."""
        while not (self._has_ended() or self._decrypted):
            self._take(self._socket.recv(CHUNK))
        data = bytes(self._decrypted[:size])
        del self._decrypted[:size]
        return data

    def sendall(self, data: bytes) -> None:
        self._engine.write(data)
        self._flush()

    def end(self) -> None:
        """close_notify, and nothing else: TLS 1.3 ends its sides one by one (RFC 8446, 6.1)."""
        self._has_ended()
        with contextlib.suppress(ssl.SSLWantReadError):
            self._engine.unwrap()
        self._flush()

    def _has_ended(self) -> bool:
        """Decrypts what has arrived; whether the client's close_notify was in it."""
        try:
            while data := self._engine.read(CHUNK):
                self._decrypted += data
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLZeroReturnError:  # what Python says instead of b"" once this side has ended
            return True
        return True

    def _take(self, data: bytes) -> None:
        if data:
            self._arriving.write(data)
        else:
            self._arriving.write_eof()

    def _flush(self) -> None:
        self._socket.sendall(self._leaving.read())
