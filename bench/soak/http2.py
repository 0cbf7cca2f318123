"""What is asked of httpd in HTTP/2: several streams at once, of which some are reset."""

from __future__ import annotations

import socket
from collections.abc import Callable
from random import Random
from typing import Any

import h2.config
import h2.connection
import h2.events

from bench.soak.load import Load, Wrong

PATTERN = b"0123456789abcdef"
Headers = list[tuple[str, str]]


class Streams:
    """One connection, and what came on each of its streams."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.bodies: dict[int, bytes] = {}
        self.ended: set[int] = set()

    def ask(self, method: str, path: str, body: bytes = b"") -> int:
        stream: int = self.h2.get_next_available_stream_id()
        headers = [(":method", method), (":path", path), (":scheme", "http"), (":authority", "x")]
        self.h2.send_headers(stream, headers, end_stream=not body)
        if body:
            self.h2.send_data(stream, body, end_stream=True)
        self.bodies[stream] = b""
        return stream

    def hear(self, streams: set[int]) -> None:
        """Until they have ended. Wrong if the server does before."""
        self.sock.sendall(self.h2.data_to_send())
        while not streams <= self.ended:
            data = self.sock.recv(1 << 16)
            if not data:
                raise Wrong(f"the server ended, {len(streams - self.ended)} streams were open")
            for event in self.h2.receive_data(data):
                self._note(event)
            self.sock.sendall(self.h2.data_to_send())

    def _note(self, event: Any) -> None:
        match event:
            case h2.events.DataReceived():
                self.bodies[event.stream_id] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded():
                self.ended.add(event.stream_id)
            case h2.events.StreamReset() | h2.events.ConnectionTerminated():
                raise Wrong(f"the server sent {event}")


def question(random: Random) -> tuple[str, str, bytes, bytes]:
    """Method, path and body of a request, and the body of its answer."""
    match random.randrange(4):
        case 0:
            body = random.randbytes(random.randint(1, 8000))
            return "POST", "/echo", body, body
        case 1:
            count = random.choice((10, 1_000, 20_000))
            return "GET", f"/bytes?n={16 * count}", b"", PATTERN * count
        case 2:
            return "GET", f"/slow?ms={random.randint(1, 30)}", b"", b"done\n"
        case _:
            return "GET", "/api/data", b"", b'{"status": "ok"}\n'


def streams(load: Load, random: Random, leaves: Callable[[socket.socket], None]) -> None:
    """Some rounds of questions; now and then the client leaves in the middle, as `leaves` does it."""
    with load.server.dial("h2") as sock:
        client = Streams(sock)
        for _ in range(random.randint(1, 4)):
            asked = {}
            for method, path, body, wanted in (question(random) for _ in range(random.randint(1, 6))):
                asked[client.ask(method, path, body)] = wanted
            dropped = client.ask("GET", "/bytes?n=100000")
            if random.random() < 0.3:
                client.h2.reset_stream(dropped)
            else:
                asked[dropped] = PATTERN * 6250
            if random.random() < 0.1:
                sock.sendall(client.h2.data_to_send())
                leaves(sock)
                return
            client.hear(set(asked))
            for stream, wanted in asked.items():
                if client.bodies[stream] != wanted:
                    raise Wrong(f"stream {stream}: {len(client.bodies[stream])} bytes in place of {len(wanted)}")
                load.count("answers")
