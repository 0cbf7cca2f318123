"""The ways in which the rig itself can go wrong.

A subject that misbehaves is a verdict, a network that fails as planned is a value in the trace; only what is left over
is an exception, and its class says whose fault it is.
"""

from __future__ import annotations

from dataclasses import dataclass


class ToylabError(Exception):
    """Whatever the lab tells its user instead of a traceback; `exit_code` is what the command line returns for it."""

    exit_code = 4


class RigError(ToylabError):
    """The rig failed, not the subject: `remedy` says what the user can do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n  remedy: {remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy


class CannotRunHere(RigError):
    """This machine lacks something that the run needs; `toylab doctor` lists it with its remedy."""

    exit_code = 3


class UsageError(ToylabError):
    """The user asked for something that does not exist or does not go together."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in an input file, at a place that an editor can jump to (line and column count from 1)."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.message}"
        if self.hint:
            text += f"; {self.hint}"
        if self.excerpt:
            number = f"{self.line:>5} | "
            text += f"\n{number}{self.excerpt}\n{' ' * (len(number) + self.column - 1)}^"
        return text


class InputError(UsageError):
    """A file that cannot be used, with every mistake found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
