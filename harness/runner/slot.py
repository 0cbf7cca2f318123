"""One case at a time: this process stands behind the namespaces of its cases and outlives them.

It has a lab play the case, reads what strace writes meanwhile so that the pipe never fills, and hands everything to its
judge. It imports little and stays small: labs are forked from it, and a fork costs 0.1 ms for each megabyte.
"""

from __future__ import annotations

import importlib
import os
import pickle
import select
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

from msgspec import convert

from harness.case import Case
from harness.runner import channel
from harness.runner.calls import Calls
from harness.runner.labs import Labs, Report
from harness.runner.warm import Warm
from netns import craft, files, kernel, linux, requests, smithy
from netns.errors import GroundError

if TYPE_CHECKING:
    from harness.runner.handover import Traced

PAUSE_MS = 20
"""Between two looks at what strace wrote: its pipe has room for more, and to wake up for each line costs as much as
strace itself."""


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
        self._calls = Calls(warm.calls)
        self._labs = Labs(warm.end, watched=warm.calls is None, traced=traced)
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
        complete = self._calls.await_ends(report.traced)
        calls = self._calls.file(report.traced)
        handed = {**message, "complete": complete, "has_evidence": report.file is not None, "traced": calls is not None}
        recorded = tuple(file for file in (report.file, calls) if file is not None)
        self._await_judge()
        channel.send(self._judge, {**handed, "took_ms": (time.perf_counter() - begun) * 1e3}, recorded)
        self._is_judging = True
        for file in recorded:
            os.close(file)

    def _prepare(self, case: Case, message: dict[str, Any]) -> None:
        """What labs find done; netlink requests of a ground that is new here come from the judge, who has pyroute2."""
        if not self._has_files:
            files.mount_files(files.USUAL)
            self._has_files = True
        if craft.needs_scapy(case.plan) and not craft.is_hired():
            craft.hire(smithy.connect(self._smiths))
            self._labs.dismiss()
        if requests.is_known(case.plan):
            return
        self._await_judge()
        channel.send(self._judge, {"prepare": message["case"]})
        answered = channel.receive(self._judge)
        if answered is None:
            os._exit(1)
        with os.fdopen(answered[1][0], "rb") as file:
            requests.remember(case.plan, pickle.loads(os.pread(file.fileno(), answered[0]["size"], 0)))
        self._labs.dismiss()

    def _await_judge(self) -> None:
        """One case may wait to be judged while the next one is played, not more."""
        if self._is_judging and channel.receive(self._judge) is None:
            os._exit(1)  # the server tells the front
        self._is_judging = False

    def _record(self, case: Case) -> Report:
        """Has a lab play the case; takes in what strace writes meanwhile, now and then."""
        self._calls.clear()
        lab, pipe, wait_ms = self._labs.begin(case), self._calls.pipe, None
        poller = select.poll()
        poller.register(lab, select.POLLIN)
        poller.register(self._front.fileno(), select.POLLRDHUP)
        if pipe is not None:
            poller.register(pipe, select.POLLIN)
        while lab not in (ready := dict(poller.poll(wait_ms))):
            if self._front.fileno() in ready:
                os._exit(0)  # the lab dies with this process, and strace with its socket
            if pipe is not None and pipe in ready:
                self._calls.drain()
                poller.unregister(pipe)
                wait_ms = PAUSE_MS
            elif pipe is not None:
                poller.register(pipe, select.POLLIN)
                wait_ms = None
        return self._labs.end()


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
