"""Packets that no kernel would send: answers, segments and rewritten headers; bytes in, bytes out.

`netns.packetsmith` makes them with scapy, which takes a third of a second to import and 24 MB, and a lab that is forked
for each case pays for every megabyte. So a process of its own makes them for the labs (`netns.smithy`), once it was
hired; without one they are made here, at the price of the import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netns import packetsmith
from netns.ends import Ends
from netns.frames import Frame
from netns.plan import Craft, Plan

Making = Callable[..., bytes]
"""Called with the name of one of this module's functions and its arguments."""


def needs_scapy(plan: Plan) -> bool:
    """Whether any rule or puppet of the plan makes packets up."""
    return any(rule.answer or rule.rewrite for rule in plan.rules) or any(
        step.send for puppet in plan.puppets for step in puppet.steps
    )


def answer(frame: Frame, raw: bytes, wanted: Craft) -> bytes:
    """The whole frame that answers `raw` as `wanted` says. Raises ValueError where the two do not go together."""
    return _made("answer", frame, raw, wanted)


def segment(ends: Ends, wanted: Craft, seq: int, ack: int) -> bytes:
    """A TCP segment with the flags, payload and fields of `wanted`; relative numbers start from `seq` and `ack`."""
    return _made("segment", ends, wanted, seq, ack)


def rewrite(raw: bytes, fields: Mapping[str, str]) -> bytes:
    """The frame with these fields changed, lengths and checksums made right unless they are among the fields.

    Names are scapy's; the innermost header that has the name is meant, `ip.src` or `ether.src` ask for an outer one.
    Values are numbers, `+1000` or `-1` relative to the present value, or scapy's text (addresses, flags). Raises
    ValueError for a field that no header has.
    """
    return _made("rewrite", raw, dict(fields))


def hire(making: Making) -> None:
    """From now on somebody else makes the packets of this process, and of all that are forked from it."""
    _hired[:] = [making]


def is_hired() -> bool:
    return bool(_hired)


def _made(name: str, *arguments: Any) -> bytes:
    making = _hired[-1] if _hired else packetsmith.make
    packet: bytes = making(name, *arguments)
    return packet


_hired: list[Making] = []
