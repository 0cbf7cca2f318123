"""The lab knows when every program sleeps, and is not fooled by one that is about to be woken."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

from harness.runner.quiet import Quiet
from tests.runner.sandboxed import in_sandbox


def forked(body: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        body()
        os._exit(0)
    return pid


def until(fact: Callable[[], bool]) -> bool:
    """Whether the fact came true within half a minute."""
    limit = time.monotonic() + 30
    while not fact():
        if time.monotonic() > limit:
            return False
        time.sleep(0.0001)
    return True


def spin() -> None:
    while True:
        pass


def test_with_nobody_there_all_is_quiet() -> None:
    assert in_sandbox(lambda: Quiet().asleep()) is True


def test_a_program_that_waits_is_asleep() -> None:
    def play() -> bool:
        quiet = Quiet()
        forked(signal.pause)
        return until(quiet.asleep)

    assert in_sandbox(play) is True


def test_a_program_that_computes_is_not() -> None:
    def play() -> list[bool]:
        quiet = Quiet()
        forked(spin)
        return [quiet.asleep() for _ in range(200)]

    assert not any(in_sandbox(play))


def test_a_second_thread_that_computes_keeps_its_program_awake() -> None:
    def two_threads() -> None:
        threading.Thread(target=spin, daemon=True).start()
        signal.pause()

    def play() -> bool:
        quiet = Quiet()
        forked(two_threads)
        until(lambda: quiet.cpu_ns() > 20_000_000)
        return any(quiet.asleep() for _ in range(200))

    assert in_sandbox(play) is False


def test_two_programs_that_wake_each_other_are_never_both_asleep() -> None:
    """The trap: one is seen asleep, is then woken by the other, and the other is seen asleep."""

    def play() -> int:
        quiet = Quiet()
        there, back = os.pipe(), os.pipe()

        def ping(read: int, write: int) -> None:
            while os.read(read, 1):
                os.write(write, b".")

        forked(lambda: ping(there[0], back[1]))
        forked(lambda: ping(back[0], there[1]))
        os.write(there[1], b".")
        return sum(quiet.asleep() for _ in range(500))

    assert in_sandbox(play) == 0


def test_what_has_ended_but_was_not_waited_for_does_not_count() -> None:
    def play() -> bool:
        quiet = Quiet()
        pid = forked(lambda: None)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return quiet.asleep()

    assert in_sandbox(play) is True


def test_cpu_time_is_that_of_all_programs() -> None:
    def play() -> bool:
        quiet = Quiet()
        forked(spin)
        before = quiet.cpu_ns()
        return until(lambda: quiet.cpu_ns() > before + 1_000_000)

    assert in_sandbox(play) is True
