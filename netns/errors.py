"""What the ground says when it cannot be made: what failed, and what its user can do about it."""

from __future__ import annotations


class GroundError(Exception):
    """The ground failed, not the program under test. `remedy` is empty where nobody but the authors can help."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n  remedy: {remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy
