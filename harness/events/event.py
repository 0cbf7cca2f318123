"""What every event has: an instant, a lane, a place in a recording.

Masks are part of several, so how they are written is here too.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

Point = Literal["subject", "syscall", "wire", "kernel", "lab"]
Phase = Literal["sent", "arrived", "dropped"]

POINTS: tuple[Point, ...] = ("subject", "syscall", "wire", "kernel", "lab")
BITS = ("IN", "PRI", "OUT", "ERR", "HUP", "RDHUP", "ET", "ONESHOT", "EXCLUSIVE")


def bits(mask: str) -> frozenset[str]:
    """The names in a mask: `bits("IN|OUT") == {"IN", "OUT"}`, `bits("") == bits("0") == set()`."""
    return frozenset(mask.split("|")) - {"", "0"}


def mask_of(names: frozenset[str] | set[str]) -> str:
    """The mask in its one spelling: `mask_of({"OUT", "IN"}) == "IN|OUT"`, `"0"` when empty."""
    return "|".join(bit for bit in BITS if bit in names) or "0"


class Event(Struct, frozen=True, kw_only=True, tag=True, tag_field="kind", omit_defaults=True):
    """Something seen at one instant. `who` is the lane: a program (named after its host), a host, `wire` or `lab`."""

    point: ClassVar[Point] = "lab"
    at_ns: int
    who: str = ""
    source: str = ""
    """Where the recording has it: `strace.txt:17`, `frame 3`, `journal:4`; empty in traces written by hand."""
