"""The user's end of the runner: hands out cases, takes back results, and writes the run down when all are there.

    with Rig(Options(directory=Path("toylab-report"))) as rig:
        results = list(rig.run(Job(case) for case in cases))

Files are written to a directory beside the final one (`.NAME.part`) that `finish` moves into place as its last act: a
run that was killed leaves an older result as it was, and the server removes the part.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from zlib import crc32

from msgspec import convert
from msgspec.json import decode, encode

from harness.case import Case
from harness.errors import CannotRunHere, RigError, UsageError
from harness.plain import plain
from harness.result import CaseResult, Library, RunResult, run_to_json
from harness.runner import channel, launch
from harness.verdict import Verdict, inconclusive, merge

CASES_PER_CORE = 5
"""Most cases wait for a timer most of the time."""
LEAST_IN_HAND = 5
"""Cases that wait or are under way: a few slots have enough to do while the front does something else."""
LOG_TAIL = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`directory` is where the run will be, None keeps no files; `jobs` 0 is five for each core; `strace` None is if
    found; `tracepoint` has the kernel's states told by it.

    `owner` cleans up an unfinished part; workers that share a directory leave that to the one that finishes.
    """

    directory: Path | None = None
    jobs: int = 0
    strace: bool | None = None
    tracepoint: bool = False
    owner: bool = True

    @property
    def part(self) -> Path | None:
        """Where the files are while the run is under way."""
        if self.directory is None:
            return None
        whole = self.directory.absolute()
        return whole.with_name(f".{whole.name}.part")


@dataclass(frozen=True, slots=True)
class Job:
    """A case to run, for the `attempt`-th time (from 1) in this run."""

    case: Case
    attempt: int = 1


class Rig:
    """A running server. Leaving the `with` block ends it, and everything that it started."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.jobs = options.jobs or CASES_PER_CORE * len(os.sched_getaffinity(0))
        self._has_slots = False
        self._library = Library({})
        self._end: socket.socket | None = None
        self._server: launch.Launched | None = None

    def __enter__(self) -> Rig:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Starts the server; it warms up by itself while the caller reads scenarios. CannotRunHere if it cannot run."""
        _must_be_readable(Path(__file__))
        if self.options.tracepoint:
            _must_trace()
        self._server = launch.adopt(self._tracer())
        self._end = self._server.end

    def _open_slots(self, cases: int) -> bool:
        """Tells the server how many cases to run at a time, if that is to be done yet; it answers when it is warm.

        Nobody needs more slots than there are cases.
        """
        if self._has_slots or self._end is None:
            return False
        part = self.options.part
        if part is not None and self.options.owner:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
        directory = channel.name_of(part) if part is not None else ""
        owned = directory if self.options.owner else ""
        self.jobs = max(1, min(self.jobs, cases))
        asked = {"jobs": self.jobs, "tracepoint": self.options.tracepoint}
        channel.send(self._end, {**asked, "directory": directory, "owned": owned})
        self._has_slots = True
        return True

    def run(
        self, jobs: Iterable[Job], *, at_a_time: int = 0, meanwhile: Callable[[], None] | None = None
    ) -> Iterator[CaseResult]:
        """Runs all jobs, several at a time; yields each result as it comes. RigError if the server breaks down.

        The first call decides how many slots there are: one for each job, or `at_a_time`, but not more than were asked
        for. `meanwhile` is called once, when the server is warm: to become so it needs every processor.
        """
        listed = list(jobs)
        is_first = self._open_slots(at_a_time or len(listed))
        waiting, under_way = enumerate(listed), set[int]()
        self._hand_out(waiting, under_way)
        if is_first:
            self._receive()
        if meanwhile is not None:
            meanwhile()
        while under_way:
            message = self._receive()
            under_way.remove(message["number"])
            self._hand_out(waiting, under_way)
            self._library.texts |= message["texts"]
            yield self._library.complete(convert(message["result"], CaseResult))

    def _hand_out(self, waiting: Iterator[tuple[int, Job]], under_way: set[int]) -> None:
        """Each slot has a case, and another that waits for it."""
        while len(under_way) < max(2 * self.jobs, LEAST_IN_HAND) and (job := next(waiting, None)) is not None:
            under_way.add(job[0])
            self._send(job[0], job[1])

    def run_one(self, case: Case) -> CaseResult:
        """Runs a single case; the first call decides that there is one slot."""
        return next(iter(self.run([Job(case)])))

    def dismiss(self) -> None:
        """Lets the server go: it ends by itself, with all that it started, while its user does something else."""
        if self._server is not None:
            self._server.end.close()
        self._end = None

    def close(self) -> None:
        """Dismisses the server and waits for its end; a second call does nothing."""
        self.dismiss()
        if self._server is not None:
            self._server.process.wait()
            os.close(self._server.log)
        self._server = None

    def _tracer(self) -> str | None:
        found = launch.strace()
        if self.options.strace and found is None:
            raise CannotRunHere("strace is not installed", "install the package strace, or leave --strace out")
        return None if self.options.strace is False else found

    def _send(self, number: int, job: Job) -> None:
        assert self._end is not None, "the rig was not started"
        try:
            channel.send(self._end, encode({"number": number, "case": job.case, "attempt": job.attempt}))
        except OSError as error:
            raise self._broken() from error

    def _receive(self) -> dict[str, Any]:
        assert self._end is not None, "the rig was not started"
        answered = channel.receive(self._end)
        if answered is None or "lost" in answered[0]:
            raise self._broken()
        message = answered[0]
        if "cannot" in message:
            raise CannotRunHere(message["cannot"], message["remedy"])
        return message

    def _broken(self) -> RigError:
        assert self._server is not None, "the rig was not started"
        size = os.fstat(self._server.log).st_size
        said = os.pread(self._server.log, LOG_TAIL, max(0, size - LOG_TAIL)).decode("utf-8", "replace").strip()
        return RigError(f"the lab broke down\n{said}".strip(), "run `toylab doctor`; if it finds nothing, report this")


