"""Commands of a case: placeholders filled in, then split into words as a shell would, but run without one."""

from __future__ import annotations

import shlex
from functools import lru_cache

from msgspec.structs import replace

from harness import scenario, verbs
from harness.case import Program
from harness.choice import Choice
from harness.errors import UsageError
from harness.yamlmarks import Path

SCRIPTED = "calls"
"""The program that makes the calls of a scenario, one argument each."""


def program(
    choice: Choice, given: scenario.Program, path: Path, *, is_text: bool = False, instead: str = ""
) -> Program:
    """A program as it is started. `instead` is a command from outside the file that takes the place of its own."""
    on = choice.host(given.on, (*path, "on"))
    here = {"address": choice.address_of(on)} if on else {"address": ""}
    run_at = path if is_text else (*path, "run")
    if given.run is None:
        lines = (_call(choice, line, (*path, "calls", place), here) for place, line in enumerate(given.calls))
        argv = (SCRIPTED, *lines)
    else:
        argv = _words(choice, choice.fill(given.run, run_at, here), run_at)
    if instead:
        argv = _from_outside(choice, instead, here)
    environment = {
        name: choice.fill(text, (*path, "environment", name), here) for name, text in given.environment.items()
    }
    limits = {str(name): limit for name, limit in given.limits.items()}
    return Program(on=on, argv=argv, environment=environment, limits=limits)


def _call(choice: Choice, line: str, path: Path, here: dict[str, str]) -> str:
    line = choice.fill(line, path, here)
    message, hint = verbs.fault(line)
    if message:
        choice.say(path, message, hint)
    return line


def programs(choice: Choice) -> tuple[Program, ...]:
    """The programs beside the subject."""
    return tuple(
        replace(program(choice, given, ("programs", place)), starts=given.starts)
        for place, given in enumerate(choice.sections.programs)
    )


def _from_outside(choice: Choice, command: str, here: dict[str, str]) -> tuple[str, ...]:
    """A command that no file holds: what is wrong with it is the caller's mistake. Raises UsageError."""
    unknown = choice.unknown(command, here)
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in {**choice.words, **here})
        raise UsageError(f"there is nothing to put in for {{{unknown[0]}}} in {command!r}; known are {known}")
    try:
        words = _split(choice.fill(command, (), here))
    except ValueError:
        raise UsageError(f"a quote in {command!r} is never closed") from None
    if not words:
        raise UsageError("the command of the subject is empty")
    return words


@lru_cache(maxsize=256)
def _split(command: str) -> tuple[str, ...]:
    """The words as a shell has them. `shlex` is slow: without quotes, blanks alone decide."""
    is_plain = command.isascii() and command.isprintable() and not set(command) & set("'\"\\")
    return tuple(command.split() if is_plain else shlex.split(command))


def _words(choice: Choice, command: str, path: Path) -> tuple[str, ...]:
    try:
        words = _split(command)
    except ValueError:
        choice.say(path, "a quote in this command is never closed", "close it, or put a backslash before it")
        return ()
    if not words:
        choice.say(path, "this command is empty", "write the program and its arguments")
    return words
