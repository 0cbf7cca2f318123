"""Names are looked up beside the loop, and what comes too late starts nothing."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

from tests.toys.steps import ESTABLISHED, start, told
from toys.toy9 import errors
from toys.toy9.loop import Dial
from toys.toy9.resolver import Found, LookUp, literal

if TYPE_CHECKING:
    from tests.toys.conftest import Bench


class SlowName(Dial):
    """Looks names up as told, when told."""

    answer: Found
    gate: threading.Event

    def look_up(self) -> None:
        def slowly(host: str, port: int, family: str) -> Found:
            self.gate.wait(10)
            return self.answer

        self._look_up = LookUp(self.host, self.port, self.family, slowly)
        self.poller.watch(self._look_up.fd, frozenset({"in"}))


def slow_name(bench: Bench, answer: Found, *, timeout_ms: int = 0) -> SlowName:
    dial = SlowName(bench.client, bench.poller, "slow.lab", 9, timeout_ms=timeout_ms, family="any")
    dial.answer, dial.gate = answer, threading.Event()
    return dial


def found(port: int) -> Found:
    address = literal("127.0.0.1", port)
    assert address is not None
    return [address]


def test_the_loop_goes_on_while_a_name_is_looked_up(bench: Bench, listener: socket.socket) -> None:
    dial = slow_name(bench, found(listener.getsockname()[1]))
    dial.start()
    assert bench.poller.wait(0) == []
    dial.gate.set()
    dial.turn()
    dial.turn()
    assert told(bench) == ESTABLISHED


def test_a_name_that_cannot_be_found_starts_nothing(bench: Bench) -> None:
    dial = slow_name(bench, errors.of_name("EAI_AGAIN"))
    dial.start()
    dial.gate.set()
    dial.turn()
    assert told(bench) == [
        "idle -> connecting",
        "connecting -> error",
        "error name-temporarily-unavailable: name temporarily unavailable",
        "errorEncountered(EAI_AGAIN)",
    ]


def test_a_late_answer_starts_nothing(bench: Bench, listener: socket.socket) -> None:
    dial = slow_name(bench, found(listener.getsockname()[1]), timeout_ms=20)
    dial.run()
    before = told(bench)
    assert before[-1] == "errorEncountered(ETIMEDOUT)"
    dial.gate.set()
    assert bench.poller.wait(20) == []
    assert told(bench) == before
    assert bench.client.socket is None


def test_a_name_that_is_no_name_is_not_found(bench: Bench) -> None:
    start(bench, "x" * 64 + ".lab", 9).turn()
    assert told(bench)[-1] == "errorEncountered(EAI_NONAME)"
