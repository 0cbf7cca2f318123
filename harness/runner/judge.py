"""The judge of one slot: from a recording to a verdict and the files of the run, while the slot plays the next case."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from msgspec import convert
from msgspec.json import encode
from msgspec.structs import asdict, replace

from harness.case import Case
from harness.errors import CannotRunHere
from harness.result import CaseResult, Texts, texts_of, without_texts
from harness.runner import channel, files
from harness.runner.evidence import Evidence
from harness.runner.judging import Recording, judged
from netns import linux, requests, sandbox


class Judge:
    """Answers its slot, and tells the front of each verdict. `directory` None keeps no files."""

    def __init__(self, front: socket.socket, slot: socket.socket, directory: Path | None) -> None:
        self._front = front
        self._slot = slot
        self._directory = directory
        self._told: frozenset[str] = frozenset()

    def serve(self) -> None:
        """Until the slot is gone."""
        while (asked := channel.receive(self._slot)) is not None:
            message, descriptors = asked
            if "prepare" in message:
                self._prepare(message["prepare"])
                continue
            channel.send(self._front, encode({"number": message["number"], **self._answer(message, descriptors)}))
            channel.send(self._slot, {"done": True})

    def _prepare(self, case: dict[str, Any]) -> None:
        data = pickle.dumps(requests.script_of(convert(case, Case).plan))
        file = channel.file_of("script", data)
        channel.send(self._slot, {"size": len(data)}, (file,))
        os.close(file)

    def _answer(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """The result, or why there can be none."""
        try:
            result = self._judge(message, descriptors)
        except CannotRunHere as refusal:
            return {"cannot": refusal.what, "remedy": refusal.remedy}
        return {"result": without_texts(result), "texts": self._new_texts(result)}

    def _new_texts(self, result: CaseResult) -> Texts:
        """Of the clauses that the front does not know from us: all cases of a spec have the same."""
        if self._told.issuperset(one.id for one in result.clauses):
            return {}
        texts = texts_of([result])
        self._told |= texts.keys()
        return texts

    def _judge(self, message: dict[str, Any], descriptors: list[int]) -> CaseResult:
        """The verdict, its files written."""
        begun = time.perf_counter()
        case = convert(message["case"], Case)
        recording = _recording(message, descriptors)
        result, events = judged(case, recording)
        took_ms = (time.perf_counter() - begun) * 1e3
        phases = {**recording.evidence.phases_ms, "judge": took_ms}
        result = replace(
            result,
            duration_ms=round(message["took_ms"] + took_ms, 3),
            phases_ms={name: round(took, 3) for name, took in phases.items()},
            directory=files.directory_of(case, message["attempt"]),
        )
        if self._directory is not None:
            told = recording.evidence
            doubts = {"tracepoint": list(told.doubts)} if told.doubts else {}
            whole = {**asdict(result), "case": message["case"], "surroundings": {**told.surroundings, **doubts}}
            _write(self._directory / result.directory, case, result, whole, events, recording)
        return result


def _write(directory: Path, *contents: Any) -> None:
    try:
        files.write(directory, *contents)
    except OSError as error:
        what = f"{directory} cannot be written: {error.strerror}"
        raise CannotRunHere(what, "make room there, or name another directory with -o") from error


def _recording(message: dict[str, Any], descriptors: list[int]) -> Recording:
    contents = map(_content, descriptors)
    evidence = Evidence(fault="the lab ended without a report")
    if message["has_evidence"]:
        evidence = pickle.loads(next(contents))
    return Recording(evidence, next(contents) if message["traced"] else None, message["complete"])


def _content(descriptor: int) -> bytes:
    """Of a file that nobody reads after us."""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read()


def main(front: socket.socket, slot: socket.socket, directory: Path | None) -> None:
    """The whole life of a judge's process; never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.die_with_parent()
    linux.name_me("toylab-judge")
    status = 0
    try:
        Judge(front, slot, directory).serve()
    except BrokenPipeError:
        pass
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        status = 1
    os._exit(status)
