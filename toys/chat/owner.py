"""Whom a connection tells what happens to it: the server's guest at one end, the client's terminal at the other."""

from __future__ import annotations

from typing import Protocol


class Owner(Protocol):
    """`ended` comes once at most, `gone` exactly once and last."""

    def opened(self) -> None:
        """The TLS handshake is over."""

    def heard(self, data: bytes) -> None: ...
    def has_heard_enough(self) -> bool:
        """Whether nothing more is to be read in this turn."""

    def slowed(self, waiting: int) -> bytes:
        """Half of what may wait does: what the peer is to be told of that."""

    def drained(self) -> None:
        """Nothing waits any more."""

    def ended(self, reason: str) -> None: ...
    def gone(self) -> None: ...
