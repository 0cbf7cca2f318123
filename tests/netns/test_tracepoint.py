"""The tracepoint's samples, as Linux 6.18 gave them for two connections over the loopback, are read field by field."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from netns import perf, tracepoint
from netns.errors import GroundError
from netns.perf import Ring, Sample
from netns.tracepoint import Change, Layout, places, read

from ..runner.sandboxed import lacking_tracepoint
from .conftest import InSandbox

RECORDED = Path(__file__).parent / "recorded"
FORMAT = (RECORDED / "format.txt").read_text()
HEAD = 20
"""Two pids, a time and the size of what follows."""


def samples() -> list[Sample]:
    told = [bytes.fromhex(line) for line in (RECORDED / "samples.txt").read_text().split()]
    return [Sample(int.from_bytes(one[8:16], "little"), int.from_bytes(one[:4], "little"), one[HEAD:]) for one in told]


def changes(change_raw: Callable[[bytes], bytes] = lambda raw: raw) -> list[Change]:
    return read([sample._replace(raw=change_raw(sample.raw)) for sample in samples()], Layout(2287, places(FORMAT)))


def told(change: Change) -> str:
    return f"{change.local} {change.remote} {change.old} -> {change.new}{'' if change.by_task else ' by itself'}"


def test_a_connection_and_its_reset_are_told_change_by_change() -> None:
    assert [told(change) for change in changes()] == [
        "127.0.0.1:46439 0.0.0.0:0 CLOSE -> LISTEN",
        "127.0.0.1:0 127.0.0.1:46439 CLOSE -> SYN_SENT",
        "127.0.0.1:51662 127.0.0.1:46439 SYN_SENT -> ESTABLISHED",
        "127.0.0.1:46439 127.0.0.1:51662 LISTEN -> SYN_RECV by itself",
        "127.0.0.1:46439 127.0.0.1:51662 SYN_RECV -> ESTABLISHED by itself",
        "127.0.0.1:51662 127.0.0.1:46439 ESTABLISHED -> CLOSE",
        "127.0.0.1:46439 127.0.0.1:51662 ESTABLISHED -> CLOSE by itself",
        "127.0.0.1:46439 0.0.0.0:0 LISTEN -> CLOSE",
        "[::1]:44373 [::]:0 CLOSE -> LISTEN",
        "[::1]:0 [::1]:44373 CLOSE -> SYN_SENT",
        "[::1]:55318 [::1]:44373 SYN_SENT -> ESTABLISHED",
        "[::1]:44373 [::1]:55318 LISTEN -> SYN_RECV by itself",
        "[::1]:44373 [::1]:55318 SYN_RECV -> ESTABLISHED by itself",
    ]


def test_each_change_has_its_time_its_task_and_its_socket() -> None:
    first, second, *_ = changes()
    assert (first.at_ns, first.pid) == (48845341915923, 21157)
    assert (second.at_ns, second.sk) == (48845341950690, 18446612698774655808)


def test_what_several_processors_told_is_put_in_the_order_of_its_times_and_moved_to_the_real_clock() -> None:
    mixed = [*samples()[1::2], *samples()[::2]]
    times = [change.at_ns for change in read(mixed, Layout(2287, places(FORMAT)), ahead_ns=1000)]
    assert times == sorted(times)
    assert times[0] == 48845341915923 + 1000


def test_sockets_of_other_protocols_are_left_out() -> None:
    assert changes(lambda raw: raw[:30] + (132).to_bytes(2, "little") + raw[32:]) == []


def test_what_changes_nothing_is_left_out() -> None:
    assert changes(lambda raw: raw[:16] + bytes([7, 0, 0, 0, 7, 0, 0, 0]) + raw[24:]) == []


def test_a_kernel_that_puts_its_fields_elsewhere_is_read_by_its_own_format() -> None:
    moved = FORMAT.replace("offset:24;", "offset:26;", 1).replace("dport;\toffset:26;", "dport;\toffset:24;")
    assert places(moved)["sport"] == (26, 2)
    assert places(moved)["dport"] == (24, 2)


def test_a_kernel_without_a_field_is_refused_by_its_name() -> None:
    with pytest.raises(GroundError, match=r"has no skaddr"):
        places(FORMAT.replace("skaddr", "skptr"))


def test_a_machine_without_tracefs_is_told_to_mount_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tracepoint, "ROOTS", (str(tmp_path),))
    with pytest.raises(GroundError, match="tracefs is not mounted") as refused:
        tracepoint.find()
    assert "mount -t tracefs" in refused.value.remedy


def test_a_kernel_without_the_tracepoint_is_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    monkeypatch.setattr(tracepoint, "ROOTS", (str(tmp_path),))
    with pytest.raises(GroundError, match="tracefs has no sock:inet_sock_set_state"):
        tracepoint.find()


@pytest.mark.skipif(bool(lacking_tracepoint()), reason=f"the tracepoint cannot be had: {lacking_tracepoint()}")
def test_more_than_a_ring_holds_is_noticed_though_the_kernel_had_no_room_to_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(perf, "_MOST", 1)
    rings = [Ring(fd) for fd in tracepoint.open_all(tracepoint.find())]
    for ring in rings:
        ring.begin()
    for _ in range(200):
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
            pass
    for ring in rings:
        ring.end()
        os.close(ring.fd)
    assert not all(ring.is_whole for ring in rings)


def test_root_of_a_sandbox_is_not_root_enough(in_sandbox: InSandbox) -> None:
    def tries() -> str:
        try:
            return tracepoint.try_out()
        except GroundError as refused:
            return f"{refused.what}; {refused.remedy}"

    assert "run it as root" in in_sandbox(tries) or "tracefs" in in_sandbox(tries)
