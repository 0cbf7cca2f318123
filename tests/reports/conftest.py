"""A run directory as the runner writes it: a refused case, a success, a failing mutant, and whatever a test adds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from msgspec.json import encode
from msgspec.structs import replace
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from harness import notation, pcapng, serial
from harness.case import Case, Expect, Program
from harness.events import Call, Callback, DnsQuery, Event, Fact, OtherCall, Packet, Peer, State
from harness.result import CaseResult, Judgement, RunResult, run_to_json
from harness.verdict import Verdict, merge
from netns.log import Sighting
from netns.plan import Plan

BREAK_OUT = (
    "</script></style></title></text></svg>\"'><script>window.brokenOut = 1</script>"
    "<img src=x onerror='window.brokenOut = 2'>{{7*7}}&"
)
MACS = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
TRACES = Path(__file__).parent / "traces"
START_NS = 1_700_000_000_123_456_789
SAYS = {
    "T9-01": "A socket is made non-blocking before connect() is called on it.",
    "T9-05": "connected is announced only after connect() returned 0, or after a readiness and SO_ERROR = 0.",
    "T9-07": "SO_ERROR is read exactly once after the first readiness.",
    "T9-08": "What SO_ERROR said is what is announced: 0 as connected, an errno as that errno.",
    "T9-13": "Queued output leaves complete and in order; a partial write is continued where it stopped.",
    "T9-24": "Name resolution does not block the loop.",
}
WHY = {"T9-07": "Reading SO_ERROR clears it, so a second read reports success for a failed connect."}


def events_of(name: str) -> tuple[Event, ...]:
    """The events of a trace in traces/, with the sources and times that a recording has."""
    seen: dict[str, int] = {}
    return tuple(_recorded(event, seen) for event in notation.parse((TRACES / f"{name}.txt").read_text()))


def judged(id: str, outcome: Any, *evidence: int, reason: str = "", **more: Any) -> Judgement:
    source = "toy9 spec, Behavior; socket(7)"
    return Judgement(
        id=id, outcome=outcome, says=SAYS.get(id, ""), why=WHY.get(id, ""), source=source, reason=reason,
        evidence=evidence, **more,
    )  # fmt: skip


def case_of(scenario: str, trace: str, *, axes: dict[str, str], **more: Any) -> tuple[CaseResult, tuple[Event, ...]]:
    """A case's result with the events of `trace`; `more` overrides fields of CaseResult."""
    name = "-".join(axes.values())
    fields: dict[str, Any] = {
        "id": f"{scenario}::{name}", "spec": "toy9", "scenario": scenario, "axes": axes, "line": 2, "verdict": "pass",
        "file": f"scenarios/toy9/{scenario}.yaml", "reason": "", "subject": "toy9", "duration_ms": 12.5, "exit": "10",
        "why": "The closed port answers the SYN with RST; a write before the check would swallow the error.",
        "states": ("connecting", "error"), "directory": f"cases/{scenario}/{name}", "canonical": "9f" * 32,
        "points": ("subject", "syscall", "wire", "kernel", "lab"),
        "phases_ms": {"build": 2.0, "run": 8.5, "judge": 2.0},
        "clauses": (judged("T9-01", "pass", 5, 8), judged("T9-24", "not_applicable", reason="no name was resolved")),
    }  # fmt: skip
    return CaseResult(**{**fields, **more}), events_of(trace)


def plan_of(result: CaseResult, **more: Any) -> Case:
    """The case as the loader resolves it, as far as reports look at it."""
    fields: dict[str, Any] = {
        name: getattr(result, name) for name in ("id", "spec", "scenario", "axes", "file", "line", "why")
    }
    subject = Program(on="client", argv=("toy9", "connect", "10.0.0.2", "9", "--queue", "hello"))
    expect = Expect(states=("connecting", "error"), branch=("icmp-at-once", "icmp-while-locked"), lines={"states": 14})
    tags = (result.scenario.split("-")[0],)
    return Case(**{**fields, "plan": Plan(), "subject": subject, "expect": expect, "tags": tags, **more})


