"""The lab's one loop: nothing happens to a program while it runs, and never two things at once.

Frames, answers and peers wait until every thread of every program sleeps; then one actor does one thing, and the lab
looks at the kernel before the next. So the order of what a program sees is the same on an idle machine and on a busy
one. At `pace: free` the actors do not wait for the programs.
"""

from __future__ import annotations

import json
import select
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from harness.case import Case
from harness.runner.patience import MS, Patience
from harness.runner.programs import Running
from harness.runner.quiet import Quiet
from netns.kernel import StateWatch
from netns.listeners import Listeners
from netns.log import Actor, Punctual, SocketIs
from netns.wire import Wire

NAP_NS, LONGEST_NAP_NS = 30_000, 1_000_000
NAPS = 4
"""While somebody is awake the lab looks again after a part of the time that this has lasted already: it is on the same
CPU, and each look takes some of what is waited for.
"""
RESTLESS_NS, TURN_NS = 1_000_000_000, 20_000_000
"""CPU time after which a program that never sleeps is not waited for any longer: it spins, and must still be shown what
comes. From then on it gets the second figure between two acts. No interpreter needs the first to start."""
BRISK_NS = 50_000_000
"""Time after which one who is awake may be spinning: before, its CPU time is not asked for, because that costs some."""
LOOK_MS = 1
"""How long is slept between two looks whether somebody listens by now, which the kernel announces to nobody."""

Start = Callable[[], Running | None]
"""Starts a program, or finds that its time has not come."""


class Cast(NamedTuple):
    """Everyone who takes part; `actors` in the order in which they may act, and `punctual` those who know a clock."""

    wire: Wire
    listeners: Listeners
    watch: StateWatch
    actors: tuple[Actor, ...]
    punctual: tuple[Punctual, ...]
    taps: tuple[Callable[[], object], ...] = ()
    """What else is to be looked at before anything happens: direct cables, and the tracepoint."""
    alarms: tuple[int, ...] = ()
    """Descriptors that are reported when a tap is to be looked at at once."""


