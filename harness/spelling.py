"""How each kind of event is spelled: one table for each lane, with the pattern and the text of every class."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from harness import events as ev
from harness.forms import ERRNO, RESULT, STRING, TEXT, WORD, Form, text
from harness.packetline import WIRE


def ended(call: ev.Call, result: str = "0") -> str:
    return f"= -1 {call.error}" if call.error else f"= {result}"


def sized(size: int, data: str) -> str:
    return f"{size} {json.dumps(data)}" if data else f"{size}"


def poller(call: ev.Watch | ev.Unwatch | ev.Wait | ev.Ready) -> str:
    return "" if call.poller == "epoll" else f", {call.poller}"


def peer(address: str, word: str) -> str:
    return f" {word} {text(address)}" if address else ""


def more(value: str) -> str:
    return f" {text(value)}" if value else ""


def received(call: ev.Recv) -> str:
    return f"{sized(call.result, call.data) if call.result else '0 EOF'}{peer(call.address, 'from')}"


def call(name: str, *pieces: str, result: str = RESULT) -> tuple[str, ...]:
    return (rf"{name}\(", *pieces, r"\) = ", result)


def or_error(result: str) -> str:
    return rf"(?:-1 (?P<error>{ERRNO})|{result})"


SOCK = rf"(?P<sock>{WORD})"
ADDRESS = rf", (?P<address>{TEXT}|)"
POLLER = rf"(?:, (?P<poller>{WORD}))?"
DATA = rf"(?: (?P<data>{STRING}))?"
SIZE = r", (?P<size>\d+)"
TAKEN = r"(?P<result>\d+)"
FAMILY = rf"(?P<family>{WORD})"
TYPE = rf"(?P<type>{WORD}) "
WHO = rf"(?P<who>{WORD}) "
NEW = rf"(?P<new>{WORD})(?: (?P<address>{TEXT}))?"

CALLS: tuple[Form, ...] = (
    Form(
        ev.Socket,
        call("socket", FAMILY, rf", (?P<type>{WORD})", "(?P<nonblocking>, nonblock)?", result=or_error(SOCK)),
        lambda e: f"socket({e.family}, {e.type}{', nonblock' * e.nonblocking}) {ended(e, e.sock)}",
        "socket(inet, stream, nonblock) = sock1",
    ),
    Form(
        ev.SetNonblocking,
        call("setnonblocking", SOCK, ", (?P<on>on|off)"),
        lambda e: f"setnonblocking({e.sock}, {'on' if e.on else 'off'}) {ended(e)}",
        "setnonblocking(sock1, on) = 0",
    ),
    Form(
        ev.Bind,
        call("bind", SOCK, ADDRESS),
        lambda e: f"bind({e.sock}, {text(e.address)}) {ended(e)}",
        "bind(sock1, 10.0.0.1:0) = 0",
    ),
    Form(
        ev.Listen,
        call("listen", SOCK, r", (?P<backlog>-?\d+)"),
        lambda e: f"listen({e.sock}, {e.backlog}) {ended(e)}",
        "listen(sock1, 128) = 0",
    ),
    Form(
        ev.Connect,
        call("connect", SOCK, ADDRESS, result=rf"(?:0|(?:-1 )?(?P<error>{ERRNO}))"),
        lambda e: f"connect({e.sock}, {text(e.address)}) = {e.error or 0}",
        "connect(sock1, 10.0.0.2:9) = EINPROGRESS",
    ),
    Form(
        ev.Accept,
        call("accept", SOCK, "(?P<nonblocking>, nonblock)?", result=or_error(NEW)),
        lambda e: f"accept({e.sock}{', nonblock' * e.nonblocking}) {ended(e, e.new + more(e.address))}",
        "accept(sock1) = sock2 10.0.0.1:40000",
    ),
    Form(
        ev.GetSockOpt,
        call("getsockopt", SOCK, rf", (?P<option>{WORD})", result=or_error(f"(?P<value>{TEXT})")),
        lambda e: f"getsockopt({e.sock}, {e.option}) {ended(e, text(e.value))}",
        "getsockopt(sock1, SO_ERROR) = ECONNREFUSED",
    ),
    Form(
        ev.SetSockOpt,
        call("setsockopt", SOCK, rf", (?P<option>{WORD})", f"(?:, (?P<value>{STRING}|[^\"]*?))?"),
        lambda e: f"setsockopt({e.sock}, {e.option}{', ' + text(e.value) if e.value else ''}) {ended(e)}",
        "setsockopt(sock1, SO_REUSEADDR, 1) = 0",
    ),
    Form(
        ev.GetPeerName,
        call("getpeername", SOCK, result=or_error(f"(?P<address>{TEXT})")),
        lambda e: f"getpeername({e.sock}) {ended(e, text(e.address))}",
        "getpeername(sock1) = 10.0.0.2:9",
    ),
    Form(
        ev.GetSockName,
        call("getsockname", SOCK, result=or_error(f"(?P<address>{TEXT})")),
        lambda e: f"getsockname({e.sock}) {ended(e, text(e.address))}",
        "getsockname(sock1) = 10.0.0.1:40000",
    ),
    Form(
        ev.Send,
        call("send", SOCK, SIZE + DATA, f"(?: to (?P<address>{TEXT}))?", result=or_error(TAKEN)),
        lambda e: f"send({e.sock}, {sized(e.size, e.data)}{peer(e.address, 'to')}) {ended(e, str(e.result))}",
        'send(sock1, 5 "hello") = 5',
    ),
    Form(
        ev.Recv,
        call("recv", SOCK, SIZE, result=or_error(rf"{TAKEN}(?: EOF)?{DATA}(?: from (?P<address>{TEXT}))?")),
        lambda e: f"recv({e.sock}, {e.size}) {ended(e, received(e))}",
        'recv(sock1, 4096) = 5 "hello"',
    ),
    Form(
        ev.ShutDown,
        call("shutdown", SOCK, ", (?P<how>RD|WR|RDWR)"),
        lambda e: f"shutdown({e.sock}, {e.how}) {ended(e)}",
        "shutdown(sock1, WR) = 0",
    ),
    Form(
        ev.Close,
        call("close", SOCK, result=RESULT + "(?P<by_exit> by exit)?"),
        lambda e: f"close({e.sock}) {ended(e)}{' by exit' * e.by_exit}",
        "close(sock1) = 0",
    ),
    Form(
        ev.Watch,
        call("watch", SOCK, r", (?P<interest>[A-Z|]+|0)", POLLER),
        lambda e: f"watch({e.sock}, {e.interest}{poller(e)}) {ended(e)}",
        "watch(sock1, OUT) = 0",
    ),
    Form(
        ev.Unwatch,
        call("unwatch", SOCK, POLLER),
        lambda e: f"unwatch({e.sock}{poller(e)}) {ended(e)}",
        "unwatch(sock1) = 0",
    ),
    Form(
        ev.Wait,
        call("wait", r"(?P<timeout_ms>-?\d+)", POLLER, result=or_error(r"(?P<count>\d+|\?)")),
        lambda e: f"wait({e.timeout_ms}{poller(e)}) {ended(e, '?' if e.count is None else str(e.count))}",
        "wait(300) = 1",
    ),
    Form(
        ev.Ready,
        call("ready", SOCK, POLLER, result="(?P<mask>[A-Z|]+|0)"),
        lambda e: f"ready({e.sock}{poller(e)}) = {e.mask}",
        "ready(sock1) = IN|OUT",
    ),
    Form(
        ev.OtherCall,
        call("other", SOCK, f", (?P<name>{WORD})", result=f"{RESULT}(?: (?P<text>{TEXT}))?"),
        lambda e: f"other({e.sock}, {e.name}) {ended(e)}{more(e.text)}",
        "other(sock1, ioctl) = 0 ioctl(7, FIONREAD, [5])",
    ),
    Form(ev.Signal, ("signal ", f"(?P<name>{WORD})"), lambda e: f"signal {e.name}", "signal SIGPIPE"),
)  # fmt: skip

JOURNAL: tuple[Form, ...] = (
    Form(
        ev.State,
        ("state ", rf"(?P<old>{WORD})", " -> ", f"(?P<new>{WORD})"),
        lambda e: f"state {e.old or '-'} -> {e.new or '-'}",
        "state connecting -> error",
    ),
    Form(
        ev.Callback,
        ("callback ", rf"(?P<name>{WORD})", rf"\((?P<args>{TEXT}|)\)"),
        lambda e: f"callback {e.name}({text(e.args) if e.args else ''})",
        "callback errorEncountered(ECONNREFUSED)",
    ),
    Form(
        ev.Fact,
        ("fact ", rf"(?P<name>{WORD})", f"(?: (?P<text>{TEXT}))?"),
        lambda e: f"fact {e.name}{more(e.text)}",
        "fact local 10.0.0.1:40000",
    ),
)

KERNEL: tuple[Form, ...] = (
    Form(
        ev.Counter,
        (WHO, rf"(?P<name>{WORD}) ", r"\+?(?P<rose>-?\d+)"),
        lambda e: f"{e.who} {e.name} {e.rose:+}",
        "client TcpExtLockDroppedIcmps +1",
    ),
    Form(
        ev.TcpState,
        (WHO, rf"(?:(?P<local>{WORD}) (?P<remote>{WORD}) )?", rf" ?(?P<old>{WORD})", " -> ", f"(?P<new>{WORD})"),
        lambda e: f"{e.who} {_ends(e)}{e.old or '-'} -> {e.new or '-'}",
        "client 10.0.0.1:40000 10.0.0.2:9  SYN_SENT -> ESTABLISHED",
    ),
)  # fmt: skip


def _ends(state: ev.TcpState) -> str:
    return f"{state.local or '-'} {state.remote or '-'}  " if state.local or state.remote else ""


LAB: tuple[Form, ...] = (
    Form(
        ev.Fault,
        ("fault rule ", r"(?P<rule>\d+) ", f"(?P<action>{TEXT})", r" frame (?P<frame>\d+)"),
        lambda e: f"fault rule {e.rule} {text(e.action)} frame {e.frame}",
        "fault rule 1 delay frame 3",
    ),
    Form(
        ev.Exit,
        ("exit ", rf"(?P<who>{WORD}) ", r"(?:(?P<status>-?\d+)|(?P<signal>[A-Z]\w*))"),
        lambda e: f"exit {e.who} {e.signal or e.status}",
        "exit client 0",
    ),
    Form(
        ev.Mark,
        ("mark ", rf"(?P<name>{WORD})", f"(?: (?P<text>{TEXT}))?"),
        lambda e: f"mark {e.name}{more(e.text)}",
        "mark started",
    ),
    Form(
        ev.DnsQuery,
        (rf"{WHO}query ", TYPE, f"(?P<name>{TEXT})"),
        lambda e: f"{e.who} query {e.type} {text(e.name)}",
        "dns query A good.lab",
    ),
    Form(
        ev.DnsAnswer,
        (rf"{WHO}answer ", TYPE, rf"(?P<name>{STRING}|\S+)", rf" (?P<outcome>{WORD})", f"(?: (?P<answers>{TEXT}))?"),
        lambda e: f"{e.who} answer {e.type} {text(e.name)} {e.outcome}{more(e.answers)}",
        "dns answer A good.lab NOERROR 10.0.0.2",
    ),
    Form(
        ev.PeerReady,
        (WHO, rf"(?P<name>{WORD}) ready ", r"(?P<mask>[A-Z|]+|0)"),
        lambda e: f"{e.who} {e.name} ready {e.mask}",
        "server listener ready IN",
    ),
    Form(
        ev.Peer,
        (rf"{WHO}peer ", rf"(?P<action>{WORD})", f"(?: (?P<detail>{TEXT}))?"),
        lambda e: f"{e.who} peer {e.action}{more(e.detail)}",
        "server peer accepted 10.0.0.1:40000",
    ),
)  # fmt: skip

WRITE: dict[type[ev.Event], Callable[[Any], str]] = {
    form.kind: form.write for table in (CALLS, JOURNAL, KERNEL, LAB, WIRE) for form in table
}
"""The body of each kind of event as text."""