def write_run(run_dir: Path, cases: Sequence[tuple[CaseResult, tuple[Event, ...]]], **more: Any) -> Path:
    """The run directory of these cases; `more` overrides fields of RunResult."""
    for result, events in cases:
        where = run_dir / result.directory
        where.mkdir(parents=True)
        (where / "trace.jsonl").write_bytes(serial.dump_all(events))
        (where / "stdout.txt").write_text("error refused: connection refused\n")
        (where / "case.json").write_bytes(encode({**structs.asdict(result), "case": plan_of(result)}))
    results = tuple(result for result, _ in cases)
    run = RunResult(**{
        "spec": "toy9", "subject": "toy9", "started": "2025-11-21T02:00:00Z", "duration_s": 0.42, "version": "0.1.0",
        "verdict": merge(Verdict(result.verdict) for result in results).outcome, "command": "toylab run toy9",
        "environment": {"kernel": "6.18.44", "python": "3.11.2", "tools": {"strace": "6.1", "tshark": "4.0.17"}},
        "cases": results, **more,
    })  # fmt: skip
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "run.json").write_bytes(run_to_json(run))
    return run_dir


def three_cases() -> list[tuple[CaseResult, tuple[Event, ...]]]:
    epoll = {"family": "ipv4", "poller": "epoll"}
    late = {"family": "ipv6", "poller": "poll"}
    reads = next(n for n, e in enumerate(events_of("twice")) if getattr(e, "option", "") == "SO_ERROR")
    twice = (
        judged("T9-01", "pass", 5, 8),
        judged("T9-07", "fail", reads - 1, reads, reads + 1, reason="SO_ERROR was read 2 times"),
        judged("T9-08", "fail", reads, reads + 5, reason="SO_ERROR said ECONNREFUSED, connected was announced"),
        judged("T9-24", "not_applicable", reason="no name was resolved"),
    )
    states = Judgement(
        id="states", outcome="fail", reason="expected states connecting -> error, saw connecting -> connected -> error"
    )
    return [
        case_of("refused", "refused", axes=epoll),
        case_of(
            "refused-while-queued", "twice", axes=epoll, verdict="fail", subject="toy9 --mutant reads-twice",
            clauses=twice, reason="T9-07: SO_ERROR was read 2 times", expectations=(states,), error="EPIPE",
            states=("connecting", "connected", "error"), branches=("connect-in-progress",),
        ),
        case_of(
            "late-syn-ack", "success", axes=late, states=("connecting", "connected", "closed"), exit="0",
            duration_ms=506.2,
        ),
    ]  # fmt: skip


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", three_cases())


@pytest.fixture
def recorded(run_dir: Path) -> Path:
    """The same run with the raw recordings of its cases: lines of strace and of the journal, and frames."""
    for result, events in three_cases():
        write_recordings(run_dir / result.directory, events)
    return run_dir


def write_recordings(where: Path, events: Sequence[Event]) -> None:
    """The files that the events name as their sources; a line of strace is the notation with a pid before it."""
    calls = [event for event in events if event.source.startswith("strace.txt")]
    told = [event for event in events if event.source.startswith("journal")]
    packets = [event for event in events if isinstance(event, Packet) and event.phase == "sent"]
    (where / "strace.txt").write_text("".join(f"4711 {notation.body(event)} <0.000012>\n" for event in calls))
    (where / "journal.jsonl").write_text("".join(f'{{"at_ns": {event.at_ns}}}\n' for event in told))
    (where / "wire.pcapng").write_bytes(pcapng.dump([seen(event) for event in packets]))