def mixed(jobs: Iterable[Job]) -> list[Job]:
    """In an order that is always the same and puts no like beside like: the cases of a scenario wait for the same
    timers, and while everybody waits the processors idle."""
    return sorted(jobs, key=lambda job: (job.attempt, crc32(job.case.id.encode())))


def _must_be_readable(file: Path) -> None:
    """Root reads a private directory of somebody else, as with sudo in a home of mode 750, but a sandbox takes that
    power away: programs would fail there, and be judged for it. A file is found if its directories may be searched."""
    if os.geteuid() != 0:
        return
    for directory in file.parents:
        found = directory.stat()
        if found.st_uid and not found.st_mode & stat.S_IXOTH:
            whose = f"toylab lies in {directory}, which only user {found.st_uid} may enter; root in a sandbox may not"
            raise CannotRunHere(whose, "run it as that user: no root is needed")


def _must_trace() -> None:
    """Tries the tracepoint before anything is started."""
    from netns import tracepoint
    from netns.errors import GroundError

    try:
        tracepoint.try_out()
    except GroundError as refusal:
        raise CannotRunHere(refusal.what, refusal.remedy) from refusal


def finish(
    options: Options, *, spec: str, subject: str, command: str, started: datetime, results: Iterable[CaseResult],
    environment: dict[str, Any], version: str, spoilt: str = "",
) -> RunResult:  # fmt: skip
    """The run's result; its run.json is written last and its directory moved into place, in place of an older one.

    `spoilt` says why nothing in it can be believed.
    """
    cases = tuple(sorted(results, key=lambda result: (result.file, result.line, result.id)))
    verdicts = [Verdict(case.verdict, f"{case.id}: {case.reason}") for case in cases]
    whole = inconclusive(spoilt) if spoilt else merge(verdicts)
    run = RunResult(
        spec=spec, subject=subject, verdict=whole.outcome,
        started=started.astimezone(UTC).isoformat(timespec="seconds"),
        duration_s=round((datetime.now(UTC) - started).total_seconds(), 3), command=plain(command), version=version,
        environment=environment, cases=cases,
    )  # fmt: skip
    if options.directory is not None and options.part is not None:
        options.part.mkdir(parents=True, exist_ok=True)
        (options.part / "run.json").write_bytes(run_to_json(run))
        _move(options.part, options.directory)
    return run


def results_in(options: Options) -> list[CaseResult]:
    """The results of every case that was run into this directory, by whatever process."""
    if options.part is None:
        return []
    files = sorted(options.part.glob("cases/*/*/case.json"))
    return [decode(file.read_bytes(), type=CaseResult) for file in files]


def _move(part: Path, directory: Path) -> None:
    """In place of an older run, and of nothing else: whoever names a directory of his own keeps what is in it."""
    if directory.exists() and (not directory.is_dir() or _is_foreign(directory)):
        raise UsageError(f"{directory} holds something that is no run; it was left as it is")
    old = part.with_suffix(".old")
    if directory.exists():
        directory.replace(old)
    part.replace(directory)
    shutil.rmtree(old, ignore_errors=True)


def _is_foreign(directory: Path) -> bool:
    return any(directory.iterdir()) and not (directory / "run.json").is_file()
