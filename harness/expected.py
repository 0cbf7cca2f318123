"""What a case expects, with the file's line of each expectation; names in it are checked against those that exist."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from functools import cache

from harness.case import Expect
from harness.choice import Choice
from harness.fields import nearest
from harness.wiring import check_state
from harness.yamlmarks import Path

ERRORS = frozenset(name for name in (*vars(errno), *vars(socket)) if name.startswith("E") and name.isupper())
"""The names of all errors that a connection or a name can end in; some share a number, as EOPNOTSUPP and ENOTSUP."""


def expect(choice: Choice) -> Expect:
    """The expectations; those that the file does not state stay empty."""
    asked = choice.sections.expect
    _check(choice)
    return Expect(
        states=tuple(asked.states),
        error=asked.error or "",
        exit=asked.exit,
        stdout=tuple(choice.fill(text, ("expect", "stdout", i), {}) for i, text in enumerate(asked.stdout)),
        received=asked.received,
        syns=asked.syns,
        callbacks=tuple(asked.callbacks),
        branch=tuple(asked.branch),
        silence_before=asked.silence_before or "",
        trace=_filled(choice, "trace", asked.trace),
        absent=_filled(choice, "absent", asked.absent),
        witnessed=_filled(choice, "witnessed", asked.witnessed),
        always=_filled(choice, "always", asked.always),
        within_ms=asked.within,
        kernels=asked.kernels or "",
        clauses=dict(asked.clauses),
        lines={".".join(map(str, path[1:])): choice.overlay.mark(path, key=True).line for path in _stated(choice)},
    )


def _filled(choice: Choice, name: str, lines: list[str]) -> tuple[str, ...]:
    more = _endpoint(choice)
    return tuple(choice.fill(line, ("expect", name, place), more) for place, line in enumerate(lines))


def _endpoint(choice: Choice) -> dict[str, str]:
    """{target}: the target's address and port in the spelling of a trace."""
    host, port = choice.words["host"], choice.words["port"]
    return {"target": f"[{host}]:{port}" if ":" in host else f"{host}:{port}"}


def _stated(choice: Choice) -> Iterator[Path]:
    """The paths of what the file states: `("expect", "error")`, `("expect", "clauses", "T9-07")`."""
    asked = choice.sections.expect
    for name in asked.model_fields_set:
        yield "expect", name
    for clause in asked.clauses:
        yield "expect", "clauses", clause


@cache
def _clauses(spec: str) -> frozenset[str]:
    # The clauses bring the whole judge with them, which a file that names none of them does not need.
    from harness.spec import clauses_of

    return frozenset(clause.id for clause in clauses_of(spec))


def _check(choice: Choice) -> None:
    asked = choice.sections.expect
    for place, state in enumerate(asked.states):
        check_state(choice, state, ("expect", "states", place))
    if asked.error and asked.error not in ERRORS:
        choice.say(("expect", "error"), f"there is no error {asked.error}", nearest(asked.error, ERRORS))
    known = _clauses(choice.sections.spec) if asked.clauses else frozenset()
    for clause in asked.clauses:
        if clause not in known:
            choice.say(("expect", "clauses", clause), f"there is no clause {clause}", nearest(clause, known), key=True)
    if asked.within is not None and asked.within > choice.sections.deadline:
        hint = f"the deadline is {choice.sections.deadline}ms"
        choice.say(("expect", "within"), "the case would be ended before this", hint)
