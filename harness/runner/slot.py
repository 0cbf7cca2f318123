"""One case at a time, from the front's message to its files: this process stands behind the namespaces and outlives them.

It owns a zygote under strace, and reads what strace writes while the lab plays the case, so that the pipe never fills.
"""

from __future__ import annotations

import os
import pickle
import re
import select
import signal
import socket
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from harness.case import Case, from_json
from harness.runner import channel, files, lab
from harness.runner.judging import Recording, judged
from harness.runner.warm import Warm
from netns import builder, sandbox
from netns.errors import GroundError

CHUNK = 1 << 18
PATIENCE_S = 5.0
"""For strace's last lines after its programs have ended. It writes them at once; only a dead strace is waited for."""
TAIL = re.compile(rb"^(\d+) +\S+ \+\+\+ (?:exited|killed)", re.MULTILINE)


class Slot:
    """`front` is shared with the other slots; `directory` None keeps no files."""

    def __init__(self, front: socket.socket, warm: Warm, directory: Path | None) -> None:
        self._front = front
        self._warm = warm
        self._directory = directory
        self._calls = bytearray()
        self._leaving: list[int] = []

    def serve(self) -> None:
        """Takes cases until the front is gone."""
        while (asked := channel.receive(self._front)) is not None:
            message = asked[0]
            try:
                answer = {"result": self.run(from_json(message["case"]), message["attempt"])}
            except GroundError as refusal:
                answer = {"cannot": refusal.what, "remedy": refusal.remedy}
            channel.send(self._front, {"number": message["number"], **answer})

    def run(self, case: Case, attempt: int) -> dict[str, Any]:
        """The CaseResult as JSON, its files written."""
        begun = time.perf_counter()
        recording = self._record(case)
        played = time.perf_counter()
        result, events = judged(case, recording)
        phases = {**recording.evidence.phases_ms, "judge": (time.perf_counter() - played) * 1e3}
        result = replace(
            result,
            duration_ms=(time.perf_counter() - begun) * 1e3,
            phases_ms={name: round(took, 3) for name, took in phases.items()},
            directory=files.directory_of(case, attempt),
        )
        if self._directory is not None:
            files.write(self._directory / result.directory, case, result, events, recording)
        return asdict(result)

    def _record(self, case: Case) -> Recording:
        """Plays the case in a lab of its own and gathers what every witness has to say."""
        builder.prepare(case.plan)
        self._calls.clear()
        read, write = os.pipe2(os.O_CLOEXEC)
        traced = self._warm.calls is not None

        def play() -> int:
            return lab.main(case, self._warm.end, write, watched=not traced)

        self._leaving.append(sandbox.spawn(play))
        os.close(write)
        report = self._collect(read)
        os.close(read)
        self._reap()
        evidence = pickle.loads(report) if report else lab.Evidence(fault="the lab ended without a report")
        complete = self._await_tails({program.traced_pid for program in evidence.programs}) if traced else True
        return Recording(evidence, bytes(self._calls) if traced else None, complete)

    def _collect(self, read: int) -> bytes:
        """The lab's report, empty if it ends without one; what strace writes meanwhile is kept."""
        report = bytearray()
        poller = select.poll()
        poller.register(read, select.POLLIN)
        poller.register(self._front.fileno(), select.POLLRDHUP)
        if self._warm.calls is not None:
            poller.register(self._warm.calls, select.POLLIN)
        while not _is_whole(report):
            ready = dict(poller.poll())
            if self._front.fileno() in ready:
                os._exit(0)  # the lab dies with this process, and strace with its socket
            if self._warm.calls in ready:
                self._drain()
            if read in ready:
                chunk = os.read(read, CHUNK)
                if not chunk:
                    return b""
                report += chunk
        return bytes(report[lab.LENGTH.size :])

    def _reap(self) -> None:
        """Labs end by themselves; the kernel takes its time to close their packet sockets, and nobody waits for that."""
        self._leaving = [pid for pid in self._leaving if os.waitpid(pid, os.WNOHANG)[0] == 0]

    def _await_tails(self, pids: set[int]) -> bool:
        """Reads on until strace has told the end of each of these processes; False if it never did."""
        limit = time.monotonic() + PATIENCE_S
        while not pids <= {int(pid) for pid in TAIL.findall(self._calls)}:
            left_s = limit - time.monotonic()
            if left_s <= 0 or not select.select([self._warm.calls], [], [], left_s)[0] or not self._drain():
                return False
        return True

    def _drain(self) -> bool:
        assert self._warm.calls is not None
        chunk = os.read(self._warm.calls, CHUNK)
        self._calls += chunk
        return bool(chunk)


def _is_whole(report: bytearray) -> bool:
    size = lab.LENGTH.size
    return len(report) >= size and len(report) - size >= lab.LENGTH.unpack_from(report)[0]


def main(front: socket.socket, warm: Warm, directory: Path | None) -> None:
    """The whole life of a slot's process; never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.die_with_parent()
    status = 0
    try:
        Slot(front, warm, directory).serve()
    except BrokenPipeError:
        pass
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        status = 1
    os._exit(status)
