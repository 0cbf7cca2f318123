"""The server role: listens, accepts one connection, tells its endpoints and what it said, and perhaps says it back."""

from __future__ import annotations

import socket
from collections.abc import Callable

from toys.toy9 import errors
from toys.toy9.errors import Failure
from toys.toy9.exchange import CHUNK
from toys.toy9.journal import Journal
from toys.toy9.pollers import IN, OUT, Poller
from toys.toy9.sockets import written

Say = Callable[[str], object]


class Server:
    """Serves one connection until the peer ends it. OSError if the address cannot be had."""

    def __init__(self, poller: Poller, journal: Journal, say: Say, *, echo: bool = False) -> None:
        self._poller = poller
        self._journal = journal
        self._say = say
        self._echo = echo
        self._unsent = bytearray()

    def listen(self, address: str, port: int, *, reuse_address: bool = True) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            if reuse_address:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen()
        except OSError:
            listener.close()
            raise
        self._journal.state("idle", "listening")
        self._say(f"listening on {written(listener.getsockname())}")
        return listener

    def serve(self, listener: socket.socket) -> None:
        accepted = self._accept(listener)
        self._poller.watch(accepted.fileno(), frozenset({IN}))
        while self._turn(accepted):
            pass
        self._poller.unwatch(accepted.fileno())
        accepted.close()
        self._journal.state("accepted", "closed")

    def _accept(self, listener: socket.socket) -> socket.socket:
        """Waits for the first connection; one that was reset before that may make accept() fail, see accept(2)."""
        self._poller.watch(listener.fileno(), frozenset({IN}))
        accepted = None
        while accepted is None:
            self._poller.wait(None)
            try:
                accepted, peer = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                continue
        self._poller.unwatch(listener.fileno())
        listener.close()
        accepted.setblocking(False)
        self._journal.state("listening", "accepted")
        self._journal.fact("local", written(accepted.getsockname()))
        self._journal.fact("remote", written(peer))
        self._say(f"accepted {written(peer)}")
        return accepted

    def _turn(self, accepted: socket.socket) -> bool:
        """One wait and what it brought; False at the connection's end."""
        self._poller.wait(None)
        try:
            return self._receive(accepted) if not self._unsent else self._flush(accepted)
        except BlockingIOError:
            return True
        except OSError as error:
            return self._broken(errors.of_error(error))

    def _broken(self, failure: Failure) -> bool:
        """A reset is one way to end; EPIPE is what a write meets after it."""
        if failure.name in ("ECONNRESET", "EPIPE"):
            self._journal.fact("end", "reset")
            self._say("reset by the peer")
        else:
            self._journal.fact("error", f"{failure.code}: {failure.text}")
            self._say(failure.text)
        return False

    def _receive(self, accepted: socket.socket) -> bool:
        """Reads until there is no more: right for an edge, and no worse for a level."""
        while data := accepted.recv(CHUNK):
            self._journal.fact("received", data.decode("utf-8", "backslashreplace"))
            self._say(f"received {len(data)} bytes")
            if self._echo:
                self._unsent += data
                self._flush(accepted)
        self._journal.fact("end", "eof")
        self._say("the peer has ended")
        return False

    def _flush(self, accepted: socket.socket) -> bool:
        try:
            while self._unsent:
                del self._unsent[: accepted.send(self._unsent, socket.MSG_NOSIGNAL)]
        finally:
            self._poller.watch(accepted.fileno(), frozenset({OUT} if self._unsent else {IN}))
        return True
