"""Tries out what the lab needs of this machine: each thing is done once, in a process of its own, and not guessed.

A finding that is not ok says what it is needed for and what to do. Nothing that is tried outlives its try.
"""

from __future__ import annotations

import subprocess
from typing import NamedTuple

from netns.errors import GroundError
from netns.tries import CHECKS, Check, in_sandbox


class Finding(NamedTuple):
    """`found` is what was seen, in a few words. One that is not `required` only takes away a convenience."""

    name: str
    ok: bool
    found: str
    needed_for: str
    remedy: str = ""
    required: bool = True


def probe() -> list[Finding]:
    """Tries everything; takes about half a second. Where there is no sandbox, what needs one is not tried."""
    findings: list[Finding] = []
    has_sandbox = True
    for check in CHECKS:
        if check.in_sandbox and not has_sandbox:
            findings.append(_missed(check, "not tried: there is no sandbox to try it in"))
            continue
        findings.append(_tried(check))
        if check.name == "sandbox":
            has_sandbox = findings[-1].ok
    return findings


def _tried(check: Check) -> Finding:
    try:
        found = in_sandbox(check.attempt) if check.in_sandbox else check.attempt()
    except GroundError as error:
        return _missed(check, error.what, error.remedy or check.remedy)
    except (OSError, subprocess.SubprocessError) as error:
        return _missed(check, str(error), check.remedy)
    return Finding(check.name, ok=True, found=found, needed_for=check.needed_for, required=check.required)


def _missed(check: Check, found: str, remedy: str = "") -> Finding:
    return Finding(check.name, False, found, check.needed_for, remedy, check.required)
