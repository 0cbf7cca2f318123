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

from harness.events.calls import (
    Accept,
    Bind,
    Call,
    Close,
    Connect,
    GetPeerName,
    GetSockName,
    GetSockOpt,
    Listen,
    OtherCall,
    Recv,
    Send,
    SetNonblocking,
    SetSockOpt,
    ShutDown,
    Signal,
    Socket,
)
from harness.events.event import BITS, POINTS, Event, Phase, Point, bits, mask_of
from harness.events.lab import DnsAnswer, DnsQuery, Exit, Fault, Mark, Peer, PeerReady
from harness.events.network import Counter, Packet, TcpState
from harness.events.polling import Ready, Unwatch, Wait, Watch
from harness.events.said import Callback, Fact, State

KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        Socket, SetNonblocking, Bind, Listen, Connect, Accept, GetSockOpt, SetSockOpt, GetPeerName, GetSockName, Send,
        Recv, ShutDown, Close, Watch, Unwatch, Wait, Ready, OtherCall, Signal, State, Callback, Fact, Packet, TcpState,
        Counter, Fault, DnsQuery, DnsAnswer, Peer, PeerReady, Exit, Mark,
    )
}  # fmt: skip

__all__ = [
    "BITS", "KINDS", "POINTS", "Accept", "Bind", "Call", "Callback", "Close", "Connect", "Counter", "DnsAnswer",
    "DnsQuery", "Event", "Exit", "Fact", "Fault", "GetPeerName", "GetSockName", "GetSockOpt", "Listen", "Mark",
    "OtherCall", "Packet", "Peer", "PeerReady", "Phase", "Point", "Ready", "Recv", "Send", "SetNonblocking",
    "SetSockOpt", "ShutDown", "Signal", "Socket", "State", "TcpState", "Unwatch", "Wait", "Watch", "bits", "mask_of",
]  # fmt: skip
