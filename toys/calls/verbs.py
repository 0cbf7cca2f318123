"""The calls: each verb with its words, what it does, and what is printed of its result.

A failing call prints the errno's name and nothing stops. Nothing is retried, closed or looked at that was not asked
for; where Python's own wrapper would make a second call of it (socket.create_connection, a timeout), it is not used.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from toys.calls.script import Step, octets

FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6, "unix": socket.AF_UNIX}
TYPES = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM, "mptcp": socket.SOCK_STREAM}
HOWS = {"RD": socket.SHUT_RD, "WR": socket.SHUT_WR, "RDWR": socket.SHUT_RDWR}
MPTCP = 262
"""IPPROTO_MPTCP, which Python's socket module does not name before 3.12."""
BITS = ("IN", "PRI", "OUT", "ERR", "HUP", "RDHUP", "ET", "ONESHOT", "EXCLUSIVE")
LEVELS = {"SO": socket.SOL_SOCKET, "TCP": socket.IPPROTO_TCP, "IP": socket.IPPROTO_IP, "IPV6": socket.IPPROTO_IPV6}
RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
"""IP_RECVERR and IPV6_RECVERR, ip(7) and ipv6(7): without them no error queue is kept."""
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
"""Of linux/sockios.h and net/if.h, for netdevice(7)."""
CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Verb:
    usage: str
    says: str
    make: Callable[..., Any]

    @property
    def most(self) -> int:
        return len(self.usage.split()) - 1

    @property
    def least(self) -> int:
        return self.most - self.usage.count("[")


class Desk:
    """The sockets that are open, by their names, and the pollers that watch them."""

    def __init__(self) -> None:
        self.sockets: dict[str, socket.socket] = {}
        self.instance = ""
        """The poller that the next calls are about, by its name."""
        self._epolls: dict[str, Any] = {}
        self._watched: dict[str, set[socket.socket]] = {}

    def call(self, step: Step) -> str:
        """What the call returned, or the name of its error."""
        try:
            result = VERBS[step.verb].make(self, *step.words)
        except OSError as error:
            return _name_of(error)
        except KeyError as unknown:
            return f"there is no socket {unknown}"
        return "0" if result is None else str(result)

    @property
    def epoll(self) -> Any:
        """Made when it is first needed."""
        if self.instance not in self._epolls:
            self._epolls[self.instance] = select.epoll()
        return self._epolls[self.instance]

    @property
    def watched(self) -> set[socket.socket]:
        """What this poller watches."""
        return self._watched.setdefault(self.instance, set())

    def leave(self) -> None:
        """Gives the descriptors up unclosed: Python's warning of an open socket would ask the kernel for its names."""
        for sock in self.sockets.values():
            sock.detach()

    def name_of(self, fd: int) -> str:
        """A descriptor that was closed is still reported while another one of the same socket is open: epoll(7)."""
        return next((name for name, sock in self.sockets.items() if sock.fileno() == fd), "a closed descriptor")


