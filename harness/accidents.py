"""How a stream was cut into writes, segments and acknowledgements, and what is coded: the accidents of a trace.

Once a write was not taken whole, how much the kernel takes, sends at once and sends again is its own affair, and no
clause judges it by the byte.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.attempt import WOULD_BLOCK
from harness.events import Event, Fault, Packet, Peer, Ready, Recv, Send, Socket, Unwatch, Wait, Watch
from harness.trace import Trace

INITIAL_WINDOW = 14_480
"""Ten segments (RFC 6928); how more than these are cut goes by TCP's estimate of the way, hence by the clock."""
CLIENT_HELLO = "\x16\x03"
HTTP2_PREFACE = "PRI * HTTP/2.0"
"""What tells HTTP/2 from HTTP/1, where no method is called PRI (RFC 9113, section 3.4)."""
BYTES = frozenset({"IN", "OUT"})


def is_bulk(trace: Trace) -> bool:
    """Whether a write was not taken whole, or is more than TCP sends at once, by the subject or by another program."""
    return any(
        send.error in WOULD_BLOCK or 0 < send.result < send.size or send.size > INITIAL_WINDOW
        for send in trace.of(Send)
    )


def is_coded(trace: Trace) -> bool:
    """Whether TLS or HTTP/2 is spoken on a stream: a datagram that begins so is a question with that number.

    Every byte after a ClientHello is chosen at random, or looks so (RFC 8446, 5.1). And the date in the head of each
    answer is longer or shorter with the digits in it, as HTTP/2 compresses it (RFC 7541, appendix B).
    """
    datagrams = {(made.who, made.sock) for made in trace.of(Socket) if made.type == "dgram"}
    said = [send.data for send in trace.of(Send) if (send.who, send.sock) not in datagrams]
    said += [packet.data for packet in trace.of(Packet, proto="tcp")]
    return any(data.startswith((CLIENT_HELLO, HTTP2_PREFACE)) for data in said)


def cuts_of(trace: Trace) -> frozenset[int]:
    """The numbers of the events that tell how a stream was cut, and nothing else."""
    frames, watches = _accidental_frames(trace), _watches_for_room(trace)
    return watches | {
        number for number, event in enumerate(trace.events) if _is_of_a_stream(event) or _frame_of(event) in frames
    }


def _is_of_a_stream(event: Event) -> bool:
    """What moves bytes and nothing else: writes, reads, word of bytes or of room, segments without SYN, FIN or RST."""
    if isinstance(event, Packet):
        return event.proto == "tcp" and not set(event.flags) & set("SFR")
    if isinstance(event, Peer):
        return event.action in ("received", "sent")
    return isinstance(event, (Send, Recv, Wait)) or (isinstance(event, Ready) and set(event.mask.split("|")) <= BYTES)


def _watches_for_room(trace: Trace) -> frozenset[int]:
    """The numbers of the watches that say anew whether room is waited for, and nothing else."""
    found: set[int] = set()
    before: dict[tuple[str, int, str], set[str]] = {}
    for event in trace.events:
        if isinstance(event, Watch):
            key, interest = (event.who, event.pid, event.sock), set(event.interest.split("|")) - {"OUT"}
            if before.get(key) == interest:
                found.add(trace.number(event))
            before[key] = interest
        elif isinstance(event, Unwatch):
            before.pop((event.who, event.pid, event.sock), None)
    return frozenset(found)


def _accidental_frames(trace: Trace) -> frozenset[int]:
    """The frames that only move bytes, and every RST but the first of its connection: each stray segment gets one."""
    found: set[int] = set()
    reset: set[tuple[str, int, int]] = set()
    for packet in trace.of(Packet, phase="sent"):
        way = packet.src, packet.sport, packet.dport
        if _is_of_a_stream(packet) or ("R" in packet.flags and way in reset):
            found.add(packet.frame)
        elif "R" in packet.flags:
            reset.add(way)
    return frozenset(found - {0})


def _frame_of(event: Event) -> int:
    return event.frame if isinstance(event, (Packet, Fault)) else 0


def uncut(event: Event) -> Event:
    """A FIN or RST without the last piece of the stream that it may carry."""
    if isinstance(event, Packet):
        return replace(event, flags=event.flags.replace("P", ""), size=0, data="", seq=0, ack=0)
    return event


def unread(event: Event) -> Event:
    """Without the content of a stream, and without its length: something or nothing is all that is left of it."""
    if isinstance(event, Packet) and event.proto == "tcp":
        return replace(event, data="", size=min(event.size, 1), seq=0, ack=0)
    if isinstance(event, (Send, Recv)):
        return replace(event, data="", size=min(event.size, 1), result=min(event.result, 1))
    return replace(event, detail="") if isinstance(event, Peer) and event.action == "received" else event
