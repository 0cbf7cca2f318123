"""Scenario files as pytest sees them: a file, and its cases. Imported with the first file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from harness.case import Case
from harness.errors import ToylabError, UsageError
from harness.result import CaseResult
from toylab import running
from toylab.session import Session, command_of, session_of


class Refused(Exception):
    """A case that did not pass; its text is what a person wants to read."""


class ScenarioFile(pytest.File):
    """A scenario; its cases are made when it is collected."""

    def collect(self) -> Iterator[CaseItem]:
        from harness.kept import cases_in

        made = cases_in([self.path], self.config.getoption("--toylab-subject"))
        wish = self.wish(made[0].spec if made else "")
        running.check(wish)
        for case in made:
            axes = case.id.partition("::")[2] or "case"
            placed = replace(running.with_subject(case, wish), file=str(self.path))
            yield CaseItem.from_parent(self, name=axes, case=placed)

    def wish(self, spec: str) -> running.Wish:
        option = self.config.getoption
        return running.Wish(spec=spec, subject=option("--toylab-subject"), mutant=option("--toylab-mutant"))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """A file or an option that cannot be used: its mistakes, each with its place, and no traceback."""
        if isinstance(excinfo.value, UsageError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class CaseItem(pytest.Item):
    """One case as a test."""

    def __init__(self, *, case: Case, **rest: Any) -> None:
        super().__init__(**rest)
        self.case = case
        self.add_marker(pytest.mark.toylab(*case.tags))
        if case.slow:
            self.add_marker(pytest.mark.slow)
        self.extra_keyword_matches.update(case.tags, case.expect.clauses)

    def runtest(self) -> None:
        session = session_of(self.config)
        result = session.run(self.case)
        judged = [one for one in result.clauses if one.outcome != "not_applicable"]
        self.user_properties += [("verdict", result.verdict)]
        self.user_properties += [(one.id, one.outcome) for one in judged]
        if result.verdict not in ("pass", "not_applicable"):
            raise Refused(_detail(session, result, command_of(self.config)))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, (Refused, ToylabError)):
            return f"{self.path}:{self.case.line}: {excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, self.case.id


def _detail(session: Session, result: CaseResult, command: str) -> str:
    from reports import text

    part = session.rig.options.part
    assert part is not None, "the plugin always keeps files"
    return text.case_detail(part, result, command=command)