def _name_of(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        names = (name for name in vars(socket) if name.startswith("EAI_"))
        return next(name for name in names if getattr(socket, name) == error.errno)
    return errno.errorcode.get(error.errno or 0, str(error))


def _socket(desk: Desk, name: str, family: str, kind: str = "tcp", mode: str = "nonblocking") -> None:
    if kind == "blocking":
        kind, mode = "tcp", kind
    flags = TYPES[kind] | (socket.SOCK_NONBLOCK if mode == "nonblocking" else 0)
    made = socket.socket(FAMILIES[family], flags, MPTCP if kind == "mptcp" else 0)
    desk.sockets[name] = made


def _address(sock: socket.socket, host: str, port: str) -> Any:
    return octets(host) if sock.family == socket.AF_UNIX else (host, int(port))


def _connect(desk: Desk, name: str, host: str, port: str = "0") -> None:
    sock = desk.sockets[name]
    sock.connect(_address(sock, host, port))


def _bind(desk: Desk, name: str, host: str, port: str = "0") -> None:
    sock = desk.sockets[name]
    sock.bind(_address(sock, host, port))


def _listen(desk: Desk, name: str, backlog: str) -> None:
    desk.sockets[name].listen(int(backlog))


def _accept(desk: Desk, name: str, new: str) -> str:
    sock, address = desk.sockets[name].accept()
    sock.setblocking(False)
    desk.sockets[new] = sock
    return str(address[0]) if isinstance(address, tuple) else "0"


def _watch(desk: Desk, name: str, mask: str) -> None:
    sock = desk.sockets[name]
    change = desk.epoll.modify if sock in desk.watched else desk.epoll.register
    change(sock.fileno(), _bits(mask))
    desk.watched.add(sock)


def _unwatch(desk: Desk, name: str) -> None:
    desk.epoll.unregister(desk.sockets[name].fileno())
    desk.watched.discard(desk.sockets[name])


def _wait(desk: Desk, timeout_ms: str = "-1") -> str:
    ready = desk.epoll.poll(None if timeout_ms == "-1" else int(timeout_ms) / 1000)
    return ", ".join(f"{desk.name_of(fd)} {_mask(bits)}" for fd, bits in ready) or "timeout"


def _epoll(desk: Desk, name: str) -> None:
    desk.instance = name


def _aside(desk: Desk) -> None:
    threading.Thread(target=desk.epoll.poll, daemon=True).start()


def _poll(desk: Desk, name: str, mask: str, timeout_ms: str = "-1") -> str:
    poller = select.poll()
    poller.register(desk.sockets[name], _bits(mask))
    ready = poller.poll(None if timeout_ms == "-1" else int(timeout_ms))
    return _mask(ready[0][1]) if ready else "timeout"


def _select(desk: Desk, name: str, timeout_ms: str = "-1") -> str:
    one = [desk.sockets[name]]
    ready = select.select(one, one, one, None if timeout_ms == "-1" else int(timeout_ms) / 1000)
    words = [word for word, found in zip(("readable", "writable", "exceptional"), ready, strict=True) if found]
    return ", ".join(words) or "timeout"


def _getsockopt(desk: Desk, name: str, option: str) -> str:
    value = desk.sockets[name].getsockopt(*_option(option))
    return errno.errorcode.get(value, "0") if option == "SO_ERROR" else str(value)


def _setsockopt(desk: Desk, name: str, option: str, value: str) -> None:
    desk.sockets[name].setsockopt(*_option(option), int(value))


def _linger(desk: Desk, name: str, seconds: str) -> None:
    desk.sockets[name].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, int(seconds)))


def _patience(desk: Desk, name: str, option: str, timeout_ms: str) -> None:
    seconds, rest_ms = divmod(int(timeout_ms), 1000)
    desk.sockets[name].setsockopt(*_option(option), struct.pack("ll", seconds, rest_ms * 1000))


def _recverr(desk: Desk, name: str) -> None:
    sock = desk.sockets[name]
    sock.setsockopt(*RECVERR[sock.family], 1)


def _errqueue(desk: Desk, name: str) -> str:
    _, _, flags, _ = desk.sockets[name].recvmsg(CHUNK, CHUNK, socket.MSG_ERRQUEUE)
    return "an error" if flags & socket.MSG_ERRQUEUE else "nothing"


def _getpeername(desk: Desk, name: str) -> str:
    return _written(desk.sockets[name].getpeername())


def _getsockname(desk: Desk, name: str) -> str:
    return _written(desk.sockets[name].getsockname())


def _written(address: Any) -> str:
    """An abstract name of unix(7) begins with a zero byte, which is written as strace does: @."""
    if isinstance(address, bytes):
        return address.replace(b"\0", b"@").decode()
    return f"{address[0]} {address[1]}" if isinstance(address, tuple) else address or "unnamed"


def _send(desk: Desk, name: str, text: str) -> int:
    return desk.sockets[name].send(octets(text), socket.MSG_NOSIGNAL)


def _write(desk: Desk, name: str, text: str) -> int:
    return os.write(desk.sockets[name].fileno(), octets(text))


def _fill(desk: Desk, name: str, size: str) -> int:
    return desk.sockets[name].send(b"x" * int(size), socket.MSG_NOSIGNAL)


def _recv(desk: Desk, name: str, size: str = "65536") -> str:
    data = desk.sockets[name].recv(int(size))
    return f"{len(data)} {data[:200]!r}" if data else "0 EOF"


def _drain(desk: Desk, name: str) -> str:
    total = 0
    while data := desk.sockets[name].recv(CHUNK):
        total += len(data)
    return f"{total} EOF"


def _shutdown(desk: Desk, name: str, how: str) -> None:
    desk.sockets[name].shutdown(HOWS[how])


def _close(desk: Desk, name: str) -> None:
    desk.sockets.pop(name).close()


def _dup(desk: Desk, name: str, new: str) -> None:
    desk.sockets[new] = desk.sockets[name].dup()


