"""Reads a run directory, as harness/result.py lays it out, back into results and events."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.json import decode

from harness.errors import UsageError
from harness.events import Event
from harness.result import SCHEMA_VERSION, CaseResult, RunResult, run_from_json
from harness.serial import load_all

LONGEST_OUTPUT = 64 * 1024
STDOUT, STDERR = "stdout.txt", "stderr.txt"
DOWNLOADS = {
    "trace.jsonl": "the merged trace, one event a line",
    "trace.txt": "the same in text notation",
    "wire.pcapng": "every frame, for Wireshark",
    "strace.txt": "the system calls as strace saw them",
    "journal.jsonl": "what the subject said of itself",
    STDOUT: "what it printed",
    STDERR: "what it complained about",
    "case.json": "the case with its verdicts",
}
BESIDE = {
    "journal.jsonl": "what the program on {} said of itself",
    STDOUT: "what the program on {} printed",
    STDERR: "what the program on {} complained about",
}
"""How the files of programs beside the subject end; before that stands their host (`server`, `server.2`)."""


class _Version(Struct):
    schema_version: int


class _Planned(Struct):
    """What is looked at of a case.json; the rest of it is ten times as long and is skipped."""

    case: dict[str, Any] = field(default_factory=dict)


class NotARun(UsageError):
    """The directory holds no finished run: `run.json` is missing or cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One case as the run directory has it. `case` is harness.case.Case as JSON, empty where it was not recorded."""

    result: CaseResult
    directory: Path
    case: dict[str, Any]
    events: tuple[Event, ...]
    stdout: str
    stderr: str
    downloads: dict[str, str]
    """The files of the case, each with what it holds in words."""
    others: dict[str, str]
    """What the programs beside the subject printed, by the name of the file."""

    @property
    def subject_host(self) -> str:
        """The host that the subject ran on: the lane that everything else is told from."""
        return str(self.case.get("subject", {}).get("on", "client"))

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(map(str, self.case.get("tags", ())))


def load_run(run_dir: Path) -> RunResult:
    """The run's result. NotARun if there is none, or if a newer toylab wrote it."""
    try:
        return _understood((run_dir / "run.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise NotARun(f"{run_dir} holds no run.json: not a run, or one that never finished") from None
    except ValueError as problem:
        raise NotARun(f"{run_dir}/run.json cannot be read: {problem!r}") from problem


def find(run: RunResult, name: str) -> CaseResult:
    """The case of that id; UsageError with the nearest one if there is none."""
    cases = {case.id: case for case in run.cases}
    if name in cases:
        return cases[name]
    near = get_close_matches(name, cases, 1, cutoff=0.4)
    raise UsageError(f"the run has no case {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def load_case(run_dir: Path, result: CaseResult) -> Stored:
    """Everything recorded of one case; what was not recorded is empty."""
    where = case_directory(run_dir, result)
    try:
        names = sorted(os.listdir(where))
    except (FileNotFoundError, NotADirectoryError):
        names = []
    own = {name: says for name, says in DOWNLOADS.items() if name in names}
    beside = {name: says for name in names if name not in own and (says := _of_another(name))}
    printed = {name: _text(where / name) for name in (*own, *beside) if name.endswith((STDOUT, STDERR))}
    return Stored(
        result=result,
        directory=where,
        case=_plan_in(where),
        events=load_events(where / "trace.jsonl"),
        stdout=printed.pop(STDOUT, ""),
        stderr=printed.pop(STDERR, ""),
        downloads=own | beside,
        others=printed,
    )


@cache
def _of_another(name: str) -> str:
    """What a file of a program beside the subject holds; empty for every other file."""
    host, _, rest = name.partition(".")
    return next((says.format(host) for kind, says in BESIDE.items() if rest.endswith(kind)), "")


def load_plan(run_dir: Path, result: CaseResult) -> dict[str, Any]:
    """The case as it was planned (harness.case.Case as JSON), from its case.json; empty if that is missing."""
    return _plan_in(case_directory(run_dir, result))


def _plan_in(where: Path) -> dict[str, Any]:
    file = where / "case.json"
    try:
        return decode(file.read_bytes(), type=_Planned).case
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError as problem:
        raise NotARun(f"{file} cannot be read: {problem}") from problem


def load_events(trace: Path) -> tuple[Event, ...]:
    """The events of a trace.jsonl, in order; none if there is no such file."""
    try:
        return tuple(load_all(trace.read_bytes()))
    except FileNotFoundError:
        return ()
    except ValueError as problem:
        raise NotARun(f"{trace} cannot be read: {problem}") from problem


def case_directory(run_dir: Path, result: CaseResult) -> Path:
    """Where the case's files are. A run directory from elsewhere must not make us read or write outside of it."""
    inside = result.directory
    if inside.startswith("/") or ".." in inside.split("/"):
        raise NotARun(f"the case {result.id} claims a directory outside of the run: {inside}")
    return run_dir / inside


def again(stored: Stored, command: str = "") -> str:
    """The command that runs this very case once more; a scenario that is none of toylab's own is named by its file.

    `command` is how the run was started, with toylab or pytest: only there stands a subject that is not the scenario's.
    """
    result = stored.result
    own, mutant = result.file.startswith("scenarios/"), str(stored.case.get("subject", {}).get("mutant", ""))
    id = result.id.removesuffix(f"@{mutant}")  # `toylab mutants` tells the same case of several mutants apart by it
    words = ["toylab", "run", result.spec, *([] if own or not result.file else [result.file]), "-k", id]
    if mutant:
        words += ["--mutant", mutant]
    if subject := _option(command, "--subject") or _option(command, "--toylab-subject"):
        words += ["--subject", subject]
    return shlex.join([*words, *(["--slow"] if stored.case.get("slow") else [])])


@lru_cache(maxsize=8)
def _option(command: str, name: str) -> str:
    """The value of an option in a command line, empty if it was not given or the line cannot be read."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    for word, after in pairwise([*words, ""]):
        if word == name:
            return after
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return ""


def _understood(data: bytes) -> RunResult:
    version = decode(data, type=_Version).schema_version
    if version != SCHEMA_VERSION:
        raise NotARun(f"the run has schema {version}; this toylab reads {SCHEMA_VERSION}")
    return run_from_json(data)


def _text(path: Path, limit: int = LONGEST_OUTPUT) -> str:
    """The start of a file as text; bytes that are no UTF-8 show as the replacement character."""
    try:
        with path.open("rb") as file:
            return file.read(limit).decode("utf-8", errors="replace")
    except (FileNotFoundError, IsADirectoryError):
        return ""
