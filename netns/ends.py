"""Who talks to whom, as an answer to a frame has it."""

from __future__ import annotations

from typing import NamedTuple

from netns.frames import Frame

FIRST_SEQ = 1000
"""The sequence number of a made-up SYN-ACK, fixed so that two runs look alike."""


class Ends(NamedTuple):
    """Who talks to whom: MACs as bytes, addresses as text."""

    src_mac: bytes
    dst_mac: bytes
    family: str
    src: str
    dst: str
    sport: int = 0
    dport: int = 0


def back(frame: Frame) -> Ends:
    """The ends of an answer to this frame."""
    return Ends(frame.dst_mac, frame.src_mac, frame.family, frame.dst, frame.src, frame.dport, frame.sport)
