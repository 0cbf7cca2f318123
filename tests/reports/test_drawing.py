"""The parts that a diagram is made of: lanes, arrows, bars, ticks; and the matrix of the index."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness import notation
from harness.events import KINDS, Event
from harness.result import RunResult
from reports import store
from reports.html.arrows import arrows
from reports.html.bars import sleeps, state_bars
from reports.html.lanes import Drawn, label_of, lane_of, place
from reports.html.matrix import matrix
from reports.html.sequence import WIDTH, lanes
from reports.html.timeline import step_for, time_label


def drawn(text: str) -> list[Drawn]:
    return place(notation.parse(text), "client")


@pytest.mark.parametrize(
    ("line", "lane", "label"),
    [
        ("client connect(sock1, 10.0.0.2:9) = EINPROGRESS", "calls", "connect(sock1, 10.0.0.2:9) = EINPROGRESS"),
        ("journal state connecting -> error", "program", "error"),
        ("journal callback errorEncountered(ECONNREFUSED)", "program", "errorEncountered(ECONNREFUSED)"),
        ("server/journal state idle -> listening", "peer", "listening"),
        ("kernel client SYN_SENT -> CLOSE", "tcp", "CLOSE"),
        ("kernel server CLOSE -> LISTEN", "peer_tcp", "LISTEN"),
        ("kernel client TcpExtLockDroppedIcmps +1", "lab", "client LockDroppedIcmps +1"),
        ('wire client > server PA 5 "hello"', "wire", "PA 5 B hello"),
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
    table = matrix(run, {"plain": ("refused",), "none": ("refused",)})
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
    table = matrix(run_with(run_dir, {"plain": cases}), {})
    assert [(row.scenario, row.detail) for row in table.rows] == [("plain", "async"), ("plain", "blocking")]


def test_every_case_of_a_run_is_in_the_matrix(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    assert {case.id for row in matrix(run, {}).rows for case in row.cases} == {case.id for case in run.cases}


def test_every_kind_of_event_can_be_drawn() -> None:
    for kind in KINDS.values():
        event: Event = kind(at_ns=1, who="client")
        assert isinstance(label_of(event), str)
