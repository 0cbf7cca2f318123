"""CTRF, Perfetto, SVG and the flow at a terminal."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from msgspec.structs import replace

import reports
from harness.events import Packet
from reports import ctrf, flow, perfetto, store
from reports.ansi import cells
from reports.drawing.figure import figure
from reports.evidence import blame
from reports.store import Stored

from .conftest import hostile_run

SVG = "{http://www.w3.org/2000/svg}"
CTRF_TEST = {
    "name", "status", "duration", "suite", "rawStatus", "filePath", "line", "parameters", "steps", "extra", "message",
    "trace",
}  # fmt: skip
"""Fields of a test in the CTRF schema, which allows no others; of all that it knows, those that we use."""


def stored_of(run_dir: Path, number: int = 1) -> Stored:
    return store.load_case(run_dir, store.load_run(run_dir).cases[number])


def test_ctrf_counts_every_test_once_and_knows_no_other_field(run_dir: Path, tmp_path: Path) -> None:
    data = json.loads(reports.write_ctrf(run_dir, tmp_path / "ctrf.json").read_text())
    assert (data["reportFormat"], set(data["results"])) == ("CTRF", {"tool", "summary", "tests", "environment"})
    summary = data["results"]["summary"]
    assert {name: summary[name] for name in ("tests", "passed", "failed", "skipped", "pending", "other")} == {
        "tests": 3, "passed": 2, "failed": 1, "skipped": 0, "pending": 0, "other": 0,
    }  # fmt: skip
    assert (summary["start"], summary["stop"]) == (1763690400000, 1763690400420)
    for test in data["results"]["tests"]:
        assert set(test) <= CTRF_TEST
        assert type(test["duration"]) is int
    failed = data["results"]["tests"][1]
    assert (failed["message"], failed["suite"]) == (
        "T9-07: SO_ERROR was read 2 times",
        ["toy9", "refused-while-queued"],
    )
    assert {"name": "T9-07 SO_ERROR is read exactly once after the first readiness.", "status": "failed"} in failed[
        "steps"
    ]


def test_ctrf_has_a_status_for_each_verdict_and_a_start_for_each_clock(run_dir: Path) -> None:
    run = store.load_run(run_dir)
    verdicts = ("pass", "fail", "inconclusive", "not_applicable")
    cases = tuple(replace(run.cases[0], verdict=verdict) for verdict in verdicts)
    data = ctrf.as_dict(replace(run, cases=cases, started="yesterday"))["results"]
    assert [test["status"] for test in data["tests"]] == ["passed", "failed", "other", "skipped"]
    assert data["summary"]["start"] == 0


def traced(run_dir: Path, number: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(perfetto.render(stored_of(run_dir, number)))["traceEvents"]
    return found


def test_perfetto_gets_every_event_with_its_line_and_its_source(run_dir: Path) -> None:
    records = traced(run_dir)
    numbers = {one["args"]["event"] for one in records if "args" in one and "event" in one["args"]}
    packets = {n for n, event in enumerate(stored_of(run_dir).events) if isinstance(event, Packet)}
    assert numbers >= set(range(37)) - packets
    [read] = [one for one in records if one.get("args", {}).get("event") == 24]
    assert (read["ph"], read["ts"], read["args"]["text"]) == ("i", 459.0, "getsockopt(sock1, SO_ERROR) = 0")
    assert read["args"]["source"].startswith("strace.txt:")


def test_perfetto_gets_packets_and_states_as_slices_that_last(run_dir: Path) -> None:
    records = traced(run_dir)
    [syn] = [one for one in records if one["ph"] == "b" and one["name"] == "client > server SYN"]
    [end] = [one for one in records if one["ph"] == "e" and one["id"] == syn["id"]]
    assert (syn["ts"], end["ts"]) == (300.0, 342.0)
    states = {one["name"]: (one["ts"], one["dur"]) for one in records if one.get("cat") == "state"}
    assert states["connecting"] == (122.0, 358.0)


def test_perfetto_gets_a_name_for_each_process_and_thread_that_is_used(run_dir: Path) -> None:
    records = traced(run_dir)
    named = {one["pid"] for one in records if one["name"] == "process_name"}
    assert {one["pid"] for one in records} == named


def test_a_trace_without_events_is_one_too(run_dir: Path) -> None:
    (run_dir / "cases/refused/ipv4-epoll/trace.jsonl").unlink()
    assert traced(run_dir, 0) == []


def test_the_figure_is_one_svg_that_asks_for_nothing(run_dir: Path) -> None:
    stored = stored_of(run_dir)
    text = figure(stored, blame(stored.result))
    root = xml.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f".//{SVG}a")) == 37
    assert not re.search(r"https?:|url\(|@import", text.replace("http://www.w3.org/2000/svg", ""))
    assert "prefers-color-scheme: dark" in text


def test_nothing_breaks_out_of_a_figure_or_of_a_trace_for_perfetto(tmp_path: Path) -> None:
    stored = stored_of(hostile_run(tmp_path / "run"), 0)
    root = xml.fromstring(figure(stored, blame(stored.result)))
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert not tags & {"script", "img", "foreignObject"}
    json.loads(perfetto.render(stored))
    assert "\x1b" not in flow.render(stored)


def test_the_flow_has_a_line_for_each_event_and_marks_the_evidence(run_dir: Path) -> None:
    lines = flow.render(stored_of(run_dir), width=100).splitlines()
    assert len([line for line in lines if re.match(r"[ >] +\d+\.\d{6} ", line)]) == 37
    assert [line.split()[1] for line in lines if line.startswith(">")] == [
        "0.000430", "0.000447", "0.000459", "0.000488",
    ]  # fmt: skip
    assert any(re.search(r"\| SYN -+> \|$", line) for line in lines)
    assert any(re.search(r"\| <-+ RST ACK \|$", line) for line in lines)
    assert any("state connecting" in line for line in lines)


@pytest.mark.parametrize("width", [72, 100, 160])
def test_no_line_of_the_flow_is_wider_than_the_terminal(run_dir: Path, width: int) -> None:
    assert max(map(cells, flow.render(stored_of(run_dir), width=width).splitlines())) <= width


def test_a_long_label_leaves_room_for_the_arrow(run_dir: Path) -> None:
    stored = stored_of(run_dir)
    wordy = Packet(at_ns=0, src="server", dst="client", flags="PA", size=99, data="x" * 99, frame=1)
    [_, line] = flow.render(dataclasses.replace(stored, events=(wordy,)), width=80).splitlines()
    assert line.endswith("| <-- PSH ACK 99 B… |")
    assert cells(line) <= 80


def test_colour_changes_nothing_of_the_flow_but_colour(run_dir: Path) -> None:
    stored = stored_of(run_dir)
    assert re.sub(r"\x1b\[[0-9;]*m", "", flow.render(stored, color=True)) == flow.render(stored)