def _resolve(desk: Desk, name: str, family: str = "any") -> str:
    kind = FAMILIES.get(family, socket.AF_UNSPEC)
    found = socket.getaddrinfo(name, 0, kind, socket.SOCK_STREAM)
    return " ".join(dict.fromkeys(str(address[0]) for *_, address in found))


def _pause(desk: Desk, timeout_ms: str) -> None:
    select.poll().poll(int(timeout_ms))


def _alarm(desk: Desk, timeout_ms: str) -> None:
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, int(timeout_ms) / 1000)


def _link(desk: Desk, device: str, state: str) -> None:
    """As netdevice(7) has it; asked of a socket of its own, which is closed again."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        name, flags = struct.unpack("16sh", fcntl.ioctl(asker, SIOCGIFFLAGS, struct.pack("16sh", device.encode(), 0)))
        flags = flags | IFF_UP if state == "up" else flags & ~IFF_UP
        fcntl.ioctl(asker, SIOCSIFFLAGS, struct.pack("16sh", name, flags))


def _bits(mask: str) -> int:
    return sum(int(getattr(select, f"EPOLL{bit}")) for bit in mask.split("|") if bit != "0")


def _mask(bits: int) -> str:
    return "|".join(bit for bit in BITS if bits & 0xFFFFFFFF & getattr(select, f"EPOLL{bit}")) or "0"


def _option(name: str) -> tuple[int, int]:
    return LEVELS[name.partition("_")[0]], int(getattr(socket, name))


VERBS: dict[str, Verb] = {
    verb.usage.split()[0]: verb
    for verb in (
        Verb("socket NAME FAMILY [KIND] [blocking]", "ipv4, ipv6 or unix; tcp, udp or mptcp; non-blocking", _socket),
        Verb("bind NAME ADDRESS [PORT]", "gives it an address", _bind),
        Verb("listen NAME BACKLOG", "makes it a listener", _listen),
        Verb("connect NAME ADDRESS [PORT]", "connects it, once", _connect),
        Verb("accept NAME NEW", "accepts a connection, once", _accept),
        Verb("watch NAME MASK", "epoll_ctl: ADD, or MOD the second time", _watch),
        Verb("unwatch NAME", "epoll_ctl: DEL", _unwatch),
        Verb("wait [TIMEOUT]", "epoll_wait, once", _wait),
        Verb("epoll NAME", "watch, unwatch and wait are about this poller from here on", _epoll),
        Verb("aside", "epoll_wait, once, in a thread of its own", _aside),
        Verb("poll NAME MASK [TIMEOUT]", "poll(2), once", _poll),
        Verb("select NAME [TIMEOUT]", "select(2) for all three sets, once", _select),
        Verb("getsockopt NAME OPTION", "SO_ERROR as the errno's name, others as a number", _getsockopt),
        Verb("setsockopt NAME OPTION VALUE", "an option of SOL_SOCKET, TCP, IP or IPV6", _setsockopt),
        Verb("linger NAME SECONDS", "SO_LINGER: how long close() waits; 0 resets", _linger),
        Verb("patience NAME OPTION TIMEOUT", "SO_SNDTIMEO or SO_RCVTIMEO of a blocking socket", _patience),
        Verb("recverr NAME", "IP_RECVERR: errors are queued", _recverr),
        Verb("errqueue NAME", "takes one error from the error queue", _errqueue),
        Verb("getpeername NAME", "the other end", _getpeername),
        Verb("getsockname NAME", "this end", _getsockname),
        Verb("send NAME TEXT", "send(2) with MSG_NOSIGNAL", _send),
        Verb("write NAME TEXT", "write(2)", _write),
        Verb("fill NAME SIZE", "sends SIZE bytes", _fill),
        Verb("recv NAME [SIZE]", "reads once", _recv),
        Verb("drain NAME", "reads until the end or an error", _drain),
        Verb("shutdown NAME RD|WR|RDWR", "shutdown(2)", _shutdown),
        Verb("close NAME", "close(2)", _close),
        Verb("dup NAME NEW", "a second descriptor of the same socket", _dup),
        Verb("resolve HOST [ipv4|ipv6]", "getaddrinfo(3), in this thread", _resolve),
        Verb("pause TIMEOUT", "lets time pass, and looks at nothing", _pause),
        Verb("link DEVICE up|down", "the flag IFF_UP of a network device", _link),
        Verb("alarm TIMEOUT", "has a signal interrupt what comes later", _alarm),
    )
}
