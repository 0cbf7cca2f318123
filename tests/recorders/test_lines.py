"""Lines as strace writes them, kept from real recordings, and what is made of each."""

from __future__ import annotations

import pytest

from harness.recorders import lines, strace, values

from .conftest import told

HEAD = "50 1.000000000 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3 <0.000000010>\n"
TAIL = "50 9.000000000 +++ exited with 0 +++\n"


def one(line: str) -> str:
    """What a line about descriptor 3 becomes, without the socket that is made before and closed after it."""
    recorded = strace.parse(f"{HEAD}50 2.000000000 {line} <0.000000010>\n{TAIL}", who="client", root=50)
    assert not recorded.cut, recorded.strays
    return "".join(told(recorded.events).partition("sock1\n")[2].removesuffix("client close(sock1) = 0 by exit\n"))


ADDRESS = '{sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("10.0.0.2")}'
LINK_LOCAL = (
    '{sa_family=AF_INET6, sin6_port=htons(9), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "fe80::1", &sin6_addr), '
    'sin6_scope_id=if_nametoindex("eth0")}'
)
MESSAGE = (
    f'{{msg_name={ADDRESS}, msg_namelen=16, msg_iov=[{{iov_base="ab", iov_len=9}}, {{iov_base="c", iov_len=9}}], '
    "msg_iovlen=2, msg_controllen=0, msg_flags=0}"
)
BARE = "msg_name=NULL, msg_namelen=0, msg_iov=[%s], msg_iovlen=1, msg_controllen=0, msg_flags=0"
ONE, OTHER = BARE % '{iov_base="q1", iov_len=2}', BARE % '{iov_base="q22", iov_len=3}'
TWO = f"[{{msg_hdr={{{ONE}}}, msg_len=2}}, {{msg_hdr={{{OTHER}}}, msg_len=3}}]"
ENOTCONN = "-1 ENOTCONN (Transport endpoint is not connected)"
EACH = [
    (f"connect(3, {ADDRESS}, 16) = 0", "connect(sock1, 10.0.0.2:9) = 0"),
    (f"connect(3, {ADDRESS}, 16) = ? ERESTARTSYS (To be restarted)", "connect(sock1, 10.0.0.2:9) = EINTR"),
    (f"connect(3, {LINK_LOCAL}, 28) = -1 EINPROGRESS (Operation now in progress)",
     "connect(sock1, [fe80::1%eth0]:9) = EINPROGRESS"),
    ("getsockopt(3, SOL_SOCKET, SO_ERROR, [111], [4]) = 0", "getsockopt(sock1, SO_ERROR) = ECONNREFUSED"),
    ("getsockopt(3, SOL_SOCKET, SO_ERROR, [EHOSTUNREACH], [4]) = 0", "getsockopt(sock1, SO_ERROR) = EHOSTUNREACH"),
    ("getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0", "getsockopt(sock1, SO_ERROR) = 0"),
    ("setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=0}, 8) = 0",
     "setsockopt(sock1, SO_LINGER, {l_onoff=1, l_linger=0}) = 0"),
    (f"getpeername(3, 0x7ffe48e0d0a0, [28]) = {ENOTCONN}",
     "getpeername(sock1) = -1 ENOTCONN"),
    ("fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0", "setnonblocking(sock1, on) = 0"),
    ("fcntl(3, F_SETFL, O_RDWR) = 0", "setnonblocking(sock1, off) = 0"),
    ("fcntl(3, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)", ""),
    ("ioctl(3, FIONBIO, [0]) = 0", "setnonblocking(sock1, off) = 0"),
    ("ioctl(3, FIONREAD, [5]) = 0", 'other(sock1, ioctl) = 0 "ioctl(3, FIONREAD, [5]) = 0"'),
    ("close(3)     = 0", "close(sock1) = 0"),
    ('sendto(3, "he said \\") = 7\\n"..., 64, MSG_NOSIGNAL, NULL, 0) = 64',
     'send(sock1, 64 "he said \\") = 7\\n") = 64'),
    ('read(3, "\\377\\0\\33[", 4096) = 4', 'recv(sock1, 4096) = 4 "\\u00ff\\u0000\\u001b["'),
    ("recvfrom(3, 0x7f00, 10, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
     "recv(sock1, 10) = -1 EAGAIN"),
    ("recvmsg(3, {msg_namelen=0}, MSG_ERRQUEUE) = -1 EAGAIN (Resource temporarily unavailable)",
     'other(sock1, recvmsg) = -1 EAGAIN "recvmsg(3, {msg_namelen=0}, MSG_ERRQUEUE) = -1 EAGAIN"'),
    (f"recvmsg(3, {MESSAGE}, 0) = 3", 'recv(sock1, 18) = 3 "abc" from 10.0.0.2:9'),
    (f"sendmmsg(3, {TWO}, 2, MSG_NOSIGNAL) = 2",
     'send(sock1, 2 "q1") = 2\nclient send(sock1, 3 "q22") = 3'),
    ("sendfile(3, 4, [0] => [10], 100) = 10", "send(sock1, 100) = 10"),
    ("splice(3, NULL, 5, NULL, 65536, 0) = 12", "recv(sock1, 65536) = 12"),
    (f"shutdown(3, SHUT_RDWR) = {ENOTCONN}", "shutdown(sock1, RDWR) = -1 ENOTCONN"),
    ("recvfrom(3, 0x7f00, 10, MSG_ERRQUEUE, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
     'other(sock1, recvfrom) = -1 EAGAIN "recvfrom(3, 0x7f00, 10, MSG_ERRQUEUE, NULL, NULL) = -1 EAGAIN"'),
    ("listen(3, -1) = 0", "listen(sock1, -1) = 0"),
    ("ppoll([{fd=3, events=POLLIN|POLLRDHUP}], 1, {tv_sec=1, tv_nsec=500001}, NULL, 8) = 0 (Timeout)",
     "watch(sock1, IN|RDHUP, poll) = 0\nclient wait(1001, poll) = 0"),
    ("poll([{fd=3, events=POLLIN}], 1, -1) = 1 ([{fd=3, revents=POLLERR|POLLHUP}])",
     "watch(sock1, IN, poll) = 0\nclient wait(-1, poll) = 1\nclient ready(sock1, poll) = ERR|HUP"),
    ("pselect6(4, [3], [3], NULL, NULL, NULL) = 1 (out [3])",
     "watch(sock1, IN|OUT, select) = 0\nclient wait(-1, select) = 1\nclient ready(sock1, select) = OUT"),
    ("poll(NULL, 0, 100) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)", "wait(100, poll) = -1 EINTR"),
    ("kill(3, SIGTERM) = 0", ""),
    ('write(1, "hello\\n", 6) = 6', ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "event"), EACH, ids=[line.partition("(")[0] + str(n) for n, (line, _) in enumerate(EACH)]
)
def test_a_line_reads_as_its_event(line: str, event: str) -> None:
    assert one(line) == (f"client {event}\n" if event else "")


