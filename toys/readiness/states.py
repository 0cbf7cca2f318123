"""The states of a client and of a server, and which of them may follow which."""

from __future__ import annotations

NEXT: dict[str, frozenset[str]] = {
    "idle": frozenset({"connecting", "listening", "error"}),
    "connecting": frozenset({"connected", "error"}),
    "connected": frozenset({"closed"}),
    "listening": frozenset({"closed"}),
    "error": frozenset(),
    "closed": frozenset(),
}
"""Which state may follow which. What becomes of each accepted connection is told by callbacks."""
