"""The vocabulary: one class for each thing that a point of observation can see.

`at_ns` is CLOCK_REALTIME in nanoseconds everywhere, because strace knows no other clock. Sockets are named by identity
(`sock1`, `sock2`, in order of creation within the case), never by descriptor: a descriptor is reused, an identity is
not. Masks are written as the kernel's own names joined by `|`, in the order of `BITS`, without the EPOLL prefix.

    0.000000  client  connect(sock1, 10.0.0.2:9) = EINPROGRESS       Connect
    0.000051  wire    client > server  S                             Packet, sent
    0.000160  client  ready(sock1) = IN|OUT|ERR|HUP|RDHUP            Ready
    0.000190  journal state connecting -> error                      State
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

Point = Literal["subject", "syscall", "wire", "kernel", "lab"]
Phase = Literal["sent", "arrived", "dropped"]

POINTS: tuple[Point, ...] = ("subject", "syscall", "wire", "kernel", "lab")
BITS = ("IN", "PRI", "OUT", "ERR", "HUP", "RDHUP", "ET", "ONESHOT", "EXCLUSIVE")


def bits(mask: str) -> frozenset[str]:
    """The names in a mask: `bits("IN|OUT") == {"IN", "OUT"}`, `bits("") == bits("0") == set()`."""
    return frozenset(mask.split("|")) - {"", "0"}


def mask_of(names: frozenset[str] | set[str]) -> str:
    """The mask in its one spelling: `mask_of({"OUT", "IN"}) == "IN|OUT"`, `"0"` when empty."""
    return "|".join(bit for bit in BITS if bit in names) or "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something seen at one instant. `who` is the lane: a program (named after its host), a host, `wire` or `lab`."""

    point: ClassVar[Point] = "lab"
    at_ns: int
    who: str = ""
    source: str = ""
    """Where the recording has it: `strace.txt:17`, `frame 3`, `journal:4`; empty in traces written by hand."""


# -- syscall: what the subject asked of the kernel, and what it was told -----------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Event):
    """A system call at its entry.

    `error` is the errno's name, empty on success; `until_ns` its return, 0 if never seen.
    """

    point: ClassVar[Point] = "syscall"
    sock: str = ""
    error: str = ""
    until_ns: int = 0
    pid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket(Call):
    """socket(2): family `inet`, `inet6`, `unix`, `netlink` ...; type `stream`, `dgram`, `mptcp` (a stream, too) ..."""

    family: str = "inet"
    type: str = "stream"
    nonblocking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNonblocking(Call):
    """fcntl(F_SETFL) or ioctl(FIONBIO), as far as it concerns O_NONBLOCK."""

    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind(Call):
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen(Call):
    backlog: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect(Call):
    """connect(2). Addresses are written `10.0.0.2:9`, `[fd00::2]:9` or the path of a Unix socket."""

    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Call):
    """accept4(2) on the listener `sock`; `new` is the identity of the accepted socket, `address` its peer."""

    nonblocking: bool = False
    """Whether the accepted socket was asked not to block, by SOCK_NONBLOCK."""
    new: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSockOpt(Call):
    """getsockopt(2). For SO_ERROR `value` is an errno's name or `0`; for others strace's text."""

    option: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSockOpt(Call):
    option: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPeerName(Call):
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSockName(Call):
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send(Call):
    """write, send, sendto, sendmsg, writev: `size` bytes offered, `result` taken, `data` their printable start.

    `address` is the destination of a datagram, empty for a stream.
    """

    size: int = 0
    result: int = 0
    data: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recv(Call):
    """read, recv, recvfrom, recvmsg, readv on a socket: room for `size` bytes, `result` read; 0, no error: EOF."""

    size: int = 0
    result: int = 0
    data: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutDown(Call):
    """shutdown(2): how `RD`, `WR` or `RDWR`."""

    how: str = "RDWR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Call):
    """close(2) of the last descriptor of the socket, or (`by_exit`) what the kernel does when the process ends."""

    by_exit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Call):
    """The poller's interest in `sock` from now on: epoll_ctl ADD or MOD, or a poll/select set that differs."""

    poller: str = "epoll"
    interest: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatch(Call):
    """The poller no longer looks at `sock`: epoll_ctl DEL, or a poll/select set without it."""

    poller: str = "epoll"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Call):
    """epoll_wait, poll, ppoll, select, pselect6 at its entry: timeout -1 is for ever; `count` None: never returned."""

    poller: str = "epoll"
    timeout_ms: int = -1
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Call):
    """One socket of a wait's answer, at the wait's return. select() gives IN, OUT and PRI only."""

    poller: str = "epoll"
    mask: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCall(Call):
    """A call on a socket of the subject that has no class of its own; `text` is strace's line without time and pid."""

    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal(Event):
    """A signal delivered to the subject."""

    point: ClassVar[Point] = "syscall"
    name: str = ""