def test_the_timeout_of_an_epoll_wait_that_never_returned_is_not_known() -> None:
    text = f"{HEAD}50 2.000000000 epoll_wait(4,  <unfinished ...>) = ?\n{TAIL}"
    recorded = strace.parse(text, who="client", root=50)
    assert "wait(1) = ?" in told(recorded.events)
    assert recorded.strays == ["line 2: epoll_wait never returned, and its timeout was not shown"]
    assert not recorded.cut


def test_a_set_that_strace_abbreviates_tells_nothing_of_what_is_not_in_it() -> None:
    text = (
        f"{HEAD}50 2.000000000 poll([{{fd=3, events=POLLIN}}], 1, 0) = 0 (Timeout) <0.000000010>\n"
        f"50 3.000000000 poll([{{fd=7, events=POLLIN}}, ...], 2, 0) = 0 (Timeout) <0.000000010>\n{TAIL}"
    )
    recorded = strace.parse(text, who="client", root=50)
    assert "unwatch" not in told(recorded.events)
    assert recorded.strays == ["line 3: poll shows a part of its set only"]


def test_a_descriptor_that_is_used_anew_was_closed_unseen() -> None:
    recorded = strace.parse(HEAD + HEAD.replace("50 1", "50 2") + TAIL, who="client", root=50)
    assert told(recorded.events).count("close(sock1) = 0\n") == 1
    assert recorded.strays == ["line 2: descriptor 3 was closed by a call that was not recorded"]


def test_what_goes_through_a_ring_makes_the_recording_incomplete() -> None:
    assert strace.parse(f"{HEAD}50 2.0 io_uring_setup(8, {{}}) = 4\n{TAIL}", who="client", root=50).cut


