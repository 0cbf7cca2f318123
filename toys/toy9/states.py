"""The states of a connection, and which of them may follow which: the whole machine is this table."""

from __future__ import annotations

NEXT: dict[str, frozenset[str]] = {
    "idle": frozenset({"connecting"}),
    "connecting": frozenset({"connected", "error"}),
    "connected": frozenset({"closed", "error"}),
    "error": frozenset({"closed"}),
    "closed": frozenset(),
}
"""Which state may follow which."""
