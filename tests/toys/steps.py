"""A client in single step: begun, turned once, and its journal as lines of text."""

from __future__ import annotations

import re
import socket
import struct
from typing import TYPE_CHECKING

from toys.toy9.loop import Dial

if TYPE_CHECKING:
    from tests.toys.conftest import Bench

ESTABLISHED = [
    "idle -> connecting",
    "waitingForConnection true",
    "waitingForConnection false",
    "local 127.0.0.1:p",
    "remote 127.0.0.1:p",
    "connecting -> connected",
    "connectionEstablished()",
]


def start(bench: Bench, host: str, port: int, *, timeout_ms: int = 0) -> Dial:
    dial = Dial(bench.client, bench.poller, host, port, timeout_ms=timeout_ms, family="any")
    dial.start()
    return dial


def told(bench: Bench) -> list[str]:
    """The journal without times, each port that the kernel chose as `:p`."""
    lines = {"state": "{old} -> {new}", "callback": "{name}({args})", "fact": "{name} {text}"}
    return [re.sub(r":\d+$", ":p", lines[line["event"]].format(**line)) for line in bench.said()]


def accept(listener: socket.socket) -> socket.socket:
    accepted, _ = listener.accept()
    accepted.settimeout(10)
    return accepted


def reset(end: socket.socket) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


def turn_at_once(dial: Dial) -> None:
    """One turn that does not wait: there may be no room yet."""
    for _, readiness in dial.poller.wait(0):
        dial.client.ready(readiness)
