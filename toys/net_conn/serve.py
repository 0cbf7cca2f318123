"""The peer for the lab: accepts connections one after the other and plays a short script with each. It may block.

A script is a function in SCRIPTS, or in BROKEN where it is about a handshake that does not come to its end.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import NamedTuple, Protocol

from toys.net_conn.arguments import silence
from toys.net_conn.engine import CHUNK, Secured
from toys.toy9.journal import Journal
from toys.toy9.sockets import written

LINGER_NOT = struct.pack("ii", 1, 0)
"""close() sends RST, see socket(7), SO_LINGER."""


class Play(NamedTuple):
    """What to play: `certificate` empty is plain TCP; `text` is what the peer says first; `say` tells people."""

    script: str
    certificate: str = "good"
    text: bytes = b""
    journal: Journal = Journal(None)
    say: Callable[[str], None] = silence


class Peer(Protocol):
    """The client as a script sees it, through TLS or not."""

    def recv(self, size: int, /) -> bytes: ...
    def sendall(self, data: bytes, /) -> None: ...
    def end(self) -> None: ...


class Plain:
    """Without TLS."""

    def __init__(self, sock: socket.socket) -> None:
        self.recv, self.sendall = sock.recv, sock.sendall
        self._socket = sock

    def end(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)


def listen(address: str, port: int, receive_buffer: int = 0) -> socket.socket:
    """OSError if the address cannot be had. A small receive buffer makes a small window, see tcp(7)."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        listener.bind((address, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def serve(listener: socket.socket, play: Play, connections: int) -> None:
    """So many connections, one after the other; what goes wrong in one of them is told and does not end the next."""
    for _ in range(connections):
        accepted, peer = listener.accept()
        play.say(f"accepted {written(peer)}")
        try:
            with accepted:
                _play(accepted, play)
        except OSError as error:
            play.say(f"the connection broke: {error.strerror or error}")
            play.journal.fact("broke", type(error).__name__)


def _play(accepted: socket.socket, play: Play) -> None:
    if play.script in BROKEN:
        BROKEN[play.script](accepted, play)
    elif play.certificate:
        play.journal.fact("certificate", play.certificate)
        secured = Secured(accepted, play.certificate)
        play.journal.fact("tls", secured.handshake())
        _perform(secured, accepted, play)
    else:
        _perform(Plain(accepted), accepted, play)


def _perform(peer: Peer, accepted: socket.socket, play: Play) -> None:
    """The text first, then the script."""
    if play.text:
        say(peer, play.text, play)
    SCRIPTS[play.script](peer, accepted, play)


def say(peer: Peer, text: bytes, play: Play) -> None:
    play.journal.fact("said", f"{len(text)} bytes")
    peer.sendall(text)


# -- scripts for a connection that stands, after the text was said -----------------------------------------------------


def echo(peer: Peer, sock: socket.socket, play: Play) -> None:
    """Sends back what arrives, to the client's end."""
    while data := peer.recv(CHUNK):
        say(peer, data, play)
    peer.end()


def sink(peer: Peer, sock: socket.socket, play: Play) -> None:
    """Reads to the client's end."""
    got = 0
    while data := peer.recv(CHUNK):
        got += len(data)
    play.journal.fact("received", f"{got} bytes")
    play.say(f"received {got} bytes")


def close(peer: Peer, sock: socket.socket, play: Play) -> None:
    """Ends, and waits for nothing."""
    play.journal.fact("end", "eof")
    peer.end()


def half_close(peer: Peer, sock: socket.socket, play: Play) -> None:
    """Ends its own side and reads on to the client's end."""
    play.journal.fact("end", "eof")
    peer.end()
    sink(peer, sock, play)


def cut(peer: Peer, sock: socket.socket, play: Play) -> None:
    """Ends TCP without ending TLS."""
    play.journal.fact("end", "cut")
    sock.shutdown(socket.SHUT_WR)


def reset(peer: Peer, sock: socket.socket, play: Play) -> None:
    """Answers everything from now on with RST."""
    play.journal.fact("end", "reset")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)


SCRIPTS: dict[str, Callable[[Peer, socket.socket, Play], None]] = {
    "echo": echo, "sink": sink, "close": close, "half-close": half_close, "cut": cut, "reset": reset,
}  # fmt: skip


# -- scripts for a handshake that does not come to its end -------------------------------------------------------------


def silent_in_handshake(sock: socket.socket, play: Play) -> None:
    """Takes what the client says, and never answers."""
    while sock.recv(CHUNK):
        pass


def close_in_handshake(sock: socket.socket, play: Play) -> None:
    """Half of an answer, then FIN."""
    answer = Secured(sock, play.certificate or "good").answer()
    sock.sendall(answer[: len(answer) // 2])  # ends within the certificate


def reset_in_handshake(sock: socket.socket, play: Play) -> None:
    """Half of an answer, then RST."""
    close_in_handshake(sock, play)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)


BROKEN: dict[str, Callable[[socket.socket, Play], None]] = {
    "silent-in-handshake": silent_in_handshake,
    "close-in-handshake": close_in_handshake,
    "reset-in-handshake": reset_in_handshake,
}
