"""The methods of `socket.socket`, each with the system call that it makes told.

The class is changed in place: its C methods lie beneath it, and the new ones call those.
"""

from __future__ import annotations

import _socket
import socket
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from harness.recorders import spoken, told_descriptors, told_messages
from harness.recorders.told_messages import waits

if TYPE_CHECKING:
    from harness.recorders.teller import Teller

Raw: Any = _socket.socket
SocketMethod = Callable[..., Any]
_HOW = {socket.SHUT_RD: "SHUT_RD", socket.SHUT_WR: "SHUT_WR", socket.SHUT_RDWR: "SHUT_RDWR"}


def wrap(teller: Teller) -> None:
    methods: dict[str, SocketMethod] = {
        **_opening(teller), **_addressing(teller), **_options(teller), **_sending(teller), **_receiving(teller),
        **_closing(teller), **told_messages.methods(teller),
    }  # fmt: skip
    for name, method in methods.items():
        setattr(socket.socket, name, wraps(getattr(socket.socket, name))(method))
    told_descriptors.wrap(teller)


def _plain(_: Any) -> tuple[str, str]:
    return "", "0"


def _opening(teller: Teller) -> dict[str, SocketMethod]:
    begin = socket.socket.__init__

    def init(self: Any, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
        if fileno is not None:
            begin(self, family, type, proto, fileno)
            name(teller, self, "getsockname", Raw.getsockname)
            return
        words = spoken.family_name(socket.AF_INET if family == -1 else family)
        kinds = spoken.type_name(socket.SOCK_STREAM if type == -1 else type)
        teller.call(
            "socket", f"{words}, {kinds}, {max(0, proto)}", lambda: begin(self, family, type, proto, None),
            lambda _: ("", str(self.fileno())),
        )  # fmt: skip

    def accept(self: Any) -> tuple[int, Any]:
        def accepted(new: tuple[int, Any]) -> tuple[str, str]:
            return f"{spoken.address(self.family, new[1])}, [28], SOCK_CLOEXEC", str(new[0])

        found: tuple[int, Any] = teller.call(
            "accept4",
            f"{self.fileno()}, ",
            lambda: Raw._accept(self),
            accepted,
            waits=waits(self),
        )
        return found

    return {"__init__": init, "_accept": accept}


def name(teller: Teller, sock: Any, call: str, method: SocketMethod) -> Any:
    def described(found: Any) -> tuple[str, str]:
        return f"{spoken.address(sock.family, found)}, [28]", "0"

    return teller.call(call, f"{sock.fileno()}, ", lambda: method(sock), described)


def _addressing(teller: Teller) -> dict[str, SocketMethod]:
    def one(call: str, method: SocketMethod) -> SocketMethod:
        def told(self: Any, address: Any) -> Any:
            args = f"{self.fileno()}, {spoken.address(self.family, address)}, 16"
            return teller.call(call, args, lambda: method(self, address), _plain, waits=waits(self))

        return told

    def connect_ex(self: Any, address: Any) -> int:
        args = f"{self.fileno()}, {spoken.address(self.family, address)}, 16"
        number: int = teller.call(
            "connect",
            args,
            lambda: Raw.connect_ex(self, address),
            lambda error: ("", _errno(error)),
            waits=waits(self),
        )
        return number

    def getsockname(self: Any) -> Any:
        return name(teller, self, "getsockname", Raw.getsockname)

    def getpeername(self: Any) -> Any:
        return name(teller, self, "getpeername", Raw.getpeername)

    def listen(self: Any, backlog: int = 128) -> None:
        teller.call("listen", f"{self.fileno()}, {backlog}", lambda: Raw.listen(self, backlog), _plain)

    return {
        "connect": one("connect", Raw.connect), "connect_ex": connect_ex, "bind": one("bind", Raw.bind),
        "listen": listen, "getsockname": getsockname, "getpeername": getpeername,
    }  # fmt: skip


def _options(teller: Teller) -> dict[str, SocketMethod]:
    def setblocking(self: Any, flag: bool) -> None:
        teller.call(
            "ioctl", f"{self.fileno()}, FIONBIO, [{int(not flag)}]", lambda: Raw.setblocking(self, flag), _plain
        )

    def settimeout(self: Any, value: float | None) -> None:
        args = f"{self.fileno()}, FIONBIO, [{int(value is not None)}]"
        teller.call("ioctl", args, lambda: Raw.settimeout(self, value), _plain)

    def getsockopt(self: Any, level: int, option: int, *size: int) -> Any:
        def described(value: Any) -> tuple[str, str]:
            return f"{spoken.option_value(level, option, value)}, [4]", "0"

        args = f"{self.fileno()}, {spoken.option(level, option)}, "
        return teller.call("getsockopt", args, lambda: Raw.getsockopt(self, level, option, *size), described)

    def setsockopt(self: Any, level: int, option: int, value: Any, *size: int) -> None:
        shown = spoken.option_value(level, option, value)
        args = f"{self.fileno()}, {spoken.option(level, option)}, {shown}, 4"
        teller.call("setsockopt", args, lambda: Raw.setsockopt(self, level, option, value, *size), _plain)

    return {"setblocking": setblocking, "settimeout": settimeout, "getsockopt": getsockopt, "setsockopt": setsockopt}


def _sending(teller: Teller) -> dict[str, SocketMethod]:
    def one(method: SocketMethod) -> SocketMethod:
        def told(self: Any, data: Any, *flags: int) -> Any:
            raw = spoken.raw(data)
            args = f"{self.fileno()}, {spoken.string(raw)}, {len(raw)}, {_flags(flags)}, NULL, 0"
            return teller.call(
                "sendto", args, lambda: method(self, data, *flags), spoken.count(len(raw)), waits=waits(self)
            )

        return told

    def sendto(self: Any, data: Any, *rest: Any) -> int:
        raw = spoken.raw(data)
        shown = spoken.address(self.family, rest[-1])
        args = f"{self.fileno()}, {spoken.string(raw)}, {len(raw)}, {_flags(rest[:-1])}, {shown}, 16"
        sent: int = teller.call(
            "sendto", args, lambda: Raw.sendto(self, data, *rest), spoken.count(0), waits=waits(self)
        )
        return sent

    return {"send": one(Raw.send), "sendall": one(Raw.sendall), "sendto": sendto}


def _receiving(teller: Teller) -> dict[str, SocketMethod]:
    def told(
        self: Any, size: int, flags: int, make: Callable[[], Any], read: Callable[[Any], tuple[bytes, Any]]
    ) -> Any:
        def described(value: Any) -> tuple[str, str]:
            data, address = read(value)
            shown = spoken.address(self.family, address) if address else "NULL"
            return f"{spoken.string(data)}, {size}, {_flags((flags,))}, {shown}, NULL", str(len(data))

        failed = f"NULL, {size}, {_flags((flags,))}, NULL, NULL"
        return teller.call("recvfrom", f"{self.fileno()}, ", make, described, waits=waits(self), failed=failed)

    def recv(self: Any, size: int, flags: int = 0) -> bytes:
        data: bytes = told(self, size, flags, lambda: Raw.recv(self, size, flags), lambda data: (data, None))
        return data

    def recvfrom(self: Any, size: int, flags: int = 0) -> tuple[bytes, Any]:
        found: tuple[bytes, Any] = told(self, size, flags, lambda: Raw.recvfrom(self, size, flags), lambda found: found)
        return found

    def recv_into(self: Any, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        size = nbytes or len(spoken.raw(buffer))
        read: int = told(
            self, size, flags, lambda: Raw.recv_into(self, buffer, nbytes, flags),
            lambda count: (spoken.raw(buffer)[:count], None),
        )  # fmt: skip
        return read

    def recvfrom_into(self: Any, buffer: Any, nbytes: int = 0, flags: int = 0) -> tuple[int, Any]:
        size = nbytes or len(spoken.raw(buffer))
        read: tuple[int, Any] = told(
            self, size, flags, lambda: Raw.recvfrom_into(self, buffer, nbytes, flags),
            lambda found: (spoken.raw(buffer)[: found[0]], found[1]),
        )  # fmt: skip
        return read

    return {
        "recv": recv,
        "recvfrom": recvfrom,
        "recv_into": recv_into,
        "recvfrom_into": recvfrom_into,
    }


def _closing(teller: Teller) -> dict[str, SocketMethod]:
    def shutdown(self: Any, how: int) -> None:
        args = f"{self.fileno()}, {_HOW.get(how, str(how))}"
        teller.call("shutdown", args, lambda: Raw.shutdown(self, how), _plain)

    def real_close(self: Any, _ss: Any = Raw) -> None:
        if self.fileno() >= 0:
            teller.call("close", str(self.fileno()), lambda: _ss.close(self), _plain)

    def collected(self: Any) -> None:
        """Nobody closed it: the C code complains first, which asks for its addresses, and closes it then."""
        number = self.fileno()
        Raw.__del__(self)
        if number >= 0:
            teller.line(f"close({number}) = 0")

    return {"shutdown": shutdown, "_real_close": real_close, "__del__": collected}


def _flags(flags: tuple[int, ...]) -> str:
    return spoken.message_flags(flags[0]) if flags else "0"


def _errno(number: int) -> str:
    return f"-1 {spoken.error_name(number)}" if number else "0"
