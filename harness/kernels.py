"""Kernels: on which versions of Linux a figure was measured, and what a verdict is worth on another one.

A figure of a standard holds everywhere. One that the kernel chose for itself (which bits a poller reports, how many
SYNs leave) was measured on some versions, and says nothing against any other: there the verdict is inconclusive, with
what was observed. Where the version is not known, as in a trace written by hand, the figure is taken as it stands.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Self

from harness.verdict import Verdict, inconclusive

Version = tuple[int, int]


class Kernels(NamedTuple):
    """Every version from `first` to `last`, both included."""

    first: Version
    last: Version

    @classmethod
    def of(cls, text: str) -> Self:
        """`6.5 to 6.18`, or one version alone; ValueError for anything else."""
        first, _, last = text.partition(" to ")
        ends = version(first), version(last or first)
        if not re.fullmatch(r"\d+\.\d+( to \d+\.\d+)?", text) or not ends[0] or not ends[1] or ends[0] > ends[1]:
            raise ValueError(f"{text!r} are no kernels; write them as 6.5 to 6.18, or as 6.18")
        return cls(ends[0], ends[1])

    def have(self, release: str) -> bool:
        """Whether this is one of them, by the first two numbers of uname(2)'s release."""
        found = version(release)
        return found is not None and self.first <= found <= self.last

    def __str__(self) -> str:
        ends = dict.fromkeys(f"{major}.{minor}" for major, minor in self)
        return " to ".join(ends)


def version(release: str) -> Version | None:
    """`(6, 18)` of `6.18.44-generic`; None where there are no two numbers."""
    found = re.match(r"(\d+)\.(\d+)", release)
    return (int(found[1]), int(found[2])) if found else None


def weighed(verdict: Verdict, measured: Kernels | None, release: str) -> Verdict:
    """What a failure is worth under the kernel `release`, if the figure was `measured` on some only."""
    if measured is None or not release or verdict.outcome != "fail" or measured.have(release):
        return verdict
    reason = f"on Linux {release} nobody has measured this, only on {measured}; observed: {verdict.reason}"
    return inconclusive(reason, *verdict.evidence)
