"""sendmsg(2) and recvmsg(2), which carry a message with its address, and what lies in the error queue."""

from __future__ import annotations

import _socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from harness.recorders import spoken

if TYPE_CHECKING:
    from harness.recorders.teller import Teller

Raw: Any = _socket.socket


def methods(teller: Teller) -> dict[str, Callable[..., Any]]:
    return {"sendmsg": _sending(teller), **_receiving(teller)}


def waits(sock: Any) -> bool:
    """Whether a call on this socket may block."""
    return bool(Raw.gettimeout(sock) != 0)


def _sending(teller: Teller) -> Callable[..., int]:
    def sendmsg(self: Any, buffers: Any, ancillary: Any = (), flags: int = 0, address: Any = None) -> int:
        parts = list(buffers) if isinstance(buffers, Iterable) else buffers
        shown = [spoken.raw(part) for part in parts] if isinstance(parts, list) else []
        message = spoken.message([(data, len(data)) for data in shown], _name(self, address))
        rest = (ancillary, flags) if address is None else (ancillary, flags, address)
        sent: int = teller.call(
            "sendmsg", f"{self.fileno()}, {message}, {spoken.message_flags(flags)}",
            lambda: Raw.sendmsg(self, parts, *rest), spoken.count(0), waits=waits(self),
        )  # fmt: skip
        return sent

    return sendmsg


def _receiving(teller: Teller) -> dict[str, Callable[..., Any]]:
    def told(self: Any, flags: int, make: Callable[[], Any], read: Callable[[Any], list[tuple[bytes, int]]]) -> Any:
        """`read` finds the vectors in what Python returns, in which the address is always the last."""

        def described(found: Any) -> tuple[str, str]:
            vectors = read(found)
            message = spoken.message(vectors, _name(self, found[-1]))
            return f"{message}, {shown}", str(sum(len(data) for data, _ in vectors))

        shown = spoken.message_flags(flags)
        failed = f"{{msg_namelen=0}}, {shown}"
        return teller.call("recvmsg", f"{self.fileno()}, ", make, described, waits=waits(self), failed=failed)

    def recvmsg(self: Any, size: int, ancillary: int = 0, flags: int = 0) -> Any:
        return told(self, flags, lambda: Raw.recvmsg(self, size, ancillary, flags), lambda found: [(found[0], size)])

    def recvmsg_into(self: Any, buffers: Any, ancillary: int = 0, flags: int = 0) -> Any:
        parts = list(buffers) if isinstance(buffers, Iterable) else buffers
        return told(
            self, flags, lambda: Raw.recvmsg_into(self, parts, ancillary, flags), lambda found: _filled(parts, found[0])
        )

    return {"recvmsg": recvmsg, "recvmsg_into": recvmsg_into}


def _name(sock: Any, address: Any) -> str:
    return spoken.address(sock.family, address) if address else "NULL"


def _filled(parts: list[Any], count: int) -> list[tuple[bytes, int]]:
    """What so many bytes have filled of each buffer, one after the other."""
    vectors = []
    for part in parts:
        data = spoken.raw(part)
        vectors.append((data[:count], len(data)))
        count -= len(vectors[-1][0])
    return vectors
