"""The labs of a slot: one after the other, each for as many cases as it is fit for (harness/runner/lab.py)."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, NamedTuple

from msgspec.json import encode

from harness.case import Case
from harness.runner import channel, lab
from netns import linux, sandbox

if TYPE_CHECKING:
    from harness.runner.handover import Traced


class Report(NamedTuple):
    """Of one case: the descriptor of its Evidence, None from a lab that ended without, and whom strace watched."""

    file: int | None
    traced: frozenset[int]


class Labs:
    """`zygote` starts their programs, which watch themselves or not; `traced` is the tracepoint, if anybody asked."""

    def __init__(self, zygote: socket.socket, *, watched: bool, traced: Traced | None) -> None:
        self._zygote = zygote
        self._watched = watched
        self._traced = traced
        self._end: socket.socket | None = None
        """Leads to the lab that waits for a case or plays one."""
        self._leaving: list[int] = []

    def begin(self, case: Case) -> int:
        """Has a lab play the case; the descriptor is ready to be read when there is something for `end`."""
        asked = encode(case)
        if self._end is not None:
            try:
                channel.send(self._end, asked)
                return self._end.fileno()
            except BrokenPipeError:  # somebody killed it while it waited
                self.dismiss()
        self._end = self._forked()
        channel.send(self._end, asked)
        return self._end.fileno()

    def end(self) -> Report:
        """What the lab says of the case."""
        assert self._end is not None, "no case was begun"
        answered = channel.receive(self._end)
        if answered is None:
            self.dismiss()
            return Report(None, frozenset())
        message, (file,) = answered
        if not message["goes_on"]:
            self.dismiss()
        return Report(file, frozenset(message["traced"]))

    def dismiss(self) -> None:
        """The next case gets a lab of its own, which finds what this process knows by then.

        Labs end by themselves; the kernel takes its time to close their packet sockets: nobody waits for that.
        """
        if self._end is not None:
            self._end.close()
            self._end = None
        self._leaving = [pid for pid in self._leaving if os.waitpid(pid, os.WNOHANG)[0] == 0]

    def _forked(self) -> socket.socket:
        """GroundError if the machine does not allow it."""
        ours, theirs = channel.pair()

        def serve() -> int:
            ours.close()
            linux.name_me("toylab-lab")
            return lab.serve(theirs, self._zygote, watched=self._watched, traced=self._traced)

        with theirs:
            self._leaving.append(sandbox.nest(serve))
        return ours
