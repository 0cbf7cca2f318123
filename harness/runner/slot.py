"""One case at a time: this process stands behind the namespaces of its cases and outlives them.

It forks the lab, reads what strace writes meanwhile so that the pipe never fills, and hands everything to its judge. It
imports little and stays small, because each case is two forks of it, and a fork costs 0.1 ms for each megabyte.
"""

from __future__ import annotations

import importlib
import os
import pickle
import re
import select
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

from msgspec import convert

from harness.case import Case
from harness.runner import channel, lab
from harness.runner.warm import Warm
from netns import craft, files, kernel, linux, requests, sandbox, smithy
from netns.errors import GroundError

if TYPE_CHECKING:
    from harness.runner.handover import Traced

CHUNK = 1 << 18
PATIENCE_S = 5.0
"""How long strace may be silent after its programs have ended, whose ends it has not told: a dead one says no more."""
TAIL = re.compile(rb"^(\d+) +\S+ \+\+\+ (?:exited|killed)", re.MULTILINE)


class Slot:
    """`front` and `smiths`, the door of the smithy, are shared with the other slots; `judge` is this slot's own.

    `traced` is the tracepoint, if that was asked for.
    """

    def __init__(
        self, front: socket.socket, judge: socket.socket, smiths: socket.socket, warm: Warm,
        traced: Traced | None,
    ) -> None:  # fmt: skip
        self._front = front
        self._judge = judge
        self._smiths = smiths
        self._warm = warm
        self._traced = traced
        self._calls = bytearray()
        self._searched = 0
        self._ended: set[int] = set()
        """Whose ends strace has told, in what was searched so far."""
        self._leaving: list[int] = []
        self._is_judging = False
        self._has_files = False

    def serve(self) -> None:
        """Takes cases until the front is gone."""
        while (asked := channel.receive(self._front)) is not None:
            message = asked[0]
            try:
                self._play(message)
            except GroundError as refusal:
                answer = {"number": message["number"], "cannot": refusal.what, "remedy": refusal.remedy}
                channel.send(self._front, answer)

    def _play(self, message: dict[str, Any]) -> None:
        begun = time.perf_counter()
        case = convert(message["case"], Case)
        self._prepare(case, message)
        report = self._record(case)
        complete = self._await_tails(report)
        file = _packed(report, bytes(self._calls))
        handed = {**message, "complete": complete, "traced": self._warm.calls is not None, "report": len(report)}
        self._await_judge()
        channel.send(self._judge, {**handed, "took_ms": (time.perf_counter() - begun) * 1e3}, (file,))
        self._is_judging = True
        os.close(file)

    def _prepare(self, case: Case, message: dict[str, Any]) -> None:
        """What labs find done; netlink requests of a ground that is new here come from the judge, who has pyroute2."""
        if not self._has_files:
            files.mount_files(files.USUAL)
            self._has_files = True
        if craft.needs_scapy(case.plan) and not craft.is_hired():
            craft.hire(smithy.connect(self._smiths))
        if requests.is_known(case.plan):
            return
        self._await_judge()
        channel.send(self._judge, {"prepare": message["case"]})
        answered = channel.receive(self._judge)
        if answered is None:
            os._exit(1)
        with os.fdopen(answered[1][0], "rb") as file:
            requests.remember(case.plan, pickle.loads(os.pread(file.fileno(), answered[0]["size"], 0)))

    def _await_judge(self) -> None:
        """One case may wait to be judged while the next one is played, not more."""
        if self._is_judging and channel.receive(self._judge) is None:
            os._exit(1)  # the server tells the front
        self._is_judging = False

    def _record(self, case: Case) -> bytes:
        """Plays the case in a lab of its own; its report, empty if it ended without one."""
        self._calls.clear()
        self._ended.clear()
        self._searched = 0
        read, write = os.pipe2(os.O_CLOEXEC)
        traced = self._warm.calls is not None

        def play() -> int:
            linux.name_me("toylab-lab")
            return lab.main(case, self._warm.end, write, watched=not traced, traced=self._traced)

        try:
            self._leaving.append(sandbox.nest(play))
        finally:
            os.close(write)
        try:
            return self._collect(read)
        finally:
            os.close(read)
            self._reap()

    def _collect(self, read: int) -> bytes:
        """The lab's report; what strace writes meanwhile is kept."""
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
        """Labs end by themselves; the kernel takes its time to close their packet sockets: nobody waits for that."""
        self._leaving = [pid for pid in self._leaving if os.waitpid(pid, os.WNOHANG)[0] == 0]

    def _await_tails(self, report: bytes) -> bool:
        """Reads on until strace has told the end of every program; False if it never did."""
        if self._warm.calls is None or not report:
            return True
        pids = {program.traced_pid for program in pickle.loads(report).programs}
        while not pids <= self._ends():
            if not select.select([self._warm.calls], [], [], PATIENCE_S)[0] or not self._drain():
                return False
        return True

    def _ends(self) -> set[int]:
        """Whose ends strace has told so far. Its lines are megabytes where a program spins: each is looked at once."""
        self._ended |= {int(pid) for (pid,) in map(re.Match.groups, TAIL.finditer(self._calls, self._searched))}
        self._searched = self._calls.rfind(b"\n") + 1
        return self._ended

    def _drain(self) -> bool:
        assert self._warm.calls is not None
        chunk = os.read(self._warm.calls, CHUNK)
        self._calls += chunk
        return bool(chunk)


def _is_whole(report: bytearray) -> bool:
    size = lab.LENGTH.size
    return len(report) >= size and len(report) - size >= int(lab.LENGTH.unpack_from(report)[0])


def _packed(report: bytes, calls: bytes) -> int:
    """Both in one anonymous file, the report first."""
    file = os.memfd_create("recording", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(file), "wb") as stream:
        stream.write(report)
        stream.write(calls)
    return file


def _traced(giving: tuple[socket.socket, socket.socket] | None) -> Traced | None:
    """The tracepoint, with all that labs will need of it imported; nothing of either where nobody asked for it."""
    if giving is None:
        return None
    from harness.runner import handover

    importlib.import_module("netns.tracing")
    server, slot = giving
    server.close()
    return handover.take(slot)


def main(
    front: socket.socket, judge: socket.socket, smiths: socket.socket, warm: Warm,
    giving: tuple[socket.socket, socket.socket] | None,
) -> int:  # fmt: skip
    """The whole life of a slot's process, pid 1 of a sandbox; never returns.

    `giving` is the way that the tracepoint comes, if one does: the server's end and ours.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    linux.name_me("toylab-slot")
    status = 0
    try:
        kernel.preload()
        Slot(front, judge, smiths, warm, _traced(giving)).serve()
    except BrokenPipeError:
        pass
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        status = 1
    os._exit(status)
