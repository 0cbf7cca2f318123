"""What a program tells of itself agrees with what strace saw of it, and telling changes nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.events import Signal, Wait
from harness.recorders import launcher
from harness.recorders.recorded import Recorded

from .conftest import IMPORTS, PATIENCE_S, Record, read, told
from .test_processes import FORKED, THREADS
from .test_programs import ACCEPTED, POLLED, REFUSED

ROOT = Path(__file__).parents[2]
INSTALL = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom harness.recorders import launcher\nlauncher.install(1)\n"
)
MORE = """
import selectors
l = socket.create_server(("127.0.0.1", 0))
c = socket.create_connection(l.getsockname())
a, _ = l.accept()
with selectors.DefaultSelector() as s:
    s.register(c, selectors.EVENT_WRITE)
    s.select(1)
    s.modify(c, selectors.EVENT_READ)
    s.select(0)
a.setblocking(False)
try: a.recv(7)
except BlockingIOError: pass
c.settimeout(None)
c.send(b"x" * 40, socket.MSG_NOSIGNAL)
a.recv_into(bytearray(100))
u = socket.socket(type=socket.SOCK_DGRAM)
u.bind(("127.0.0.1", 0))
u.sendto(b"self", u.getsockname())
u.recvfrom(10)
try: c.getsockopt(socket.IPPROTO_TCP, 9999)
except OSError: pass
d = a.dup()
for s in (u, a, d, c, l): s.close()
"""


def tell(program: str, *, status: int = 0) -> Recorded:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORTS + INSTALL + program],
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == status, done.stderr.decode()
    return launcher.parse(done.stdout, who="client")


def comparable(recorded: Recorded) -> str:
    """Without signals, which Python has no words for, and without the text of other calls, which names descriptors."""
    text = told(event for event in recorded.events if not isinstance(event, Signal))
    return re.sub(r'( other\(\w+, \w+\) = \S+(?: [A-Z]+)?)( ".*")?', r"\1", text)


QUEUED = """
s = socket.socket(type=socket.SOCK_DGRAM)
s.setblocking(False)
s.setsockopt(socket.IPPROTO_IP, 11, 1)
def taken():
    try: s.recvmsg(99, 99, socket.MSG_ERRQUEUE)
    except BlockingIOError: pass
taken()
s.connect(("127.0.0.1", 9))
s.send(b"refused")
p = select.poll()
p.register(s, 0)
p.poll(5000)
taken()
try: s.recvmsg(7)
except BlockingIOError: pass
a, b = socket.socketpair()
b.sendmsg([b"ab", b"", b"cde"])
a.recvmsg_into([bytearray(3), bytearray(9)])
os.dup2(a.fileno(), 40)
os.dup2(b.fileno(), 40, inheritable=False)
a.close(); b.close(); os.close(40)
"""
OPTIONS = """
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\5\\0\\0\\0")
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, b"\\0" * 16)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, b"\\0" * 16)
s.setsockopt(socket.IPPROTO_IP, 11, 1)
v = socket.socket(socket.AF_INET6)
v.setsockopt(socket.IPPROTO_IPV6, 25, 1)
u, w = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
try: u.listen(1)
except OSError: pass
"""
WRITEV = 'os.writev(c.fileno(), [b"e", b"f"])'
PROGRAMS = {
    "refused": REFUSED.format(edge=" | select.EPOLLET"),
    "accepted": ACCEPTED.replace(WRITEV, 'os.write(c.fileno(), b"ef")'),
    "polled": POLLED,
    "threads": THREADS,
    "forked": FORKED,
    "more": MORE,
    "queued": QUEUED,
    "options": OPTIONS,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_tells_the_same_as_strace(record: Record, name: str) -> None:
    recorded = tell(PROGRAMS[name])
    assert comparable(recorded) == comparable(read(record(PROGRAMS[name])))
    assert (recorded.cut, recorded.strays) == (False, [])


TRANSPARENT = """
import json, os, select, socket, sys
def tried(what):
    try: return repr(what())
    except BaseException as error: return f"{type(error).__name__}: {error}"
s = socket.socket()
closed = socket.socket(); closed.close()
class Odd:
    def fileno(self): return "no"
print(json.dumps([
    tried(lambda: s.connect("nowhere")),
    tried(lambda: s.connect(("127.0.0.1", 9))),
    tried(lambda: s.connect_ex(("127.0.0.1", 9))),
    tried(lambda: s.send("text")),
    tried(lambda: s.recv(-1)),
    tried(lambda: s.recv_into(b"")),
    tried(lambda: s.getpeername()),
    tried(lambda: s.settimeout("x")),
    tried(lambda: s.listen("x")),
    tried(lambda: s.shutdown(9)),
    tried(lambda: closed.recv(1)),
    tried(lambda: closed.connect(("127.0.0.1", 9))),
    tried(lambda: closed.close()),
    tried(lambda: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)),
    tried(lambda: s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)),
    tried(lambda: s.gettimeout()),
    tried(lambda: select.epoll().poll(0)),
    tried(lambda: select.epoll().register(Odd())),
    tried(lambda: select.poll().poll(0)),
    tried(lambda: select.poll().modify(99, 1)),
    tried(lambda: select.select([], [], [], 0)),
    tried(lambda: select.select([closed], [], [], 0)),
    tried(lambda: select.select([], [], [], -1)),
    tried(lambda: socket.socket(99)),
    tried(lambda: socket.socket(type=77)),
    tried(lambda: os.close(9999)),
    tried(lambda: os.read(9999, 1)),
    tried(lambda: os.write(9999, b"")),
    tried(lambda: s.sendmsg(5)),
    tried(lambda: s.sendto(b"x", 7)),
    tried(lambda: s.family),
    tried(lambda: s.type),
]), file=sys.stderr)
"""


def test_results_and_exceptions_are_those_of_the_calls() -> None:
    plain, watched = (
        subprocess.run([sys.executable, "-I", "-S", "-c", install + TRANSPARENT], capture_output=True, check=True)
        for install in ("", INSTALL)
    )
    assert json.loads(watched.stderr) == json.loads(plain.stderr)


def test_a_program_that_is_killed_while_it_waits() -> None:
    recorded = tell(
        "a, b = socket.socketpair()\nsignal.setitimer(signal.ITIMER_REAL, 0.1)\nselect.select([a], [], [], 30)",
        status=-14,
    )
    [wait] = [event for event in recorded.events if isinstance(event, Wait)]
    assert (wait.timeout_ms, wait.count) == (30_000, None)


def test_a_line_that_was_cut_is_a_cut() -> None:
    assert launcher.parse(b"5 1.0 getpid() = 5\n5 2.0 socket(AF_IN", who="client").cut
    assert launcher.parse(b"", who="client").cut
    assert not launcher.parse(b"5 1.0 getpid() = 5\n", who="client").cut


def test_a_reader_that_is_gone_is_no_reason_to_fail() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    program = INSTALL.replace("install(1)", f"install({write_end})") + "import socket; socket.socket().close()"
    subprocess.run([sys.executable, "-I", "-S", "-c", program], pass_fds=[write_end], timeout=PATIENCE_S, check=True)
    os.close(write_end)
