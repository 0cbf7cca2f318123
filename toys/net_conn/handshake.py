"""The second phase, where TLS is asked for: from a connected socket to one that is encrypted and whose peer is known.

SSL_do_handshake() says of itself what it waits for, and only that is waited for: a loop that waits for room while the
handshake waits for the peer's answer is woken without pause (SSL_get_error(3), SSL_ERROR_WANT_READ).
"""

from __future__ import annotations

import socket
import ssl
from functools import cache
from typing import Protocol

from toys.loop import READ, WRITE, Loop, Watcher
from toys.net_conn import errors
from toys.toy9.errors import Failure

IGNORE_UNEXPECTED_EOF = getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
"""With it OpenSSL 3 says of a FIN what it says of close_notify; Python sets it by itself before 3.11.3 (gh-95494)."""


class Owner(Protocol):
    """Who is told how it went."""

    def note(self, name: str, text: str) -> None: ...
    def secured(self, sock: ssl.SSLSocket) -> None: ...
    def fail(self, failure: Failure) -> None: ...


@cache
def context_for(authority: str | None = None, protocols: tuple[str, ...] = ()) -> ssl.SSLContext:
    """Certificates and names are checked. `authority` is a file of trusted certificates, None for the system's.

    `protocols` are offered to the server, the dearest first (RFC 7301). OSError if there is no such file, or nothing in
    it.
    """
    context = ssl.create_default_context(cafile=authority)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


class Handshake:
    """Takes the socket over: it is closed by `stop`, by a failure, or by who gets it."""

    def __init__(self, loop: Loop, sock: socket.socket, context: ssl.SSLContext, name: str, owner: Owner) -> None:
        self._loop, self._context, self._name, self._owner = loop, context, name, owner
        self._plain = sock
        self._socket: ssl.SSLSocket | None = None
        self._watcher: Watcher | None = None

    def start(self) -> None:
        if self._name[:1] in ("", "."):  # asked here, because wrap_socket() leaves an open socket to the collector
            self._owner.fail(errors.FAILED)
            return
        try:
            self._context.options &= ~IGNORE_UNEXPECTED_EOF  # whoever made it: an answer may not be cut short unnoticed
            # The descriptor changes its owner here, and is closed where that fails: nobody may be watching it.
            self._socket = self._context.wrap_socket(
                self._plain, server_hostname=self._name, do_handshake_on_connect=False, suppress_ragged_eofs=False
            )
        except (OSError, ValueError) as error:
            self._owner.fail(errors.of_error(error))
            return
        self.step()

    def step(self, ready: int = 0) -> None:
        """As far as it goes without waiting."""
        assert self._socket is not None, "it has started"
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            self.wait_for(READ)
        except ssl.SSLWantWriteError:
            self.wait_for(WRITE)
        except OSError as error:
            self._owner.fail(errors.of_error(error))
        else:
            self.succeed()

    def wait_for(self, interest: int) -> None:
        assert self._socket is not None, "it has started"
        if self._watcher is None:
            self._watcher = self._loop.watch(self._socket, interest, self.step)
        else:
            self._watcher.set(interest)

    def succeed(self) -> None:
        sock, self._socket = self._socket, None
        assert sock is not None, "it has started"
        self.stop()
        cipher = sock.cipher()
        self._owner.note("tls", f"{sock.version()} {cipher[0] if cipher else 'no cipher'}")
        if protocol := sock.selected_alpn_protocol():
            self._owner.note("alpn", protocol)
        self._owner.secured(sock)

    def stop(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
        if self._socket is not None:
            self._socket.close()
        self._plain.close()  # without effect once its descriptor has changed hands
        self._watcher = self._socket = None