def test_a_closed_number_is_free_while_its_close_still_goes_on() -> None:
    text = (
        f"{HEAD}50 1.100000000 clone3({{flags=CLONE_VM|CLONE_FILES|CLONE_THREAD}}, 88) = 51 <0.000000010>\n"
        "51 2.000000000 close(3 <unfinished ...>\n"
        "50 2.100000000 socket(AF_INET6, SOCK_STREAM, IPPROTO_IP) = 3 <0.000000010>\n"
        "51 2.200000000 <... close resumed>) = 0 <0.200000000>\n"
        f"50 2.300000000 listen(3, 5) = 0 <0.000000010>\n51 3.0 +++ exited with 0 +++\n{TAIL}"
    )
    recorded = strace.parse(text, who="client", root=50)
    assert told(recorded.events).splitlines()[1:4] == [
        "client+2 close(sock1) = 0",
        "client socket(inet6, stream) = sock2",
        "client listen(sock2, 5) = 0",
    ]
    assert recorded.strays == []


def test_the_other_way_to_write_a_pid_is_understood() -> None:
    text = (HEAD + TAIL).replace("50 ", "[pid    50] ")
    assert strace.parse(text, who="client", root=50) == strace.parse(HEAD + TAIL, who="client", root=50)


def test_what_others_wrote_is_not_looked_at() -> None:
    strangers = "49 0.5 <... recvmsg resumed>{...\n" + HEAD.replace("50 ", "49 ") + "49 1.5 nonsense\n"
    recorded = strace.parse("half a line\n" + strangers + HEAD + TAIL + "49 9.5 recvmsg(", who="client", root=50)
    assert told(recorded.events) == "client socket(inet, stream) = sock1\nclient close(sock1) = 0 by exit\n"
    assert not recorded.cut


@pytest.mark.parametrize(
    ("quoted", "data"),
    [
        (r"a\0b", b"a\0b"),
        (r"\377\33[0m", b"\xff\x1b[0m"),
        (r"\"\\\n\t\v\f\r", b'"\\\n\t\v\f\r'),
        (r"\1112", b"I2"),
        ("é", b"\xe9"),
    ],
)
def test_a_string_is_read_as_its_bytes(quoted: str, data: bytes) -> None:
    assert values.string(quoted) == data


@pytest.mark.parametrize(
    ("text", "ns"), [("1.5", 1_500_000_000), ("12.000000001", 12_000_000_001), ("0.25", 250_000_000)]
)
def test_times_are_nanoseconds(text: str, ns: int) -> None:
    assert lines.nanoseconds(text) == ns


def test_a_wait_that_was_killed_keeps_the_timeout_that_strace_showed() -> None:
    text = f"{HEAD}50 2.000000000 poll([{{fd=3, events=POLLIN}}], 1, 300 <unfinished ...>) = ?\n{TAIL}"
    assert "client wait(300, poll) = ?\n" in told(strace.parse(text, who="client", root=50).events)


def test_a_call_that_was_killed_is_no_success() -> None:
    text = f'{HEAD}50 2.000000000 sendto(3, "ab", 2, 0, NULL, 0 <unfinished ...>) = ?\n{TAIL}'
    assert 'client send(sock1, 2 "ab") = -1 EINTR\n' in told(strace.parse(text, who="client", root=50).events)


def test_a_child_is_known_by_its_number_before_it_is_known_by_its_turn() -> None:
    text = (
        "50 1.0 clone(child_stack=NULL, flags=SIGCHLD) = 60 <0.000000010>\n"
        + HEAD.replace("50 1", "55 2") + HEAD.replace("50 1", "60 3") + "60 4.0 +++ exited with 0 +++\n" + TAIL
    )  # fmt: skip
    assert [event.at_ns for event in strace.parse(text, who="client", root=50).events] == [3 * 10**9, 4 * 10**9]


def test_a_socket_that_was_closed_unseen_leaves_the_poll_set_silently() -> None:
    poll = "poll([{fd=3, events=POLLIN}], 1, 0) = 0 (Timeout) <0.000000010>\n"
    text = f"{HEAD}50 2.0 {poll}{HEAD.replace('50 1', '50 3')}50 4.0 {poll}{TAIL}"
    assert [
        line for line in told(strace.parse(text, who="client", root=50).events).splitlines() if "watch" in line
    ] == [
        "client watch(sock1, IN, poll) = 0",
        "client watch(sock2, IN, poll) = 0",
    ]
