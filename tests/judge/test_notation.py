"""The text notation reads back what it wrote, and points at what it cannot read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from harness import events as ev
from harness import notation, serial
from harness.errors import InputError
from harness.events import Event

WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,8}", fullmatch=True)
HOSTS = st.sampled_from(["client", "server", "dns", "router-1"])
SOCKS = st.integers(1, 99).map(lambda number: f"sock{number}")
ERRORS = st.sampled_from(["", "EAGAIN", "ECONNREFUSED", "EBADF"])
TEXTS = st.text(max_size=20)
SAID = st.text(min_size=1, max_size=20)
ADDRESSES = st.sampled_from(["10.0.0.2:9", "[fd00::2]:9", "/run/a socket", '/tmp/") = 1', "0.0.0.0:0"])
SIZES = st.integers(0, 10**6)
MASKS = st.sets(st.sampled_from(ev.BITS)).map(ev.mask_of)
POLLERS = st.sampled_from(["epoll", "poll", "select"])
PORTS = st.integers(0, 65535)
STATES = st.one_of(st.just(""), WORDS)

FIELDS: dict[type[Event], dict[str, st.SearchStrategy[object]]] = {
    ev.Socket: {"sock": SOCKS, "family": WORDS, "type": WORDS, "nonblocking": st.booleans()},
    ev.SetNonblocking: {"sock": SOCKS, "on": st.booleans()},
    ev.Bind: {"sock": SOCKS, "address": ADDRESSES},
    ev.Listen: {"sock": SOCKS, "backlog": st.integers(-1, 4096)},
    ev.Connect: {"sock": SOCKS, "address": ADDRESSES},
    ev.Accept: {"sock": SOCKS, "new": SOCKS, "address": st.one_of(st.just(""), ADDRESSES)},
    ev.GetSockOpt: {"sock": SOCKS, "option": WORDS, "value": SAID},
    ev.SetSockOpt: {"sock": SOCKS, "option": WORDS, "value": TEXTS},
    ev.GetPeerName: {"sock": SOCKS, "address": ADDRESSES},
    ev.GetSockName: {"sock": SOCKS, "address": ADDRESSES},
    ev.Send: {"sock": SOCKS, "size": SIZES, "result": SIZES, "data": TEXTS, "address": ADDRESSES},
    ev.Recv: {"sock": SOCKS, "size": SIZES, "result": st.integers(1, 99), "data": TEXTS, "address": ADDRESSES},
    ev.ShutDown: {"sock": SOCKS, "how": st.sampled_from(["RD", "WR", "RDWR"])},
    ev.Close: {"sock": SOCKS, "by_exit": st.booleans()},
    ev.Watch: {"sock": SOCKS, "poller": POLLERS, "interest": MASKS},
    ev.Unwatch: {"sock": SOCKS, "poller": POLLERS},
    ev.Wait: {"poller": POLLERS, "timeout_ms": st.integers(-1, 10**6), "count": st.one_of(st.none(), SIZES)},
    ev.Ready: {"sock": SOCKS, "poller": POLLERS, "mask": MASKS},
    ev.OtherCall: {"sock": SOCKS, "name": WORDS, "text": TEXTS},
    ev.Signal: {"name": st.sampled_from(["SIGPIPE", "SIGTERM"])},
    ev.State: {"old": STATES, "new": STATES},
    ev.Callback: {"name": WORDS, "args": TEXTS},
    ev.Fact: {"name": WORDS, "text": TEXTS},
    ev.Packet: {
        "phase": st.sampled_from(["sent", "arrived", "dropped"]),
        "src": st.one_of(HOSTS, st.just("fd00::9")), "dst": st.one_of(HOSTS, st.just("203.0.113.9")),
        "sport": PORTS, "dport": PORTS, "family": st.sampled_from(["ipv4", "ipv6"]),
        "seq": st.integers(-(2**31), 2**32), "ack": SIZES, "size": SIZES, "window": SIZES, "data": TEXTS, "info": TEXTS,
        "frame": SIZES, "tags": st.lists(st.sampled_from(["rule 1", "injected", "late"]), max_size=2).map(tuple),
    },
    ev.TcpState: {"local": st.sampled_from(["", "10.0.0.1:40000"]), "remote": st.sampled_from(["", "[fd00::2]:9"]),
                  "old": STATES, "new": STATES},
    ev.Counter: {"name": WORDS, "rose": st.integers(-9, 9)},
    ev.Fault: {"rule": SIZES, "action": SAID, "frame": SIZES},
    ev.DnsQuery: {"name": TEXTS, "type": WORDS},
    ev.DnsAnswer: {"name": WORDS, "type": WORDS, "outcome": WORDS, "answers": TEXTS},
    ev.Peer: {"action": WORDS, "detail": TEXTS},
    ev.PeerReady: {"name": WORDS, "mask": MASKS},
    ev.Exit: {"status": st.integers(-9, 255), "signal": st.sampled_from(["", "SIGKILL"])},
    ev.Mark: {"name": WORDS, "text": TEXTS},
}  # fmt: skip
LANES = {ev.Packet: "wire", ev.Fault: "lab", ev.Mark: "lab"}
NO_RESULT = {"result": 0, "data": "", "address": "", "value": "", "new": "", "count": None}


@st.composite
def events(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from(sorted(FIELDS, key=lambda kind: kind.__name__)))
    who = LANES.get(kind) or draw(HOSTS)
    event = kind(at_ns=0, who=who, **{name: draw(values) for name, values in FIELDS[kind].items()})  # type: ignore[arg-type]
    return as_spelt(event, draw(ERRORS), draw(st.booleans()))


def as_spelt(event: Event, error: str, datagram: bool) -> Event:
    """Without what has no spelling: the result of a call that failed, the flags of what is not TCP."""
    if isinstance(event, ev.Packet):
        return replace(event, proto="udp") if datagram else replace(event, flags="SA")
    if isinstance(event, ev.Exit):
        return replace(event, status=0) if event.signal else event
    if isinstance(event, ev.Call) and not isinstance(event, ev.Ready) and error:
        gone = {name: value for name, value in NO_RESULT.items() if hasattr(event, name) and name in _results(event)}
        return replace(event, error=error, **gone)  # type: ignore[arg-type]
    return event


def _results(event: Event) -> set[str]:
    """The fields that a call fills in only when it succeeds."""
    asked = {ev.Send: {"result"}, ev.Bind: set(), ev.Connect: set(), ev.SetSockOpt: set(), ev.OtherCall: set()}
    return asked.get(type(event), set(NO_RESULT))


def test_every_class_of_event_has_a_spelling_and_is_tried() -> None:
    assert set(FIELDS) == set(ev.KINDS.values())


@settings(max_examples=400)
@given(st.lists(events(), max_size=6))
def test_what_is_written_reads_back_as_the_same_events(written: list[Event]) -> None:
    timed = [replace(event, at_ns=place * 1_000_000) for place, event in enumerate(written)]
    if any(isinstance(event, ev.Socket) and event.error for event in timed):
        timed = [replace(e, sock="") if isinstance(e, ev.Socket) and e.error else e for e in timed]
    read = notation.parse(notation.format(timed))
    assert [replace(e, pid=0) if isinstance(e, ev.Call) else e for e in read] == timed


@settings(max_examples=200)
@given(events())
def test_a_line_of_json_reads_back_as_the_same_event(event: Event) -> None:
    assert serial.load_all(serial.dump_all([event])) == [event]


def test_several_lines_of_json_read_back_in_order() -> None:
    written = [ev.Connect(at_ns=1, who="client", sock="sock1"), ev.Packet(at_ns=2, tags=("rule 1",))]
    assert serial.load_all(serial.dump_all(written) + b"\n") == written


def test_json_leaves_out_what_is_at_its_default() -> None:
    assert serial.dump_all([ev.Close(at_ns=5, sock="sock1")]) == b'{"kind":"Close","at_ns":5,"sock":"sock1"}\n'


def test_blank_lines_and_comments_are_skipped() -> None:
    text = '# a comment\n\nclient  send(sock1, 3 "a#b") = 3  # another'
    [event] = notation.parse(text)
    assert event == ev.Send(at_ns=0, who="client", sock="sock1", size=3, result=3, data="a#b")


def test_a_line_without_a_time_comes_a_microsecond_after_the_one_above() -> None:
    times = [event.at_ns for event in notation.parse("1.5 lab mark a\nlab mark b\nlab mark c")]
    assert times == [1_500_000_000, 1_500_001_000, 1_500_002_000]


def test_the_journal_of_another_program_names_its_lane() -> None:
    mine, other = notation.parse("journal state a -> b\nserver/journal state a -> b", subject="client")
    assert (mine.who, other.who) == ("client", "server")


def test_a_second_thread_is_written_with_its_number() -> None:
    calls = [ev.Wait(at_ns=0, who="client", pid=70), ev.Wait(at_ns=1000, who="client", pid=71)]
    assert [line.split()[1] for line in notation.lines(calls)] == ["client", "client+2"]
    assert [call.pid for call in notation.parse(notation.format(calls)) if isinstance(call, ev.Call)] == [0, 2]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("client  conect(sock1, 10.0.0.2:9) = 0", "1:9", "begins with `conect`"),
        ("client  connect(sock1, 10.0.0.2:9) = 17", "1:38", "not how Connect is written"),
        ("\njournal state connecting", "2:25", "not how State is written"),
        ("0.1 wire client > server", "1:19", "not how Packet is written"),
        ("client", "1:7", "nothing happens"),
        ("kernel  client SYN_SENT", "1:24", "not how TcpState is written"),
    ],
)
def test_a_misspelt_line_is_pointed_at(text: str, place: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        notation.parse(text, file="x.txt")
    [problem] = refused.value.problems
    assert (f"{problem.line}:{problem.column}", message in problem.message) == (place, True), str(problem)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        notation.parse("client  nonsense\nlab mark fine\njournal nonsense")
    assert [problem.line for problem in refused.value.problems] == [1, 3]
