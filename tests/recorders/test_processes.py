"""Programs of several threads and processes under a real strace, read as what they did."""

from __future__ import annotations

import pytest

from harness import notation
from harness.events import Call, Close, Signal, Wait
from harness.recorders import strace

from .conftest import Record, read, root_of, told

THREADS = """
a, b = socket.socketpair()
def wait():
    a.recv(5)
    u = socket.socket(type=socket.SOCK_DGRAM)
    u.sendto(b"late", ("127.0.0.1", 9))
    u.close()
t = threading.Thread(target=wait)
t.start()
while open(f"/proc/self/task/{t.native_id}/stat").read().rpartition(")")[2].split()[0] != "S": pass
s = socket.socket(); s.close()
b.send(b"go")
t.join()
a.close(); b.close()
"""


def test_a_call_that_others_interrupt_in_the_text_is_told_at_its_entry(record: Record) -> None:
    text = record(THREADS)
    assert "<... recvfrom resumed>" in text
    recorded = read(text)
    lines = [line for line in told(recorded.events).splitlines() if "socket(unix" not in line and "name(" not in line]
    assert lines == [
        'client+2 recv(sock1, 5) = 2 "go"',
        "client socket(inet, stream) = sock3",
        "client close(sock3) = 0",
        'client send(sock2, 2 "go") = 2',
        "client+2 socket(inet, dgram) = sock4",
        'client+2 send(sock4, 4 "late" to 127.0.0.1:9) = 4',
        "client+2 close(sock4) = 0",
        "client close(sock1) = 0",
        "client close(sock2) = 0",
    ]
    assert not recorded.cut


FORKED = """
s = socket.socket()
t = socket.socket()
if (pid := os.fork()) == 0:
    s.close()
    u = socket.socket()
    os._exit(0)
os.waitpid(pid, 0)
s.close()
d = os.dup(t.fileno())
t.close()
os.close(d)
"""


def test_a_socket_is_closed_with_its_last_descriptor(record: Record) -> None:
    recorded = read(record(FORKED))
    assert told(event for event in recorded.events if not isinstance(event, Signal)) == (
        "client socket(inet, stream) = sock1\n"
        "client socket(inet, stream) = sock2\n"
        "client+2 socket(inet, stream) = sock3\n"
        "client+2 close(sock3) = 0 by exit\n"
        "client close(sock1) = 0\n"
        'client other(sock2, close) = 0 "close(4) = 0"\n'
        "client close(sock2) = 0\n"
    )
    assert not recorded.cut


EXECUTED = """
kept, given = socket.socket(), socket.socket()
r, w = os.pipe()
os.set_inheritable(r, True)
if os.fork() == 0:
    os.dup2(r, 0)
    os.execv("/bin/cat", ["/bin/cat"])
{close}
os.close(w)
os.wait()
os._exit(0)
"""


@pytest.mark.parametrize(("close", "by_exit"), [("given.close()", False), ("", True)])
def test_a_copy_that_a_child_holds_for_a_while_is_no_leak(record: Record, close: str, by_exit: bool) -> None:
    events = read(record(EXECUTED.format(close=close))).events
    assert {event.sock: event.by_exit for event in events if isinstance(event, Close)} == {
        "sock1": True, "sock2": by_exit,
    }  # fmt: skip


NAMESPACES = """
import ctypes
def child():
    t = threading.Thread(target=lambda: socket.socket().close())
    t.start(); t.join()
    if (pid := os.fork()) == 0:
        socket.socket(type=socket.SOCK_DGRAM).close()
        os._exit(0)
    os.waitpid(pid, 0)
    socket.socket(socket.AF_INET6).close()
if ctypes.CDLL(None).unshare(0x30000000):
    os._exit(9)
if (pid := os.fork()) == 0:
    child()
    os._exit(0)
os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_children_are_known_although_their_namespace_counts_anew(record: Record) -> None:
    recorded = read(record(NAMESPACES))
    assert told(event for event in recorded.events if not isinstance(event, Signal)) == (
        "client socket(inet, stream) = sock1\nclient close(sock1) = 0\n"
        "client+2 socket(inet, dgram) = sock2\nclient+2 close(sock2) = 0\n"
        "client+3 socket(inet6, stream) = sock3\nclient+3 close(sock3) = 0\n"
    )
    assert not recorded.cut


def test_the_program_may_be_any_child_of_what_is_recorded(record: Record) -> None:
    text = record(NAMESPACES)
    first = root_of(text)
    child = next(int(line.split()[0]) for line in text.splitlines() if int(line.split()[0]) != first)
    assert len(strace.parse(text, who="client", root=child).events) == 7


def test_what_came_before_the_program_began_is_not_its_own(record: Record) -> None:
    text = record("a = socket.socket(); a.listen(); b = socket.socket(); b.listen(); a.close(); b.close()")
    second = [event for event in read(text).events if isinstance(event, Call) and event.sock == "sock2"]
    since = strace.parse(text, who="client", root=root_of(text), since_ns=second[0].at_ns)
    assert told(since.events) == (
        "client socket(inet, stream) = sock1\nclient listen(sock1, 128) = 0\nclient close(sock1) = 0\n"
    )


def test_a_program_that_is_killed_while_it_waits(record: Record) -> None:
    program = """
a, b = socket.socketpair()
signal.setitimer(signal.ITIMER_REAL, 0.1)
select.select([a], [], [], 30)
"""
    recorded = read(record(program, status=-14))
    wait = next(event for event in recorded.events if isinstance(event, Wait))
    assert (wait.timeout_ms, wait.count, recorded.cut) == (30_000, None, False)
    assert [event.by_exit for event in recorded.events if isinstance(event, Close)] == [True, True]
    assert [event.name for event in recorded.events if isinstance(event, Signal)] == ["SIGALRM"]


def test_what_several_processes_did_can_be_written_and_read_again(record: Record) -> None:
    events = read(record(FORKED)).events
    assert told(notation.parse(notation.format(events))) == told(events)
