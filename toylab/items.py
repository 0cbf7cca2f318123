"""Scenario files as pytest sees them: a file, its cases, one rig for the session. Imported with the first file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harness.case import Case
from harness.errors import ToylabError, UsageError
from harness.result import CaseResult
from harness.runner.front import Options, Rig
from toylab import VERSION, places, running

_SESSION = pytest.StashKey["Session"]()
_STARTED = pytest.StashKey[datetime]()


class Session:
    """The rig of this process, started with the first case. xdist's workers have one each and share the report."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._scratch = tempfile.TemporaryDirectory(prefix="toylab-", ignore_cleanup_errors=True)
        self.rig = Rig(self.options())
        self.rig.start()

    def options(self) -> Options:
        report = self.config.getoption("--toylab-report")
        directory = Path(report) if report else Path(self._scratch.name) / "run"
        strace = False if self.config.getoption("--toylab-no-strace") else None
        return Options(directory=directory, jobs=1, strace=strace, owner=not (report and is_worker(self.config)))

    def end(self) -> None:
        self.rig.close()
        self._scratch.cleanup()


def write_report(config: pytest.Config) -> None:
    """The run of this session and its pages, from the results that this process or xdist's workers left."""
    from harness.runner.environment import environment
    from harness.runner.front import finish, results_in
    from reports import write_html

    directory = Path(config.getoption("--toylab-report"))
    options = Options(directory=directory)
    results = results_in(options)
    if results:
        finish(
            options, spec=results[0].spec, subject=config.getoption("--toylab-subject") or results[0].subject,
            command="pytest", started=config.stash[_STARTED], results=results,
            environment=environment(), version=VERSION,
        )  # fmt: skip
        write_html(directory)


def begin_report(config: pytest.Config) -> None:
    """What an earlier session left unfinished is not a part of this one's report."""
    directory = Path(config.getoption("--toylab-report"))
    try:
        places.check_directory(directory)
    except UsageError as error:
        raise pytest.UsageError(f"--toylab-report: {error}") from None
    config.stash[_STARTED] = datetime.now(UTC)
    part = Options(directory=directory).part
    if part is not None:
        shutil.rmtree(part, ignore_errors=True)


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a process of pytest-xdist, as its documentation says to find out."""
    return hasattr(config, "workerinput")


def session_of(config: pytest.Config) -> Session:
    if _SESSION not in config.stash:
        config.stash[_SESSION] = Session(config)
    return config.stash[_SESSION]


def close(config: pytest.Config) -> None:
    """The report first: a rig that ends takes an unfinished run with it."""
    if _STARTED in config.stash:
        write_report(config)
    session = config.stash.get(_SESSION, None)
    if session is not None:
        session.end()


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
        result = session.rig.run_one(self.case)
        judged = [one for one in result.clauses if one.outcome != "not_applicable"]
        self.user_properties += [("verdict", result.verdict)]
        self.user_properties += [(one.id, one.outcome) for one in judged]
        if result.verdict not in ("pass", "not_applicable"):
            raise Refused(_detail(session, result))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, (Refused, ToylabError)):
            return f"{self.path}:{self.case.line}: {excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, self.case.id


def _detail(session: Session, result: CaseResult) -> str:
    from reports import text

    part = session.rig.options.part
    assert part is not None, "the plugin always keeps files"
    return text.case_detail(part, result)
