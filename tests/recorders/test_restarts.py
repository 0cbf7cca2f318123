"""A call that is interrupted and goes on is one call; a call whose program gets EINTR was interrupted."""

from __future__ import annotations

import pytest

from .conftest import Record, read, told

BESIDE = """
mine, other = socket.socketpair()
poll = select.poll()
poll.register(mine, select.POLLIN)

def wait_until_it_is(*states):
    while open(f"/proc/{os.getppid()}/stat").read().rpartition(") ")[2][0] not in states:
        time.sleep(0.01)
"""
"""What a child needs to know of its parent: `S` is asleep in its call, `T` or `t` is stopped; see proc_pid_stat(5)."""
STOPPED = """
if os.fork() == 0:
    wait_until_it_is("S")
    os.kill(os.getppid(), signal.SIGSTOP)
    wait_until_it_is("T", "t")
    os.kill(os.getppid(), signal.SIGCONT)
    wait_until_it_is("S")
    DO_THEN
    os._exit(0)
"""
ANSWER = "other.send(b'x')"


def stopped(do: str, then: str = "pass") -> str:
    """A program that is stopped and continued in what it does; what its child does then comes after that."""
    return f"{BESIDE}{STOPPED.replace('DO_THEN', then)}{do}"


def lines(text: str, *words: str) -> list[str]:
    """The events of the recording that have one of these words in them."""
    return [line for line in told(read(text).events).splitlines() if any(word in line for word in words)]


@pytest.mark.parametrize(("do", "line"), [
    ("poll.poll(600)", "client wait(600, poll) = 0"),
    ("select.select([mine], [], [], 0.6)", "client wait(600, select) = 0"),
])  # fmt: skip
def test_a_stop_does_not_end_a_wait(record: Record, do: str, line: str) -> None:
    assert lines(record(stopped(do)), "wait(") == [line]


@pytest.mark.parametrize(("do", "events"), [
    ("mine.recv(5)", ['client recv(sock1, 5) = 1 "x"']),
    ("select.select([mine], [], [], 9)", ["client wait(9000, select) = 1", "client ready(sock1, select) = IN"]),
])  # fmt: skip
def test_a_stop_does_not_end_a_call_that_is_made_anew(record: Record, do: str, events: list[str]) -> None:
    assert lines(record(stopped(do, ANSWER)), "wait(", "ready(", "recv(") == events


def test_what_a_poll_reported_after_a_stop_is_not_made_up(record: Record) -> None:
    """strace does not show it, so nothing can be judged by this recording."""
    recorded = read(record(stopped("poll.poll(9000)", ANSWER)))
    assert "client wait(9000, poll) = 1" in told(recorded.events)
    assert recorded.cut
    assert [stray.partition(": ")[2] for stray in recorded.strays] == ["poll was interrupted, and went on out of sight"]


SIGNAL = """
heard, say = os.pipe()
signal.signal(signal.SIGALRM, lambda number, frame: os.write(say, b"!"))
signal.siginterrupt(signal.SIGALRM, INTERRUPTS)
if os.fork() == 0:
    wait_until_it_is("S")
    os.kill(os.getppid(), signal.SIGALRM)
    os.read(heard, 1) if INTERRUPTS else time.sleep(0.2)  # Python's handler waits for a call that does not return
    wait_until_it_is("S")
    other.send(b"x")
    os._exit(0)
mine.recv(5)
"""


@pytest.mark.parametrize(("interrupts", "events"), [
    (True, ["client recv(sock1, 5) = -1 EINTR", 'client recv(sock1, 5) = 1 "x"']),
    (False, ['client recv(sock1, 5) = 1 "x"']),
])  # fmt: skip
def test_whether_a_signal_ends_a_call_is_up_to_its_handler(record: Record, interrupts: bool, events: list[str]) -> None:
    assert lines(record(BESIDE + SIGNAL.replace("INTERRUPTS", str(interrupts))), "recv(") == events
