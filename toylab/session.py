"""One rig for a pytest session: started with its first case, between its controls, with the report at its end.

Each of xdist's workers has a rig and controls of its own. What a worker's controls did reaches the process that tells
it to people in the worker's output, as xdist's documentation says.
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.case import Case
from harness.errors import ToylabError, UsageError
from harness.result import CaseResult
from harness.runner.front import Job, Options, Rig
from toylab import VERSION, controls, places

SESSION = pytest.StashKey["Session"]()
STARTED = pytest.StashKey[datetime]()
MISBEHAVING = pytest.StashKey[list[str]]()
OUTPUT = "toylab_misbehaving"
"""Where a worker's output says what its controls did that they must not do."""


class Session:
    """The rig of this process. xdist's workers have one each and share the report."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._scratch = tempfile.TemporaryDirectory(prefix="toylab-", ignore_cleanup_errors=True)
        self._tried: list[CaseResult] = []
        self.rig = Rig(self.options())
        self.rig.start()

    def options(self) -> Options:
        report = self.config.getoption("--toylab-report")
        directory = Path(report) if report else Path(self._scratch.name) / "run"
        strace = False if self.config.getoption("--toylab-no-strace") else None
        owner = not (report and is_worker(self.config))
        tracepoint = self.config.getoption("--toylab-tracepoint")
        return Options(directory=directory, jobs=1, strace=strace, tracepoint=tracepoint, owner=owner)

    def run(self, case: Case) -> CaseResult:
        """One case; before the first one come the controls. RigError where no case can be run."""
        if not self._tried:
            self._try_controls("first")
        return self.rig.run_one(case)

    def last_controls(self) -> str:
        """What the controls did that they must not do, now that no further case comes; nothing if all is well."""
        if not self._tried:
            return ""
        try:
            self._try_controls("last")
        except ToylabError as error:
            return f"the last controls could not be run: {error}"
        return controls.misbehaving(self._tried)

    def _try_controls(self, place: str) -> None:
        """Each process has its own, which the directory of a shared report keeps apart."""
        worker = getattr(self.config, "workerinput", {}).get("workerid", "")
        cases = controls.cases(f"{place}-{worker}" if worker else place)
        self._tried += self.rig.run(map(Job, cases), at_a_time=1)

    def end(self) -> None:
        self.rig.close()
        self._scratch.cleanup()


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a process of pytest-xdist, as its documentation says to find out."""
    return hasattr(config, "workerinput")


def session_of(config: pytest.Config) -> Session:
    if SESSION not in config.stash:
        config.stash[SESSION] = Session(config)
    return config.stash[SESSION]


def try_last_controls(config: pytest.Config) -> None:
    """What they say is kept: for this process, or in xdist's worker for the one that tells it."""
    session = config.stash.get(SESSION, None)
    said = session.last_controls() if session else ""
    if said and is_worker(config):
        config.workeroutput[OUTPUT] = said  # type: ignore[attr-defined]
    elif said:
        config.stash.setdefault(MISBEHAVING, []).append(said)


def begin_report(config: pytest.Config) -> None:
    """What an earlier session left unfinished is not a part of this one's report."""
    directory = Path(config.getoption("--toylab-report"))
    try:
        places.check_directory(directory)
    except UsageError as error:
        raise pytest.UsageError(f"--toylab-report: {error}") from None
    config.stash[STARTED] = datetime.now(UTC)
    part = Options(directory=directory).part
    if part is not None:
        shutil.rmtree(part, ignore_errors=True)


def close(config: pytest.Config) -> None:
    """The report first: a rig that ends takes an unfinished run with it."""
    if STARTED in config.stash:
        _write_report(config)
    session = config.stash.get(SESSION, None)
    if session is not None:
        session.end()


def command_of(config: pytest.Config) -> str:
    """How to run the same programs; which tests were asked for does not matter for a case, nor does xdist."""
    subject = config.getoption("--toylab-subject")
    return shlex.join(["pytest", *(["--toylab-subject", subject] if subject else [])])


def _write_report(config: pytest.Config) -> None:
    """The run of this session and its pages, from the results that this process or xdist's workers left."""
    from harness.runner.environment import environment
    from harness.runner.front import finish, results_in
    from reports import write_html

    directory = Path(config.getoption("--toylab-report"))
    options = Options(directory=directory)
    results = [result for result in results_in(options) if not controls.is_control(result.id)]
    said: list[str] = config.stash.get(MISBEHAVING, [])
    misbehaving = "; ".join(said)
    if results:
        finish(
            options, spec=results[0].spec, subject=config.getoption("--toylab-subject") or results[0].subject,
            command=command_of(config), started=config.stash[STARTED], results=results,
            environment={**environment(), "controls": misbehaving or "as they should be"},
            version=VERSION, spoilt=misbehaving,
        )  # fmt: skip
        write_html(directory)
