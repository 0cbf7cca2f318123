"""The files of one case in the run directory, as harness/result.py lays them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec.json import encode

from harness import notation, pcapng
from harness.case import Case
from harness.events import Event
from harness.result import CaseResult
from harness.runner.evidence import Said
from harness.runner.judging import Recording
from harness.serial import dump_all
from netns.log import Sighting


def directory_of(case: Case, attempt: int = 1) -> str:
    """Where the case's files are, relative to the run: `cases/refused/ipv4-epoll`, `~2` behind it the second time."""
    scenario, _, axes = case.id.partition("::")
    again = f"~{attempt}" if attempt > 1 else ""
    return f"cases/{scenario}/{axes or 'only'}{again}"


def write(
    directory: Path, case: Case, result: CaseResult, whole: dict[str, Any], events: list[Event], recording: Recording
) -> None:
    """All files of the case, `whole` as case.json; those that would be empty are left out."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, make in CONTENTS.items():
        if content := make(case, result, events, recording):
            (directory / name).write_bytes(content)
    for name, content in _beside(recording.evidence.programs[:-1]):
        (directory / name).write_bytes(content)
    (directory / "case.json").write_bytes(encode(whole))


def _beside(programs: Sequence[Said]) -> Iterator[tuple[str, bytes]]:
    """What the programs beside the subject said: `server.stdout.txt`, of a second one there `server.2.stdout.txt`."""
    met: Counter[str] = Counter()
    for said in programs:
        met[said.who] += 1
        name = said.who if met[said.who] == 1 else f"{said.who}.{met[said.who]}"
        outputs = {"journal.jsonl": said.journal, "stdout.txt": said.stdout, "stderr.txt": said.stderr}
        yield from ((f"{name}.{kind}", content) for kind, content in outputs.items() if content)


def _trace(case: Case, result: CaseResult, events: list[Event], recording: Recording) -> bytes:
    return dump_all(events)


def _text(case: Case, result: CaseResult, events: list[Event], recording: Recording) -> bytes:
    return notation.format(events, subject=case.subject.on).encode()


def _frames(case: Case, result: CaseResult, events: list[Event], recording: Recording) -> bytes:
    sightings = [entry for entry in recording.evidence.log if isinstance(entry, Sighting)]
    comments = pcapng.clause_comments(result.clauses, events)
    return pcapng.dump(sightings, comments, case.subject.on) if sightings else b""


def _said(name: str) -> Callable[[Case, CaseResult, list[Event], Recording], bytes]:
    def content(case: Case, result: CaseResult, events: list[Event], recording: Recording) -> bytes:
        programs = recording.evidence.programs
        said: bytes = getattr(programs[-1], name) if programs else b""
        return said

    return content


def _strace(case: Case, result: CaseResult, events: list[Event], recording: Recording) -> bytes:
    return recording.calls or b""


CONTENTS: dict[str, Callable[[Case, CaseResult, list[Event], Recording], bytes]] = {
    "trace.jsonl": _trace,
    "trace.txt": _text,
    "wire.pcapng": _frames,
    "strace.txt": _strace,
    "journal.jsonl": _said("journal"),
    "stdout.txt": _said("stdout"),
    "stderr.txt": _said("stderr"),
}
