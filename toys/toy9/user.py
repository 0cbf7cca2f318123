"""What a user of the client does when called back: says it, and closes when that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable

from toys.toy9.client import Client
from toys.toy9.exchange import Callback
from toys.toy9.sockets import written

UNTIL = ("connected", "sent", "input", "eof")
"""When to close: once connected, once all output has left, at the first input, or at the peer's end."""


class User:
    """`until` is one of UNTIL; `half_close` shuts the sending side once all output has left."""

    def __init__(self, client: Client, *, until: str, half_close: bool, say: Callable[[str], None]) -> None:
        self._client = client
        self._until = until
        self._half_close = half_close
        self._say = say

    def callbacks(self) -> dict[str, Callback]:
        """The functions by the specification's names."""
        return {
            "connectionEstablished": self.established,
            "outputSent": self.sent,
            "inputReady": self.arrived,
            "errorEncountered": self.failed,
        }

    def established(self) -> None:
        client = self._client
        self._say(f"connected {written(client.local)} -> {written(client.remote)}")
        if self._until == "connected":
            client.close()
        elif not client.queue:
            self._has_said_all()

    def sent(self) -> None:
        self._say("sent everything")
        self._has_said_all()

    def arrived(self, size: int) -> None:
        self._say(f"received {size} bytes")
        if self._until == "input":
            self._client.close()

    def failed(self, name: str) -> None:
        failure = self._client.failure
        assert failure is not None, "an error has a reason"
        sys.stderr.write(f"error {failure.code}: {failure.text} ({name})\n")

    def _has_said_all(self) -> None:
        if self._half_close:
            self._client.end_output()
        if self._until == "sent":
            self._client.close()
