"""Commands of a case: placeholders filled in, then split into words as a shell would, but run without one."""

from __future__ import annotations

import shlex

from harness import scenario
from harness.case import Program
from harness.choice import Choice
from harness.yamlmarks import Path


def program(
    choice: Choice, given: scenario.Program, path: Path, *, is_text: bool = False, instead: str = ""
) -> Program:
    """A program as it is started. `instead` is a command from outside the file that takes the place of its own."""
    on = choice.host(given.on, (*path, "on"))
    here = {"address": choice.address_of(on)} if on else {"address": ""}
    run_at = path if is_text else (*path, "run")
    own = choice.fill(given.run, run_at, here)
    argv = _words(choice, own, run_at)
    if instead:
        argv = _words(choice, choice.fill(instead, run_at, here), run_at)
    environment = {
        name: choice.fill(text, (*path, "environment", name), here) for name, text in given.environment.items()
    }
    limits = {str(name): limit for name, limit in given.limits.items()}
    return Program(on=on, argv=argv, environment=environment, limits=limits)


def programs(choice: Choice) -> tuple[Program, ...]:
    """The programs beside the subject."""
    return tuple(program(choice, given, ("programs", place)) for place, given in enumerate(choice.sections.programs))


def _words(choice: Choice, command: str, path: Path) -> tuple[str, ...]:
    try:
        words = shlex.split(command)
    except ValueError:
        choice.say(path, "a quote in this command is never closed", "close it, or put a backslash before it")
        return ()
    if not words:
        choice.say(path, "this command is empty", "write the program and its arguments")
    return tuple(words)
