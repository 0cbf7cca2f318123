"""The calls: each verb with its words, what it does, and what is printed of its result.

A failing call prints the errno's name and nothing stops. Nothing is retried, closed or looked at that was not asked
for; where Python's own wrapper would make a second call of it (socket.create_connection, a timeout), it is not used.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from toys.calls import around, frames, options, polling, sockets
from toys.calls.desk import Desk
from toys.calls.script import Step


@dataclass(frozen=True, slots=True)
class Verb:
    usage: str
    says: str
    make: Callable[..., Any]
    check: Callable[[str], object] | None = None

    @property
    def most(self) -> int:
        return len(self.usage.split()) - 1

    @property
    def least(self) -> int:
        return self.most - self.usage.count("[")


def call(desk: Desk, step: Step) -> str:
    """What the call returned, or the name of its error."""
    try:
        result = VERBS[step.verb].make(desk, *step.words)
    except OSError as error:
        return _name_of(error)
    except KeyError as unknown:
        return f"there is no socket {unknown}"
    return "0" if result is None else str(result)


def _name_of(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        names = (name for name in vars(socket) if name.startswith("EAI_"))
        return next(name for name in names if getattr(socket, name) == error.errno)
    return errno.errorcode.get(error.errno or 0, str(error))


VERBS: dict[str, Verb] = {
    verb.usage.split()[0]: verb
    for verb in (
        Verb(
            "socket NAME FAMILY [KIND] [blocking]",
            "ipv4, ipv6 or unix; tcp, udp or mptcp; non-blocking",
            sockets.open_socket,
        ),
        Verb("bind NAME ADDRESS [PORT]", "gives it an address", sockets.bind),
        Verb("listen NAME BACKLOG", "makes it a listener", sockets.listen),
        Verb("connect NAME ADDRESS [PORT]", "connects it, once", sockets.connect),
        Verb("accept NAME NEW", "accepts a connection, once", sockets.accept),
        Verb("watch NAME MASK", "epoll_ctl: ADD, or MOD the second time", polling.watch),
        Verb("unwatch NAME", "epoll_ctl: DEL", polling.unwatch),
        Verb("wait [TIMEOUT]", "epoll_wait, once", polling.wait),
        Verb("epoll NAME", "watch, unwatch and wait are about this poller from here on", polling.use),
        Verb("aside", "epoll_wait, once, in a thread of its own", polling.wait_aside),
        Verb("poll NAME MASK [TIMEOUT]", "poll(2), once", polling.poll_once),
        Verb("select NAME [TIMEOUT]", "select(2) for all three sets, once", polling.select_once),
        Verb("getsockopt NAME OPTION", "SO_ERROR as the errno's name, others as a number", options.getsockopt),
        Verb("setsockopt NAME OPTION VALUE", "an option of SOL_SOCKET, TCP, IP or IPV6", options.setsockopt),
        Verb("linger NAME SECONDS", "SO_LINGER: how long close() waits; 0 resets", options.linger),
        Verb("patience NAME OPTION TIMEOUT", "SO_SNDTIMEO or SO_RCVTIMEO of a blocking socket", options.patience),
        Verb("recverr NAME", "IP_RECVERR: errors are queued", options.recverr),
        Verb("errqueue NAME", "takes one error from the error queue", options.errqueue),
        Verb("getpeername NAME", "the other end", sockets.getpeername),
        Verb("getsockname NAME", "this end", sockets.getsockname),
        Verb("send NAME TEXT", "send(2) with MSG_NOSIGNAL", sockets.send),
        Verb("write NAME TEXT", "write(2)", sockets.write),
        Verb(
            "frames NAME FRAMES",
            "sends HTTP/2 frames: KIND[:LENGTH][+FLAG...] STREAM [TEXT], with ; between",
            frames.send,
            frames.packed,
        ),
        Verb("hear NAME KIND", "reads HTTP/2 frames up to one of this kind", frames.hear, frames.known),
        Verb("fill NAME SIZE", "sends SIZE bytes", sockets.fill),
        Verb("recv NAME [SIZE]", "reads once", sockets.recv),
        Verb("drain NAME", "reads until the end or an error", sockets.drain),
        Verb("shutdown NAME RD|WR|RDWR", "shutdown(2)", sockets.shutdown),
        Verb("close NAME", "close(2)", sockets.close),
        Verb("dup NAME NEW", "a second descriptor of the same socket", sockets.duplicate),
        Verb("resolve HOST [ipv4|ipv6]", "getaddrinfo(3), in this thread", around.resolve),
        Verb("pause TIMEOUT", "lets time pass, and looks at nothing", around.pause),
        Verb("link DEVICE up|down", "the flag IFF_UP of a network device", around.link),
        Verb("alarm TIMEOUT", "has a signal interrupt what comes later", around.alarm),
    )
}
