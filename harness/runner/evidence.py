"""What a lab hands out of a case: plain data, so that it can be pickled to the judge, and outlives the lab."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from netns.log import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one program left behind; `status` is of its own end, negative for a signal, None if the lab ended it."""

    who: str
    argv: tuple[str, ...]
    traced_pid: int
    since_ns: int
    ended_ns: int
    status: int | None
    stdout: bytes
    stderr: bytes
    journal: bytes
    calls: bytes
    overflowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything recorded of a case but strace's lines, which the slot reads. The subject is the last program."""

    programs: tuple[Said, ...] = ()
    log: tuple[Entry, ...] = ()
    marks: tuple[tuple[int, str, str], ...] = ()
    phases_ms: dict[str, float] = field(default_factory=dict)
    surroundings: dict[str, Any] = field(default_factory=dict)
    """What the case was played in: the kernel's release, the knobs of each host, the load before and after."""
    doubts: tuple[str, ...] = ()
    """Why what is told of the kernel's sockets may be incomplete."""
    fault: str = ""
    """Why there is no evidence, for people; empty if all went well."""
    remedy: str = ""
