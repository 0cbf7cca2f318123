"""Real programs under a real strace read as what they did."""

from __future__ import annotations

import pytest

from harness import notation
from harness.events import Connect, Ready, Send, Wait, Watch

from .conftest import Record, read, told

REFUSED = """
s = socket.socket()
s.setblocking(False)
try:
    s.connect(("127.0.0.1", 9))
except BlockingIOError:
    pass
p = select.epoll()
p.register(s, select.EPOLLOUT{edge})
p.poll(5)
s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
p.unregister(s)
s.close()
"""


@pytest.mark.parametrize(("edge", "interest"), [("", "OUT"), (" | select.EPOLLET", "OUT|ET")])
def test_a_refused_connection_with_epoll(record: Record, edge: str, interest: str) -> None:
    recorded = read(record(REFUSED.format(edge=edge)))
    assert told(recorded.events) == (
        "client socket(inet, stream) = sock1\n"
        "client setnonblocking(sock1, on) = 0\n"
        "client connect(sock1, 127.0.0.1:9) = EINPROGRESS\n"
        f"client watch(sock1, {interest}) = 0\n"
        "client wait(5000) = 1\n"
        "client ready(sock1) = OUT|ERR|HUP\n"
        "client getsockopt(sock1, SO_ERROR) = ECONNREFUSED\n"
        "client unwatch(sock1) = 0\n"
        "client close(sock1) = 0\n"
    )
    assert (recorded.cut, recorded.strays) == (False, [])


ACCEPTED = """
l = socket.socket(socket.AF_INET6)
l.bind(("::1", 0))
l.listen(5)
c = socket.socket(socket.AF_INET6)
c.connect(l.getsockname())
a, _ = l.accept()
c.sendall(b'he"llo\\n\\x00' + b"x" * 50)
a.recv(100)
c.sendmsg([b"ab", b"cd"])
a.recvmsg(10)
os.writev(c.fileno(), [b"e", b"f"])
os.read(a.fileno(), 9)
c.shutdown(socket.SHUT_WR)
a.recv(5)
a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
a.getpeername()
for s in (a, c, l): s.close()
"""


def test_an_accepted_connection_and_its_data(record: Record) -> None:
    assert told(read(record(ACCEPTED)).events) == (
        "client socket(inet6, stream) = sock1\n"
        "client bind(sock1, [::1]:0) = 0\n"
        "client listen(sock1, 5) = 0\n"
        "client socket(inet6, stream) = sock2\n"
        "client getsockname(sock1) = [::1]:p\n"
        "client connect(sock2, [::1]:p) = 0\n"
        "client accept(sock1) = sock3 [::1]:p\n"
        "client getsockname(sock3) = [::1]:p\n"
        'client send(sock2, 58 "he\\"llo\\n\\u0000xxxxxxxxxxxxxxxxxxxxxxxx") = 58\n'
        'client recv(sock3, 100) = 58 "he\\"llo\\n\\u0000xxxxxxxxxxxxxxxxxxxxxxxx"\n'
        'client send(sock2, 4 "abcd") = 4\n'
        'client recv(sock3, 10) = 4 "abcd"\n'
        'client send(sock2, 2 "ef") = 2\n'
        'client recv(sock3, 9) = 2 "ef"\n'
        "client shutdown(sock2, WR) = 0\n"
        "client recv(sock3, 5) = 0 EOF\n"
        "client setsockopt(sock3, TCP_NODELAY, [1]) = 0\n"
        "client getpeername(sock3) = [::1]:p\n"
        "client close(sock3) = 0\nclient close(sock2) = 0\nclient close(sock1) = 0\n"
    )


POLLED = """
a, b = socket.socketpair()
r, w = os.pipe()
p = select.poll()
p.register(a, select.POLLIN)
p.register(r, select.POLLIN)
p.poll(10)
p.register(b, select.POLLOUT)
p.poll(10)
p.modify(b, select.POLLIN)
p.unregister(a)
p.poll(0)
select.select([a], [a, w], [], 0.25)
a.close()
select.select([b], [], [], 0)
"""


def test_poll_and_select_tell_what_changed_in_their_sets(record: Record) -> None:
    lines = told(read(record(POLLED)).events).splitlines()
    assert [line for line in lines if "poll)" in line or "select)" in line] == [
        "client watch(sock1, IN, poll) = 0",
        "client wait(10, poll) = 0",
        "client watch(sock2, OUT, poll) = 0",
        "client wait(10, poll) = 1",
        "client ready(sock2, poll) = OUT",
        "client unwatch(sock1, poll) = 0",
        "client watch(sock2, IN, poll) = 0",
        "client wait(0, poll) = 0",
        "client watch(sock1, IN|OUT, select) = 0",
        "client wait(250, select) = 2",
        "client ready(sock1, select) = OUT",
        "client watch(sock2, IN, select) = 0",
        "client wait(0, select) = 1",
        "client ready(sock2, select) = IN",
    ]


def test_a_readiness_comes_when_the_wait_returns(record: Record) -> None:
    events = read(record(REFUSED.format(edge=""))).events
    [wait] = [event for event in events if isinstance(event, Wait)]
    [ready] = [event for event in events if isinstance(event, Ready)]
    assert wait.at_ns < wait.until_ns == ready.at_ns


def test_data_of_epoll_need_not_be_the_descriptor(record: Record) -> None:
    program = """
import ctypes
class Event(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("events", ctypes.c_uint32), ("data", ctypes.c_uint64)]
c = ctypes.CDLL(None)
a, b = socket.socketpair()
p = select.epoll()
c.epoll_ctl(p.fileno(), 1, b.fileno(), ctypes.byref(Event(4, 0x7f00deadbeef)))
c.epoll_ctl(p.fileno(), 1, a.fileno(), ctypes.byref(Event(1, b.fileno())))
b.send(b"x")
c.epoll_pwait(p.fileno(), (Event * 9)(), 9, 100, None, 8)
"""
    ready = [event for event in read(record(program)).events if isinstance(event, Ready)]
    assert {(event.sock, event.mask) for event in ready} == {("sock2", "OUT"), ("sock1", "IN")}


def test_unix_and_netlink_addresses(record: Record) -> None:
    program = """
u = socket.socket(socket.AF_UNIX)
u.bind("\\0hidden place")
n = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
n.bind((0, 0))
try: socket.socket(socket.AF_UNIX).connect('/no/such "place"')
except FileNotFoundError: pass
"""
    lines = told(read(record(program)).events)
    assert "bind(sock1, @hidden place) = 0" in lines
    assert "bind(sock2, netlink:0) = 0" in lines
    assert 'connect(sock3, "/no/such \\"place\\"") = ENOENT' in lines


def test_all_that_was_read_can_be_written_and_read_again(record: Record) -> None:
    for program in (ACCEPTED, POLLED):
        events = read(record(program)).events
        again = notation.parse(notation.format(events))
        assert told(again) == told(events)


def test_every_event_says_which_line_it_is_from(record: Record) -> None:
    text = record(REFUSED.format(edge=""))
    lines = text.splitlines()
    for event in read(text).events:
        if isinstance(event, (Connect, Send, Watch)):
            number = int(event.source.removeprefix("strace.txt:"))
            assert {Connect: "connect(", Watch: "epoll_ctl(", Send: "send"}[type(event)] in lines[number - 1]