def seen(packet: Packet) -> Sighting:
    """A frame on the wire with the ports and flags of the packet."""
    segment = TCP(sport=40000, dport=9, flags=packet.flags or "A")
    raw = bytes(Ether(**MACS) / IP(src="10.0.0.1", dst="10.0.0.2") / segment)
    return Sighting(
        at_ns=packet.at_ns, phase="sent", frame=packet.frame, sender=packet.src, receiver=packet.dst, raw=raw,
        medium="wire", tags=(),
    )  # fmt: skip


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Writes a run directory of the cases that the test gives."""

    def make(cases: Sequence[tuple[CaseResult, tuple[Event, ...]]], **more: Any) -> Path:
        return write_run(tmp_path / "made", cases, **more)

    return make


@pytest.fixture
def cases() -> list[tuple[CaseResult, tuple[Event, ...]]]:
    return three_cases()


def _recorded(event: Event, seen: dict[str, int]) -> Event:
    at_ns = event.at_ns + START_NS
    if isinstance(event, Packet):
        return replace(event, at_ns=at_ns, source=f"frame {event.frame}")
    told = isinstance(event, (State, Callback, Fact))
    file = "journal" if told else "strace.txt" if isinstance(event, Call) else "lab"
    seen[file] = seen.get(file, 0) + 1
    return replace(event, at_ns=at_ns, source=f"{file}:{seen[file]}")


def hostile_run(run_dir: Path) -> Path:
    """A run in which everything that a subject, a packet or a file can say tries to break out of the page."""
    nasty: list[Event] = [
        Callback(at_ns=1, who="client", name=BREAK_OUT, args=BREAK_OUT, source="journal:1"),
        State(at_ns=2, who="client", old=BREAK_OUT, new=BREAK_OUT),
        Fact(at_ns=3, who=BREAK_OUT, name="x", text=BREAK_OUT, source=BREAK_OUT),
        Packet(
            at_ns=4, src=BREAK_OUT, dst="client", data=BREAK_OUT, size=9, info=BREAK_OUT, tags=(BREAK_OUT,), frame=1
        ),
        Peer(at_ns=5, who=BREAK_OUT, action=BREAK_OUT, detail=BREAK_OUT),
        DnsQuery(at_ns=6, who="dns", name=BREAK_OUT),
        OtherCall(at_ns=7, who="client", name="write", text=BREAK_OUT, source="strace.txt:1"),
    ]
    result, _ = three_cases()[1]
    said = dict.fromkeys(("says", "reason", "why", "source", "force"), BREAK_OUT)
    judged = tuple(replace(one, id=one.id + BREAK_OUT, **said) for one in (*result.clauses, *result.expectations))
    fields = ("id", "spec", "scenario", "why", "reason", "file", "subject", "exit", "error", "canonical")
    texts = dict.fromkeys(fields, BREAK_OUT)
    lists = dict.fromkeys(("states", "branches", "points", "cut"), (BREAK_OUT,))
    judgements = {"clauses": judged, "expectations": judged[:1]}
    hostile = replace(result, axes={BREAK_OUT: BREAK_OUT}, phases_ms={BREAK_OUT: 1.0}, **texts, **lists, **judgements)
    names = dict.fromkeys(("spec", "subject", "command", "version", "started"), BREAK_OUT)
    environment = {BREAK_OUT: BREAK_OUT, "tools": {BREAK_OUT: BREAK_OUT}, "kernel": BREAK_OUT}
    write_run(run_dir, [(hostile, tuple(nasty))], environment=environment, **names)
    (run_dir / "kill-matrix.json").write_text(json.dumps({BREAK_OUT: [BREAK_OUT, judged[0].id]}))
    where = run_dir / hostile.directory
    for name in ("stdout.txt", "strace.txt", "journal.jsonl"):
        (where / name).write_text(BREAK_OUT + "\x1b[2J\x00")
    (where / "stderr.txt").write_bytes(b"\xff" + BREAK_OUT.encode())
    frame = Sighting(4, "sent", 1, "client", "server", bytes(12) + b"\x12\x34" + BREAK_OUT.encode())
    (where / "wire.pcapng").write_bytes(pcapng.dump([frame]))
    return run_dir
