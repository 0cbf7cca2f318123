"""The parts that a diagram is made of: lanes, arrows, bars, ticks; and the matrix of the index."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness import notation
from harness.events import KINDS, Event, State, TcpState
from harness.result import RunResult
from reports import store
from reports.drawing.arrows import arrows
from reports.drawing.bars import sleeps, state_bars
from reports.drawing.columns import LEAST, TIME_WIDTH, WIDTH, lanes
from reports.drawing.labels import Labels
from reports.drawing.lanes import Drawn, lane_of, place
from reports.drawing.machine import machine, transitions
from reports.drawing.scene import scene
from reports.drawing.sequence import sequence
from reports.drawing.ticks import about, step_for, time_label
from reports.html.matrix import matrix


def drawn(text: str) -> list[Drawn]:
    return place(notation.parse(text), "client")


@pytest.mark.parametrize(
    ("line", "lane", "label"),
    [
        ("client connect(sock1, 10.0.0.2:9) = EINPROGRESS", "calls", "connect(10.0.0.2:9) = EINPROGRESS"),
        ("client socket(inet, stream, nonblock) = sock1", "calls", "socket(inet, stream, nonblock)"),
        ("client watch(sock1, OUT) = 0", "calls", "watch(OUT)"),
        ("client getsockopt(sock1, SO_ERROR) = 0", "calls", "getsockopt(SO_ERROR) = 0"),
        ("client ready(sock1) = OUT|ERR|HUP", "ready", "OUT ERR HUP"),
        ("journal state connecting -> error", "program", "error"),
        ("journal callback errorEncountered(ECONNREFUSED)", "program", "errorEncountered(ECONNREFUSED)"),
        ("server/journal state idle -> listening", "peer", "listening"),
        ("kernel client SYN_SENT -> CLOSE", "tcp", "CLOSE"),
        ("kernel server CLOSE -> LISTEN", "peer_tcp", "LISTEN"),
        ("kernel client TcpExtLockDroppedIcmps +1", "lab", "client LockDroppedIcmps +1"),
        ('wire client > server PA 5 "hello"', "wire", "PSH ACK 5 B hello"),
        ("wire server > client icmp 3/1", "wire", "icmp 3/1"),
        ("lab server listener ready IN", "peer", "listener IN"),
        ("lab fault rule 1 drop frame 3", "lab", "rule 1: drop"),
        ("lab dns query A good.lab", "lab", "A? good.lab"),
        ("lab exit client SIGPIPE", "lab", "client exits SIGPIPE"),
    ],
)
def test_each_event_stands_in_its_lane_with_few_words(line: str, lane: str, label: str) -> None:
    [one] = drawn(line)
    assert (one.lane, one.label) == (lane, label)


def test_the_subject_need_not_be_called_client() -> None:
    [event] = notation.parse("journal state idle -> connecting", subject="me")
    assert (lane_of(event, "me"), lane_of(event, "client")) == ("program", "peer")


def test_a_packet_goes_from_where_it_left_to_where_it_arrived() -> None:
    [arrow] = arrows(drawn("wire client > server S frame=1\nwire client >> server S frame=1"))
    assert arrow.start is not None
    assert arrow.end is not None
    assert (arrow.start.row, arrow.end.row, arrow.fate, arrow.style) == (0, 1, "arrived", "syn")


def test_packets_without_numbers_are_joined_by_what_they_look_like() -> None:
    found = arrows(drawn("wire client > server S\nwire server > client SA\nwire client >> server S"))
    assert [(one.fate, one.style) for one in found] == [("arrived", "syn"), ("held", "syn")]


def test_a_lost_packet_a_duplicate_and_an_injected_one_are_told_apart() -> None:
    found = arrows(
        drawn(
            "wire client > server S frame=1\nwire client x server S frame=1\n"
            "wire server > client A frame=2\nwire server >> client A frame=2\nwire server >> client A frame=2\n"
            "wire server >> client R frame=3 [injected]"
        )
    )
    fates = [(one.fate, one.start.row if one.start else None, one.end.row if one.end else None) for one in found]
    assert fates == [("lost", 0, 1), ("arrived", 2, 3), ("arrived", 2, 4), ("arrived", None, 5)]


def test_a_state_lasts_until_the_next_and_sockets_have_tracks_of_their_own() -> None:
    bars = state_bars(
        drawn(
            "kernel server 10.0.0.2:9 0.0.0.0:0  CLOSE -> LISTEN\n"
            "kernel server 10.0.0.2:9 10.0.0.1:4  CLOSE -> SYN_RECV\n"
            "kernel server 10.0.0.2:9 10.0.0.1:4  SYN_RECV -> ESTABLISHED\n"
            "kernel server 10.0.0.2:9 10.0.0.1:4  ESTABLISHED -> CLOSE"
        )
    )
    found = {bar.state: (bar.start.row, bar.end.row if bar.end else None, bar.track, bar.mood) for bar in bars}
    assert found == {"LISTEN": (0, None, 0, "calm"), "SYN_RECV": (1, 2, 1, "wait"), "ESTABLISHED": (2, 3, 1, "good")}


def test_a_sleep_in_the_poller_ends_with_the_next_thing_the_thread_does() -> None:
    bars = sleeps(drawn("client wait(-1) = 1\nwire client > server S\nclient ready(sock1) = OUT\nclient wait(5) = ?"))
    assert [(bar.start.row, bar.end.row if bar.end else None) for bar in bars] == [(0, 2), (3, None)]


def test_lanes_without_events_leave_their_width_to_the_others() -> None:
    few = lanes(drawn("client close(sock1) = 0"))
    assert list(few) == ["calls", "wire"]
    assert round(few["wire"].end) == WIDTH


def test_ticks_are_round_and_few() -> None:
    assert [step_for(span) for span in (1, 900, 12_000, 505_900_000)] == [1, 100, 1000, 50_000_000]
    labels = [time_label(at) for at in (0, 20, 1_500, 50_000_000, 3_000_000_000)]
    assert labels == ["0", "20 ns", "1.5 µs", "50 ms", "3 s"]


def run_with(run_dir: Path, axes: dict[str, list[dict[str, str]]]) -> RunResult:
    run = store.load_run(run_dir)
    cases = [
        replace(run.cases[0], scenario=scenario, axes=one, id=f"{scenario}::{'-'.join(one.values())}", subject="toy9")
        for scenario, choices in axes.items()
        for one in choices
    ]
    return replace(run, cases=tuple(cases))


def test_the_matrix_crosses_the_two_axes_that_most_cases_have(run_dir: Path) -> None:
    both = [{"family": f, "poller": p} for f in ("ipv4", "ipv6") for p in ("epoll", "poll")]
    run = run_with(run_dir, {"plain": both, "only-family": [{"family": "ipv6"}], "none": [{}]})
    table = matrix(run.cases, {"plain": ("refused",), "none": ("refused",)})
    assert (table.outer, table.inner) == (("ipv4", "ipv6"), ("epoll", "poll"))
    cells = [[(len(cell.cases), cell.span) for cell in row.cells] for row in table.rows]
    assert [(row.scenario, row.situation, found) for row, found in zip(table.rows, cells, strict=True)] == [
        ("plain", "refused", [(1, 1)] * 4),
        ("none", "refused", [(1, 4)]),
        ("only-family", "", [(0, 1), (0, 1), (1, 2)]),
    ]


def test_a_further_axis_makes_a_row_of_its_own(run_dir: Path) -> None:
    modes, pollers = ("async", "blocking"), ("epoll", "poll")
    cases = [{"family": f, "poller": p, "mode": m} for m in modes for f in "46" for p in pollers]
    table = matrix(run_with(run_dir, {"plain": cases}).cases, {})
    assert [(row.scenario, row.detail) for row in table.rows] == [("plain", "async"), ("plain", "blocking")]


def test_every_case_of_a_run_is_in_the_matrix(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    assert {case.id for row in matrix(run.cases, {}).rows for case in row.cases} == {case.id for case in run.cases}


def test_subjects_go_across_only_where_the_same_case_was_run_with_several(run_dir: Path) -> None:
    run = run_with(run_dir, {"plain": [{"family": "ipv4"}, {"family": "ipv6"}]})
    both = [replace(case, subject=subject) for case in run.cases for subject in ("curl", "toy9")]
    table = matrix(both, {})
    assert (table.outer_axis, table.outer, table.inner) == ("subject", ("curl", "toy9"), ("ipv4", "ipv6"))
    apart = [replace(case, subject=case.axes["family"]) for case in run.cases]
    assert matrix(apart, {}).outer_axis == "family"


def test_every_kind_of_event_can_be_drawn() -> None:
    for kind in KINDS.values():
        event: Event = kind(at_ns=1, who="client")
        assert isinstance(Labels([event]).of(event), str)


def test_sockets_are_named_where_a_program_has_several_and_threads_from_the_second_on() -> None:
    events = notation.parse("client close(sock1) = 0\nclient close(sock2) = 0\nclient+2 ready(sock2) = IN|RDHUP")
    labels = Labels(events)
    assert [labels.of(event) for event in events] == ["close(sock1)", "close(sock2)", "+2 sock2 IN RDHUP"]


def test_who_else_did_it_is_said_only_where_there_are_several() -> None:
    alone = "server close(sock1) = 0\nkernel server CLOSE -> LISTEN"
    assert [one.label for one in drawn(alone)] == ["close()", "LISTEN"]
    several = drawn(f"{alone}\nother/journal state idle -> connected")
    assert [one.label for one in several] == ["server: close()", "LISTEN", "other: connected"]
    assert "1: server LISTEN at" in sequence(scene(several, "client", {}))


def test_a_long_pause_has_a_row_of_its_own_and_says_how_long_it_was() -> None:
    text = "0.000000 client close(sock1) = 0\n0.000100 client wait(-1) = 1\n1.234567 client wait(5) = ?"
    events = drawn(text)
    assert [(one.row, one.pause_ns) for one in events] == [(0, 0), (1, 0), (3, 1_234_467_000)]
    assert "+ 1.2 s</text>" in sequence(scene(events, "client", {}))


def test_lanes_take_the_width_of_their_words_and_never_more_than_there_is() -> None:
    wide = "\n".join(
        (
            f"journal fact told {'x' * 90}", f"client connect(sock1, {'1' * 90}:9) = EINPROGRESS",
            "client ready(sock1) = IN|OUT|ERR|HUP|RDHUP", "kernel client SYN_SENT -> CLOSE",
            "kernel server CLOSE -> LISTEN", "lab server peer received 5", "lab exit client 0",
        )
    )  # fmt: skip
    found = list(lanes(drawn(wide)).values())
    assert (found[0].x, found[-1].end) == (TIME_WIDTH, WIDTH)
    assert all(before.end == after.x for before, after in pairwise(found))
    assert all(lane.width >= LEAST[lane.name] for lane in found)


def test_the_state_machine_has_the_states_of_the_spec_and_the_edges_taken() -> None:
    events = notation.parse("journal state idle -> connecting\njournal state connecting -> error")
    kind, taken = transitions(events, "client")
    assert (kind, taken) == (State, [(0, "idle", "connecting"), (1, "connecting", "error")])
    text = machine(("idle", "connecting", "connected", "error"), taken)
    assert re.findall(r"<title>([^<]*)</title>", text) == [
        "step 1: idle to connecting", "step 2: connecting to error", "idle", "connecting", "connected, never entered",
        "error, where it ended",
    ]  # fmt: skip


def test_without_a_journal_the_kernel_tells_the_states_and_without_both_there_is_no_drawing() -> None:
    text = "kernel client SYN_SENT -> CLOSE\nkernel server CLOSE -> LISTEN"
    kind, taken = transitions(notation.parse(text), "client")
    assert (kind, taken) == (TcpState, [(0, "SYN_SENT", "CLOSE")])
    assert machine(("idle",), []) == ""


def test_a_state_entered_often_counts_its_steps() -> None:
    lines = [f"journal state {'a -> b' if n % 2 == 0 else 'b -> a'}" for n in range(12)]
    text = machine((), transitions(notation.parse("\n".join(lines)), "client")[1])
    assert "step 1, 3, 5, 7 &#8230; 6 times: a to b" in text
    assert "step 2, 4, 6, 8 &#8230; 6 times: b to a" in text


def test_two_digits_say_how_long_a_pause_was() -> None:
    assert [about(pause) for pause in (18_349_180, 1_002_345_678, 9)] == ["18 ms", "1 s", "9 ns"]
