"""The catalogue of situations in which real programs went wrong, by group and number.

The numbers are stable and have gaps. A scenario names those that it plays (`catalogue: [1, 4]`), a clause those that it
judges (`source="catalogue 1, 4"`); `toylab catalogue` prints both beside each situation. The tables of what was
measured have numbers as well, and clauses rest on them.
"""

from __future__ import annotations

_DECIDING = {
    1: "a refused socket is writable, and that is taken for connected",
    2: "readiness to read is awaited, which a server that says nothing never brings",
    3: "getsockopt() succeeds, and its own 0 is taken for the value of SO_ERROR",
    4: "SO_ERROR is read twice: the first reading clears it, and the second one decides",
    5: "the error that is reported is an old errno, EINPROGRESS of connect() itself",
    6: "a write before the check takes the refusal, and the read behind it finds an end of stream",
    7: "SO_ERROR says 0 of an attempt that has not ended, or has not begun",
    8: "getpeername() is the only test, and a connection that was reset at once is awaited for ever",
    10: "connect() is called again to ask, and its 0, EALREADY or EISCONN is misread",
    11: "connect() is called again on a socket that failed, which dials anew",
    13: "connect() is repeated after EINTR, although the attempt goes on in the kernel",
    14: "EINPROGRESS counts as connected",
    15: "an event of an attempt that was given up is taken for one of its successor",
    16: "a soft error in SO_ERROR ends a connection that stands and works",
    17: "connect() or socket() fails at once, and nobody is told",
    18: "connect() fails at once and is repeated at once, without end",
    19: "the socket of a connect() that failed at once is watched, and shows as writable",
    20: "connect() succeeds at once, and its success is awaited all the same",
    21: "EAGAIN of a Unix socket, whose connect() did not begin, is taken for in progress",
    22: "EAGAIN of a Unix socket is final, although there may be room in a moment",
    23: "ENOTCONN is taken for would-block, and tried again without end",
    24: "other systems give other errnos for a repeated connect()",
}
_WATCHING = {
    25: "a socket is watched before connect(): it is writable and hung up from the first",
    27: "an edge that was told before connect() uses up what the program waits for",
    28: "only the bits that were asked for are looked at, and ERR or HUP comes alone",
    29: "the error queue keeps ERR up, whatever was read of SO_ERROR",
    30: "a word for hung-up replaces the reason that SO_ERROR has",
    31: "answer and end are there when the client first looks, and the end hides the answer",
    32: "HUP while connecting is taken for a failure, and SO_ERROR is not asked",
    33: "the end of one direction is taken for the end of both",
    35: "a socket is watched for nothing, which does not silence ERR and HUP",
    36: "reading finds nothing, ERR or HUP is not looked at, and the loop turns without end",
    38: "OUT stays watched with nothing to write, and the loop turns without end",
    39: "room came before it was asked for, and an edge does not tell it again",
    40: "a one-shot registration fires for one direction, and the other is never armed again",
    41: "one read for each edge, and what is left waits for the next packet",
    42: "a descriptor is closed, a duplicate lives on, and so does the registration",
    43: "an event of the same batch meets the new owner of a descriptor",
    44: "the book about registrations disagrees with the kernel: ENOENT, EEXIST",
    45: "a descriptor is closed before it is taken out of the poller",
}
_REFUSING = {
    46: "a firewall of the own host rejects: ERR alone, and the attempt goes on",
    47: "a firewall that drops is no error; a route that prohibits is EACCES",
    48: "sixteen codes of ICMP and nine errnos, of which a program knows two",
    49: "an ICMP error ends the attempt, and the SYN-ACK behind it revives nothing",
    50: "ICMP that says nothing about the attempt, or was forged",
    51: "a reset, or another segment, that is no answer to the SYN",
    54: "a client dials its own source port and is connected to itself",
    55: "no local port is left to dial from",
    56: "nobody answers for the address on the own link, or the link is down",
    57: "addresses that no single host has: any, broadcast, port 0, link-local without a link",
    58: "the socket is closed while the SYN is out, and the answer comes late",
}
_STANDING = {
    60: "a reset directly behind the SYN-ACK",
    62: "endpoints are told of an attempt that never got any",
    63: "the server says something and resets: the text is there beside the error",
    64: "the server accepts and closes at once, as proxies and probes do",
    65: "the server's queue is full: the client is connected and the server is not",
    66: "the same, and the server's kernel resets what does not fit",
    67: "the same under SYN cookies: the server keeps nothing and repeats nothing",
    68: "the server waits for data before it accepts, the client for a greeting",
    69: "TCP Fast Open: what was sent with the SYN proves nothing, and may have to be sent again",
    70: "TCP Fast Open, and the server speaks first: the SYN never leaves",
    71: "Multipath TCP reports a refusal by other bits",
    72: "the window is closed from the first: output is taken and nothing flows",
}
_TIME = {
    73: "when the kernel gives up, which is neither 127 s nor retries and one",
    74: "the own timer and the outcome come in the same turn of the loop",
    76: "one attempt is completed twice",
    77: "an attempt is cancelled and its registration stays for the next socket of that number",
    78: "a new attempt is begun before the old socket is gone",
    79: "a deadline is only looked at when something happens",
    80: "the wake-up for the next deadline is computed wrongly",
    81: "an address is given up after 250 ms that would have answered after 300 ms",
    82: "addresses race, and the loser is kept or dialled for nothing",
    83: "all addresses fail, and the error for that is a crash",
    84: "one family fails at once and spoils the other",
    85: "only the first address is tried, or only the last error told",
    86: "a timeout is reported as something else",
}
_OUTPUT = {
    87: "output is written before the outcome is known, and a refusal becomes a success",
    88: "output was queued, the attempt fails, and nobody is told what became of it",
    89: "a part of the output is sent twice, or again after a failure",
    90: "output overtakes output that was queued before it",
    91: "a write takes a part, and the rest is lost or the write called failed",
    92: "a write to a connection that is broken kills the program by SIGPIPE",
    93: "the clean-up behind connect() takes away the wish to write of what came next",
    94: "output that the kernel took is called delivered",
    95: "one direction has ended, and the other has still to carry something",
}
_ACCEPTING = {
    96: "no descriptor is left, and the listener stays readable",
    97: "a connection is gone before it is accepted, and the server ends by it",
    100: "an edge tells of several connections once, and one is accepted",
    101: "accept() would block, because what was told is gone",
    102: "several processes are woken for one connection",
    103: "more connect than may be connected, and places become free",
    104: "the listener is closed while connections wait in its queue",
    105: "one client of a broadcast does not read",
    106: "a request comes byte by byte, each in time",
    107: "a client vanishes without FIN and without RST",
    108: "several requests come in one segment",
    109: "the answer to a later request is ready before that to an earlier one",
}
_NAMES = {
    111: "a failure that may pass and one that is final are mixed up",
    112: "the name exists and has no address",
    113: "one of two questions, A and AAAA, is never answered or late",
    114: "one of two questions fails, and the other has an answer",
    115: "looking up blocks the loop",
    116: "slow look-ups use up the resolver's threads",
    117: "the timeout does not cover looking up, or what comes after it starts something",
    118: "answers with a wrong number, garbage, cut off, chains of names, search lists",
    119: "texts that look like addresses, and are or are not",
}
_TLS = {
    121: "TLS wants to write in order to read, or to read in order to write",
    123: "the timeout does not cover the handshake of TLS",
    124: "the connection ends amid the handshake of TLS",
    125: "a record that was refused has to be offered again",
    126: "connected is told before TLS is",
}
_ELSEWHERE = {
    127: "WSL 1: a repeated connect() never says 0",
    128: "gVisor: SO_ERROR does not clear ERR, ICMP goes unheard",
    129: "kqueue: a failure shows as the end of the stream only",
    130: "stacks in user space: SO_ERROR or EINPROGRESS is missing",
}
GROUPS: dict[str, dict[int, str]] = {
    "Deciding that connect() has completed": _DECIDING,
    "Watching a socket": _WATCHING,
    "Refused, unreachable, and packets that mean neither": _REFUSING,
    "Connected, or so it seems": _STANDING,
    "Time, cancelling, several addresses": _TIME,
    "Output": _OUTPUT,
    "Accepting": _ACCEPTING,
    "Names": _NAMES,
    "TLS": _TLS,
    "Where Linux is not Linux": _ELSEWHERE,
}
"""The situations by their numbers in groups; what other systems do is kept for reference and played by no scenario."""

SITUATIONS: dict[int, str] = {number: said for group in GROUPS.values() for number, said in group.items()}

TABLES: dict[str, str] = {
    "0.1": "what is said of a socket after connect()",
    "0.2": "the errno that an ICMP error becomes",
    "0.3": "what connect() says at once",
    "0.4": "when SYNs are sent, and when it ends",
    "0.5": "what getaddrinfo() says",
    "0.6": "what a listener does",
    "0.7": "what is said of a socket step by step",
}
"""The tables of what was measured, by their numbers in docs/measured.md."""