class Lockstep:
    """Runs one case from the first program's start to its end. `marks` are milestones: (at_ns, name, text)."""

    def __init__(self, case: Case, cast: Cast, starts: list[Start]) -> None:
        self.running: list[Running] = []
        self.marks: list[tuple[int, str, str]] = []
        self._case = case
        self._cast = cast
        self._starts = starts
        self._quiet = Quiet()
        self._patience = Patience(case, self._quiet.cpu_ns)
        self._told: dict[int, int] = {}
        self._facts: list[str] = []
        """What rules may wait for; told to the wire only when all sleep, so that what is held goes at one moment."""
        self._gone: set[int] = set()
        self._states_seen = 0
        self._awake_since_ns: int | None = None
        self._awake_since_cpu_ns: int | None = None

    def run(self) -> None:
        """Until the subject has ended and nothing is under way, or the case has lasted long enough."""
        wait_ms = 0
        while not (why := self._patience.why_over()):
            if wait_ms:
                heard = (fd for program in self.running for fd in program.descriptors)
                self._poll(wait_ms, [*heard, *self._cast.alarms])
            if not self._may_act():
                wait_ms = 0
                self._empty_taps()  # nobody on a direct cable waits for us
                self._nap()
                continue
            self._hear()
            self._look()
            if self._act() or self._start_next():
                self._patience.happened()
                wait_ms = 0
            elif self._is_over():
                return
            else:
                wait_ms = self._until_due_ms()
        self.marks.append((time.time_ns(), "deadline", why))

    def close(self) -> None:
        """Ends the programs that still run, and looks at nobody any more."""
        for running in self.running:
            running.end()
        self._quiet.close()

    @property
    def waits_for_a_listener(self) -> bool:
        """Whether programs could not be started because nobody ever listened."""
        return bool(self._starts)

    def _hear(self) -> None:
        """Takes in what the programs said and what they sent; while all sleep, so that nothing is added meanwhile."""
        for program in self.running:
            program.hear()
            self._announce_states(program)
            self._announce_end(program)
        self._cast.wire.observe()
        self._empty_taps()

    def _empty_taps(self) -> None:
        for tap in self._cast.taps:
            tap()

    def _may_act(self) -> bool:
        if self._case.pace == "free" or (self._quiet.asleep() and self._ends_are_known()):
            self._awake_since_ns = self._awake_since_cpu_ns = None
            return True
        if self._awake_since_ns is None:
            self._awake_since_ns = time.monotonic_ns()
        self._patience.happened()
        if time.monotonic_ns() - self._awake_since_ns < BRISK_NS:
            return False
        used_ns = self._quiet.cpu_ns()
        if self._awake_since_cpu_ns is None:
            self._awake_since_cpu_ns = used_ns
        if used_ns - self._awake_since_cpu_ns < RESTLESS_NS:
            return False
        self._awake_since_cpu_ns += TURN_NS
        return True

    def _nap(self) -> None:
        awake_ns = time.monotonic_ns() - (self._awake_since_ns or 0)
        time.sleep(min(max(NAP_NS, awake_ns // NAPS), LONGEST_NAP_NS) / 1e9)

    def _ends_are_known(self) -> bool:
        """Whether nobody's end is still to be heard of: its parent stands outside, and tells it a moment later."""
        for program in self.running:
            if program.status is None:
                program.hear_end()
        return all(program.status is not None or self._quiet.knows(program.pid) for program in self.running)

    def _look(self) -> None:
        """What the kernel says now; a socket of the subject's host that is gone is a fact that rules may wait for."""
        now_ns = time.time_ns()
        self._cast.watch.sample(now_ns)
        self._cast.listeners.sample(now_ns)
        log = self._cast.watch.log
        for entry in log[self._states_seen :]:
            if isinstance(entry, SocketIs) and entry.new == "CLOSE":
                self._facts.append(f"closed {entry.host}")
        self._states_seen = len(log)
        for fact in self._facts:
            self._cast.wire.announce(fact)
        self._facts.clear()

    def _act(self) -> bool:
        """What the clock kept back comes last, so that a lab that is late does all in the order of one that is not."""
        ready = self._poll(0, [])
        now_ns = time.time_ns()
        return any(actor.act(ready, now_ns) for actor in self._cast.actors) or act_late(self._cast.punctual, now_ns)

    def _start_next(self) -> bool:
        if not self._starts:
            return False
        program = self._starts[0]()
        if program is None:
            return False
        del self._starts[0]
        self.running.append(program)
        program.begin()
        if program.program is self._case.subject:
            self.marks.append((program.since_ns, "started", " ".join(program.program.argv)))
        return True

    def _is_over(self) -> bool:
        """Asked when nobody can be started now; the subject has been, because nothing keeps it waiting.

        Where a program beside it is missing nothing can be learnt, and a server would wait for its client to the end.
        """
        subject = next(program for program in self.running if program.program is self._case.subject)
        has_ended = subject.status is not None or (self._case.ends == "clients" and self._clients_have_ended())
        misses = any(program.is_missing for program in self.running if program is not subject)
        return misses or (has_ended and self._due_ns() is None)

    def _clients_have_ended(self) -> bool:
        clients = [program for program in self.running if program.program.starts == "after"]
        return not self._starts and all(program.status is not None for program in clients)

    def _due_ns(self) -> int | None:
        return min((due for actor in self._cast.actors if (due := actor.due_ns()) is not None), default=None)

    def _until_due_ms(self) -> int:
        if self._starts:
            return LOOK_MS
        due_ns = self._due_ns()
        if due_ns is not None:
            self._patience.happened()
        end_ns = self._patience.end_ns
        return max(1, -(-(min(end_ns, due_ns or end_ns) - time.time_ns()) // MS))

    def _poll(self, wait_ms: int, others: list[int]) -> dict[int, int]:
        poller = select.poll()
        for actor in self._cast.actors:
            for descriptor, mask in actor.wants().items():
                poller.register(descriptor, mask)
        for descriptor in others:
            poller.register(descriptor, select.POLLIN)
        return dict(poller.poll(wait_ms))

    def _announce_states(self, program: Running) -> None:
        """Notes each state that the subject says it reached."""
        journal, told = program.said["journal"], self._told.get(program.pid, 0)
        end = journal.rfind(b"\n") + 1
        if end <= told:
            return
        self._told[program.pid] = end
        if program.program is self._case.subject:
            for line in bytes(journal[told:end]).splitlines():
                if state := _state_in(line):
                    self._facts.append(f"state {state}")

    def _announce_end(self, program: Running) -> None:
        if program.status is not None and program.pid not in self._gone:
            self._gone.add(program.pid)
            self._facts.append(f"exit {program.program.on}")


def act_late(actors: Sequence[Punctual], now_ns: int) -> bool:
    """Lets one of them do what the clock kept back; whose time came first goes first."""
    waiting = sorted((due_ns, place) for place, actor in enumerate(actors) if (due_ns := actor.due_ns()) is not None)
    return any(actors[place].act_late(now_ns) for _, place in waiting)


def _state_in(line: bytes) -> str:
    """The state that a line of the journal announces, if it does; whatever else it is, is the recorder's to judge."""
    try:
        said = json.loads(line)
    except ValueError:
        return ""
    return str(said.get("new", "")) if isinstance(said, dict) and said.get("event") == "state" else ""
