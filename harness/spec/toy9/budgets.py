"""What a program may spend while nothing happens: waits in vain, calls in vain. Counts, never times.

A busy machine cannot break a budget: what is counted are calls in a row, and how long they were *asked* to last.
"""

from __future__ import annotations

from collections import defaultdict

from harness.attempt import WOULD_BLOCK, Attempt, attempts
from harness.clause import HOUSE, clause
from harness.events import Call, Callback, Event, Ready, Recv, Send, State, Unwatch, Wait, Watch, bits
from harness.trace import Trace
from harness.verdict import Verdict, failed, not_applicable, passed_by_absence

POLLS = 50
"""So many waits in a row that may not block: more than one for the last rest of a timer that was rounded down."""
EMPTY, EMPTY_MS = 20, 1_000
"""So many waits in a row that end with nothing, and were asked to last less than a second in all."""
TRIES = 3
REPEATS = 3
CALLS = 40
"""More than any set-up needs: options, names, the error, a registration."""

NOBODY_WAITED = "nothing was waited for"


@clause(
    "T9-39",
    force=HOUSE,
    needs={"syscall"},
    per="trace",
    says="The loop does not ask again and again whether anything happened: it waits until something does.",
    why="A wait with the timeout 0 in a loop burns a processor, and looks like a working program to everybody else.",
    source="epoll_wait(2), timeout; catalogue 18, 80",
)
def no_polling(trace: Trace) -> Verdict:
    runs: dict[int, list[Wait]] = defaultdict(list)
    for call in trace.each(Call, who=trace.subject):
        if not (isinstance(call, Wait) and call.timeout_ms == 0 and call.count == 0):
            runs.pop(call.pid, None)
            continue
        runs[call.pid].append(call)
        if len(runs[call.pid]) >= POLLS:
            return failed(f"{POLLS} waits in a row asked for no time at all, and found nothing", call)
    wait = trace.first(Wait, who=trace.subject)
    return passed_by_absence(wait) if wait else not_applicable(NOBODY_WAITED)


@clause(
    "T9-40",
    force=HOUSE,
    needs={"syscall"},
    per="trace",
    says=f"While nothing happens the loop sleeps: fewer than {EMPTY} waits in a row end with nothing within a second.",
    why="Who wakes to look whether there is work keeps the processor awake, and adds a tick to every delay.",
    source="epoll_wait(2), timeout; catalogue 38, 79",
)
def sleeps_while_idle(trace: Trace) -> Verdict:
    runs: dict[int, list[Wait]] = defaultdict(list)
    for event in trace:
        if isinstance(event, (State, Callback)):
            runs.clear()
        elif not isinstance(event, Call) or event.who != trace.subject:
            continue
        elif not (isinstance(event, Wait) and event.timeout_ms > 0 and event.count == 0):
            runs.pop(event.pid, None)
        else:
            run = runs[event.pid] = [*runs[event.pid], event][-EMPTY:]
            if len(run) == EMPTY and sum(wait.timeout_ms for wait in run) < EMPTY_MS:
                return failed(f"{EMPTY} waits in a row ended with nothing", run[0], event)
    wait = trace.first(Wait, who=trace.subject)
    return passed_by_absence(wait) if wait else not_applicable(NOBODY_WAITED)


@clause(
    "T9-41",
    force=HOUSE,
    needs={"syscall"},
    per="trace",
    says=f"EAGAIN is answered by a wait, and not {TRIES} times in a row by the same call.",
    why="'Not now' stays true until the kernel says otherwise: asking again at once only keeps it from saying so.",
    source="read(2) and write(2), EAGAIN; catalogue 23, 36",
)
def eagain_is_answered_by_a_wait(trace: Trace) -> Verdict:
    pending = {attempt.socket for attempt in attempts(trace) if attempt.in_progress}
    runs: dict[tuple[int, str, type[Call]], list[Event]] = {}
    first: Event | None = None
    for call in trace.each(Call, who=trace.subject):
        if isinstance(call, Wait):
            runs = {key: run for key, run in runs.items() if key[0] != call.pid}
        elif isinstance(call, (Send, Recv)) and call.sock in pending:
            key = call.pid, call.sock, type(call)
            run = runs[key] = [*runs.get(key, []), call] if call.error in WOULD_BLOCK else []
            first = first or next(iter(run), None)
            if len(run) >= TRIES:
                return failed(f"{call.error} was answered by the same call {TRIES} times in a row", *run)
    return passed_by_absence(first) if first else not_applicable("no call would have blocked")


@clause(
    "T9-42",
    force=HOUSE,
    needs={"syscall"},
    says=f"The interest in a socket is changed, and not set {REPEATS} times in a row to what it is already.",
    why="A call for each turn of the loop that changes nothing doubles what an idle connection costs.",
    source="epoll_ctl(2), EPOLL_CTL_MOD; catalogue 44",
)
def interest_is_changed(attempt: Attempt) -> Verdict:
    run: list[Watch] = []
    for change in attempt.each(Call):
        if isinstance(change, Watch) and not {"ET", "ONESHOT"} & bits(change.interest):
            same = bool(run) and run[-1].interest == change.interest
            run = [*run, change] if same else [change]
        elif isinstance(change, (Watch, Unwatch)):
            run = []
        if len(run) > REPEATS:
            return failed(f"{change.sock} was watched again for the same {len(run) - 1} times in a row", *run)
    watch = attempt.first(Watch)
    return passed_by_absence(watch) if watch else not_applicable("the socket was never watched")


@clause(
    "T9-43",
    force=HOUSE,
    needs={"syscall"},
    per="trace",
    says=f"Between two waits a socket gets at most {CALLS} calls that move no data.",
    why="What is asked and set again and again is time that every other connection of the loop waits for.",
    source="catalogue 18, 36",
)
def calls_between_two_waits(trace: Trace) -> Verdict:
    counts: dict[tuple[int, str], int] = {}
    last: Call | None = None
    for call in trace.each(Call, who=trace.subject):
        if isinstance(call, Wait):
            counts = {key: count for key, count in counts.items() if key[0] != call.pid}
        elif call.sock and not isinstance(call, Ready) and not (isinstance(call, (Send, Recv)) and call.result):
            counts[call.pid, call.sock] = counts.get((call.pid, call.sock), 0) + 1
            last = call
            if counts[call.pid, call.sock] > CALLS:
                return failed(f"more than {CALLS} calls on {call.sock} between two waits moved nothing", call)
    return passed_by_absence(last) if last else not_applicable("no call was made on a socket")