# -- subject: what the program says of itself --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class State(Event):
    """A state transition in the subject's journal."""

    point: ClassVar[Point] = "subject"
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback(Event):
    """A callback as the spec names it, with its arguments as text: `errorEncountered`, `ECONNREFUSED`."""

    point: ClassVar[Point] = "subject"
    name: str = ""
    args: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Event):
    """Anything else that the journal tells: `Fact(name="local", text="10.0.0.1:40000")`."""

    point: ClassVar[Point] = "subject"
    name: str = ""
    text: str = ""


# -- wire: what crossed between the hosts ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet(Event):
    """A frame leaving its sender, arriving at its receiver or lost between; `frame` joins the two.

    An injected frame has no beginning, only an arrival.

    `src` and `dst` are host names (addresses where no host has it). `flags` are TCP's letters in the order FSRPAUEC
    rewritten the usual way (`S`, `SA`, `A`, `PA`, `FA`, `R`, `RA`). `seq` and `ack` are relative to the flow's first
    SYN where that was seen. `info` carries what has no field: ICMP `3/1`, ARP `who-has 10.0.0.2`, DNS `A? name`.
    """

    point: ClassVar[Point] = "wire"
    phase: Phase = "sent"
    src: str = ""
    dst: str = ""
    sport: int = 0
    dport: int = 0
    family: str = "ipv4"
    proto: str = "tcp"
    flags: str = ""
    seq: int = 0
    ack: int = 0
    size: int = 0
    window: int = 0
    data: str = ""
    info: str = ""
    frame: int = 0
    tags: tuple[str, ...] = ()


# -- kernel: what state the stack is in --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpState(Event):
    """A TCP socket of host `who` changed state, named as in include/net/tcp_states.h, no prefix; gone is CLOSE."""

    point: ClassVar[Point] = "kernel"
    local: str = ""
    remote: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter(Event):
    """A counter of host `who` rose by `rose` during the case, for instance `TcpExtLockDroppedIcmps`."""

    point: ClassVar[Point] = "kernel"
    name: str = ""
    rose: int = 0


# -- lab: what the lab itself did --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Event):
    """Wire rule number `rule` (from 1, as in the file) did `action` to frame `frame`."""

    rule: int = 0
    action: str = ""
    frame: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsQuery(Event):
    name: str = ""
    type: str = "A"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswer(Event):
    """`outcome` is an RCODE, or `NODATA`, `silence`, `garbage`, ...; `answers` the addresses, joined by a blank."""

    name: str = ""
    type: str = "A"
    outcome: str = "NOERROR"
    answers: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer(Event):
    """The peer on host `who` did `action` (`listening`, `accepted`, `received`, `sent`, `eof`, `closed`, `reset`)."""

    action: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerReady(Event):
    """The readiness of a socket that the lab itself holds on host `who`: `name` is `listener` or `accepted`."""

    name: str = "listener"
    mask: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit(Event):
    """Program `who` ended: `status` is its exit code, or `signal` the name of what killed it."""

    status: int = 0
    signal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Event):
    """A milestone of the case: `started`, `deadline`, `cut`, `clock-step` ... with a text for people."""

    name: str = ""
    text: str = ""


KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        Socket, SetNonblocking, Bind, Listen, Connect, Accept, GetSockOpt, SetSockOpt, GetPeerName, GetSockName, Send,
        Recv, ShutDown, Close, Watch, Unwatch, Wait, Ready, OtherCall, Signal, State, Callback, Fact, Packet, TcpState,
        Counter, Fault, DnsQuery, DnsAnswer, Peer, PeerReady, Exit, Mark,
    )
}  # fmt: skip
