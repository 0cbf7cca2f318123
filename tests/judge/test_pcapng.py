from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from harness import pcapng
from harness.events import Packet
from harness.result import Judgement
from netns.log import Sighting

START_NS = 1_700_000_000_123_456_789
SYN = bytes.fromhex(
    "02000000000202000000000108004500002800010000400666cd0a0000010a0000029c40000900000000000000005002faf0a4e30000"
)


class Record(NamedTuple):
    interface: str
    at_ns: int
    direction: int
    comments: list[str]
    raw: bytes


def sightings() -> list[Sighting]:
    return [
        Sighting(START_NS, "sent", 1, "client", "server", SYN),
        Sighting(START_NS + 40_001, "arrived", 1, "client", "server", SYN),
        Sighting(START_NS + 50_000, "sent", 2, "server", "client", SYN[::-1]),
        Sighting(START_NS + 300_000_007, "arrived", 2, "server", "client", SYN[::-1]),
        Sighting(START_NS + 400_000_000, "sent", 3, "client", "server", SYN + b"x"),
        Sighting(START_NS + 400_000_001, "dropped", 3, "client", "server", SYN + b"x", "wire", ("rule 1",)),
        Sighting(START_NS + 500_000_000, "sent", 4, "router", "server", SYN, "cable1"),
        Sighting(START_NS + 600_000_000, "sent", 5, "server", "client", SYN),
    ]


def read(data: bytes) -> list[Record]:
    """A reader of its own: the blocks by the draft, nothing shared with the writer."""
    names: list[str] = []
    found: list[Record] = []
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, at + length - 4) == (length,)
        body = data[at + 8 : at + length - 4]
        if kind == 1:
            options = dict(_options(body[8:]))
            assert options[9] == b"\x09"
            names.append(options[2].decode())
        elif kind == 6:
            number, high, low, captured, size = struct.unpack_from("<IIIII", body)
            assert captured == size
            options_list = _options(body[20 + (captured + 3) // 4 * 4 :])
            flags = next(struct.unpack("<I", value)[0] for code, value in options_list if code == 2)
            comments = [value.decode() for code, value in options_list if code == 1]
            found.append(Record(names[number], high << 32 | low, flags & 3, comments, body[20 : 20 + captured]))
        at += length
    return found


def _options(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data):
        code, length = struct.unpack_from("<HH", data, at)
        if code == 0:
            break
        found.append((code, data[at + 4 : at + 4 + length]))
        at += 4 + (length + 3) // 4 * 4
    return found


def test_each_frame_stands_once_where_the_subjects_host_saw_it() -> None:
    records = read(pcapng.dump(sightings()))
    assert [(one.interface, one.at_ns - START_NS, one.direction) for one in records] == [
        ("client", 0, 2),
        ("client", 300_000_007, 1),
        ("client", 400_000_001, 2),
        ("cable1:router", 500_000_000, 2),
        ("server", 600_000_000, 2),
    ]
    assert records[2].raw == SYN + b"x"


def test_a_lost_frame_says_so_and_clauses_speak_in_comments() -> None:
    records = read(pcapng.dump(sightings(), {1: ["T9-02 pass", "a second one"], 3: ["T9-13 fail: nothing came"]}))
    assert records[0].comments == ["T9-02 pass", "a second one"]
    assert records[2].comments == ["lost on the wire", "rule 1", "T9-13 fail: nothing came"]


def test_without_a_viewpoint_every_sighting_is_written() -> None:
    assert len(read(pcapng.dump(sightings(), viewpoint=""))) == len(sightings())


def test_a_long_comment_is_cut_between_characters() -> None:
    [comment] = read(pcapng.dump(sightings()[:1], {1: ["€" * 4000 + "\x00"]}))[0].comments
    assert comment == "€" * (pcapng.LONGEST_COMMENT // 3)


def test_comments_come_from_the_verdicts_that_rest_on_a_frame() -> None:
    events = [Packet(at_ns=1, frame=7), Packet(at_ns=2, frame=7, phase="arrived")]
    clause = Judgement(id="T9-11", outcome="fail", says="never read", reason="announced too early", evidence=(0, 1))
    assert pcapng.clause_comments([clause], events) == {7: ["T9-11 fail: announced too early"]}


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_nanoseconds_names_and_comments(tmp_path: Path) -> None:
    file = pcapng.write(tmp_path / "wire.pcapng", sightings(), {1: ["T9-02 pass: called once", "second"]})
    fields = ("frame.time_epoch", "frame.interface_name", "frame.comment", "frame.packet_flags_direction")
    asked = [argument for field in fields for argument in ("-e", field)]
    command = ["tshark", "-n", "-r", str(file), "-T", "fields", "-E", "aggregator=|", *asked]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert told[0].split("\t")[:3] == ["1700000000.123456789", "client", "T9-02 pass: called once|second"]
    assert told[1].split("\t")[:2] == ["1700000000.423456796", "client"]
    assert told[3].split("\t")[1] == "cable1:router"
    assert len(told) == 5
