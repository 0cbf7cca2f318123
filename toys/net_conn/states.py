"""The states of a connection, and which of them may follow which: the whole machine is this table."""

from __future__ import annotations

NEXT: dict[str, frozenset[str]] = {
    "init": frozenset({"resolving", "connecting", "closed"}),
    "resolving": frozenset({"connecting", "error", "closed"}),
    "connecting": frozenset({"tls_handshake", "ready", "error", "closed"}),
    "tls_handshake": frozenset({"ready", "error", "closed"}),
    "ready": frozenset({"closed", "error"}),
    "closed": frozenset(),
    "error": frozenset(),
}
"""Which state may follow which. A connection is used once: nothing follows its end."""

OVER = frozenset(state for state, following in NEXT.items() if not following)
