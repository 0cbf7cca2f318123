"""Process 1 of a sandbox: builds the ground of a case, plays the case on it, and hands out what was recorded.

When it ends, however it ends, the kernel takes the namespaces and every program in them away. To be forked and to end
costs as much as half a ground, so it plays several cases as long as none leaves anything behind: each has networks of
its own, and finds nobody there but process 1. A case with files of its own is a lab's last: who leaves a mount
namespace waits for all of the kernel's readers, on a busy machine for seconds; nobody waits for a process that ends.
"""

from __future__ import annotations

import os
import pickle
import socket
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import convert

from harness.case import Case, Program
from harness.errors import RigError
from harness.runner import channel, programs, watching
from harness.runner.evidence import Evidence, Said
from harness.runner.lockstep import Cast, Lockstep, Start
from harness.runner.programs import Running
from harness.runner.watching import Watching
from netns import again, files, kernel, sandbox
from netns.builder import Ground, build
from netns.door import Door
from netns.errors import GroundError
from netns.knobs import Knobs
from netns.listeners import Listeners
from netns.log import Actor
from netns.nameserver import NameServer
from netns.puppets import Puppets
from netns.wire import Wire

if TYPE_CHECKING:
    from harness.runner.handover import Traced

MOST_CASES = 8
"""What a lab keeps of each is closed when it ends."""

_KEPT: list[socket.socket] = []
"""Closing a packet socket waits 12 ms for the kernel's readers; what is kept is closed by the end of this process."""

CLOCK_STEP_NS = 5_000_000
"""More than this between the two clocks within one case is a step, not the slewing of adjtimex(2)."""


def serve(slot: socket.socket, zygote: socket.socket, *, watched: bool, traced: Traced | None) -> int:
    """The body of process 1: plays one case after the other, until the slot wants no more or it may not go on.

    Of each case the slot gets {"goes_on": true, "traced": [4711]}, the second being what strace calls the programs, and
    the descriptor of the pickled Evidence.
    """
    left = MOST_CASES
    while (asked := channel.receive(slot)) is not None:
        left -= 1
        case = convert(asked[0], Case)
        evidence = _evidence(case, zygote, watched=watched, traced=traced)
        is_usual = case.plan.files == files.USUAL and traced is None and not evidence.fault
        goes_on = left > 0 and is_usual and again.is_as_new()
        _report(slot, evidence, goes_on)
        if not goes_on:
            break
        again.renew_net()
    return 0


def _report(slot: socket.socket, evidence: Evidence, goes_on: bool) -> None:
    file = channel.file_of("evidence", pickle.dumps(evidence, protocol=pickle.HIGHEST_PROTOCOL))
    try:
        traced = [program.traced_pid for program in evidence.programs]
        channel.send(slot, {"goes_on": goes_on, "traced": traced}, (file,))
    finally:
        os.close(file)


def _evidence(case: Case, zygote: socket.socket, *, watched: bool, traced: Traced | None) -> Evidence:
    """What was recorded of the case, or why there is nothing."""
    try:
        if case.plan.files != files.USUAL:
            files.mount_files(case.plan.files)
        return play(case, zygote, watched=watched, traced=traced)
    except (GroundError, RigError) as fault:
        return Evidence(fault=fault.what, remedy=fault.remedy)
    except Exception as fault:  # whatever it is, the subject is not to blame for it
        where = traceback.extract_tb(fault.__traceback__)[-1]
        place = f"in {where.name}, line {where.lineno} of {where.filename}"
        return Evidence(fault=f"{type(fault).__name__}: {fault} ({place})")


def play(case: Case, zygote: socket.socket, *, watched: bool, traced: Traced | None) -> Evidence:
    begun = time.perf_counter()
    skew_ns = _skew_ns()
    tracing = watching.begin(traced)
    ground = build(case.plan)
    watched_by = watching.watching(case, ground, tracing)
    cast = _cast(case, ground, watched_by)
    turned, load, release = Knobs(case.plan, ground), os.getloadavg()[0], os.uname().release
    built = time.perf_counter()
    handles = sandbox.handles()
    lockstep = Lockstep(case, cast, _starts(case, ground, handles, zygote, watched=watched))
    lockstep.run()
    lockstep.close()
    now_ns = time.time_ns()
    cast.watch.sample(now_ns)
    rose = kernel.rose(ground, now_ns)
    missing = _missing(case, lockstep.running)
    told = {
        "knob": turned.moved(),
        "missing-program": missing,
        "nobody-listens": _unserved(case, lockstep),
    }
    spoilt = [(now_ns, name, said) for name, several in told.items() for said in several]
    marks = [*lockstep.marks, *_spoilt(ground, skew_ns), *spoilt]
    kept = (*(actor.log for actor in cast.actors), *(cable.log for cable in ground.cables))
    logs = [entry for log in kept for entry in log]
    states, doubts = watched_by.end(skew_ns, logs)
    handles.close()
    _KEPT.extend(ground.leave())
    return Evidence(
        programs=tuple(map(_said, sorted(lockstep.running, key=lambda running: running.program is case.subject))),
        log=(*logs, *states, *rose),
        marks=tuple(marks),
        phases_ms={"build": (built - begun) * 1e3, "run": (time.perf_counter() - built) * 1e3},
        surroundings={"kernel": release, "knobs": turned.found, "load": [round(load, 2), round(os.getloadavg()[0], 2)]},
        doubts=doubts,
    )


