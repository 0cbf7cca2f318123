"""What a client may ask of the server: bytes, seconds and numbers, each with the answer to who asks for more."""

from __future__ import annotations

from typing import NamedTuple

BUFFER_BYTES = 65_536
"""What is read at once; every connection reads into the same buffer, because only one is read at a time."""


class Limits(NamedTuple):
    """Times are in seconds. The head of a request is everything before its body."""

    connections: int = 1000
    """More wait in the listener's queue until one has ended."""
    head_bytes: int = 65_536
    """431 beyond it."""
    target_bytes: int = 8_192
    """414 beyond it."""
    headers: int = 100
    """431 beyond it."""
    body_bytes: int = 65_536
    """413 beyond it."""
    output_bytes: int = 65_536
    """So much is written at once, however many answers there are; the others are made when the client has taken it."""
    idle_s: float = 60.0
    """A connection with nothing under way is closed after this time, and so is one that takes nothing of its output."""
    head_s: float = 10.0
    """From the first byte of a request to the end of its head; 408 after it. Nothing puts this off."""
    body_s: float = 60.0
    """From the end of the head to the end of the body; 408 after it. Nothing puts this off."""
    linger_s: float = 1.0
    """How long the rest of a request is thrown away after a refusal, so that the refusal can arrive."""
    grace_s: float = 10.0
    """How long what was begun may take when the server is told to stop."""