def _cast(case: Case, ground: Ground, watching: Watching) -> Cast:
    """Puppets speak before frames go on, frames before the name server, and listeners last."""
    wire = Wire(case.plan, ground)
    listeners = Listeners(case.plan, ground)
    punctual = (Puppets(case.plan, ground, wire), wire)
    actors: list[Actor] = [*punctual]
    if case.plan.zone is not None:
        zones = (case.plan.zone, *case.plan.other_zones)
        actors += [NameServer(case.plan, ground, zone) for zone in zones]
    taps = (*(cable.observe for cable in ground.cables), *watching.taps)
    return Cast(wire, listeners, watching.watch, (*actors, listeners), punctual, taps, watching.alarms)


def _starts(
    case: Case, ground: Ground, handles: sandbox.Handles, zygote: socket.socket, *, watched: bool
) -> list[Start]:
    """How each program is started, in their order: the clients of a server when somebody listens there."""
    is_open = _once(_door(case, ground))

    def start(program: Program) -> Running | None:
        if program.starts == "after" and not is_open():
            return None
        return programs.start(program, ground.hosts[program.on].net_fd, handles, zygote, watched=watched)

    before, after = ([one for one in case.programs if one.starts == when] for when in ("before", "after"))
    return [partial(start, program) for program in (*before, case.subject, *after)]


def _door(case: Case, ground: Ground) -> Callable[[], bool]:
    """Whether the subject listens by now, if it is a server."""
    return Door(ground, case.subject.on, case.target_host, case.target_port).is_open if case.serves else lambda: True


def _once(is_so: Callable[[], bool]) -> Callable[[], bool]:
    """What was so once stays so, and is not asked again: a server that stops listens no more."""
    seen = [False]

    def ask() -> bool:
        seen[0] = seen[0] or is_so()
        return seen[0]

    return ask


def _missing(case: Case, ended: list[Running]) -> list[str]:
    """The programs beside the subject that this machine does not have: what they should have done was not done."""
    beside = [running for running in ended if running.program is not case.subject]
    return [f"{running.program.argv[0]} (package {running.package})" for running in beside if running.is_missing]


def _unserved(case: Case, lockstep: Lockstep) -> list[str]:
    """Where clients should have connected that were never started, and what became of who should have listened."""
    if not lockstep.waits_for_a_listener:
        return []
    status = next(running.status for running in lockstep.running if running.program is case.subject)
    return [f"port {case.target_port}" + (f", it ended with status {status}" if status is not None else "")]


def _spoilt(ground: Ground, skew_ns: int) -> list[tuple[int, str, str]]:
    """What makes a case worthless: a clock that was set, frames that the kernel could not keep for us."""
    marks = []
    step_ns = _skew_ns() - skew_ns
    if abs(step_ns) > CLOCK_STEP_NS:
        marks.append((time.time_ns(), "clock-step", f"{step_ns / 1e6:+.1f} ms"))
    if lost := ground.lost_frames():
        marks.append((time.time_ns(), "lost-frames", f"{lost} frames"))
    return marks


def _skew_ns() -> int:
    """The real-time clock less the monotonic one, read as close together as five tries allow: any may be preempted."""
    tries = []
    for _ in range(5):
        before, now, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        tries.append((after - before, now - before))
    return min(tries)[1]


def _said(running: Running) -> Said:
    data: dict[str, Any] = {name: bytes(text) for name, text in running.said.items()}
    return Said(
        who=running.program.on,
        argv=running.program.argv,
        traced_pid=running.traced_pid,
        since_ns=running.since_ns,
        ended_ns=running.ended_ns,
        status=running.status,
        overflowed=running.overflowed,
        **data,
    )
