"""Data on sockets: every call that sends or receives, as Send and Recv."""

from __future__ import annotations

import re
from typing import NamedTuple

from harness import events as ev
from harness.recorders import values
from harness.recorders.calls import Make, other
from harness.recorders.lines import Said
from harness.recorders.subject import Subject, error_of
from harness.recorders.tables import Sock

_COUNT = re.compile(r".*, (\d+)", re.DOTALL)
_LENGTH = re.compile(r"\}, msg_len=(\d+)\}")
_SPLICE = re.compile(r"(\d+), [^,]*, (\d+), [^,]*, (\d+)")


class Cargo(NamedTuple):
    """What a call was to carry: bytes offered or room given, the start of the data, and where to or from."""

    size: int = 0
    data: str = ""
    address: str = ""


def sent(subject: Subject, said: Said, sock: Sock) -> None:
    """write, send, sendto"""
    data, size, _, address = values.transfer(said.args)
    _send(subject, said, sock, Cargo(size, data, values.address(address)))


def received(subject: Subject, said: Said, sock: Sock) -> None:
    """read, recv, recvfrom"""
    data, size, flags, address = values.transfer(said.args)
    if "MSG_ERRQUEUE" in flags:
        other(subject, said, sock)
    else:
        _recv(subject, said, sock, Cargo(size, data, values.address(address)))


def sent_vectors(subject: Subject, said: Said, sock: Sock) -> None:
    """writev, sendmsg"""
    data, size = values.vectors(said.args)
    _send(subject, said, sock, Cargo(size, data, values.message_name(said.args)))


def received_vectors(subject: Subject, said: Said, sock: Sock) -> None:
    """readv, recvmsg; what comes from the error queue is no input."""
    if said.args.rpartition(", ")[2].find("MSG_ERRQUEUE") >= 0:
        other(subject, said, sock)
    else:
        data, size = values.vectors(said.args)
        _recv(subject, said, sock, Cargo(size, data, values.message_name(said.args)))


def sent_many(subject: Subject, said: Said, sock: Sock) -> None:
    """sendmmsg: one event for each message that left."""
    for message in _messages(said):
        data, size = values.vectors(message)
        one = said if error_of(said) else said._replace(result=_length(message, size))
        _send(subject, one, sock, Cargo(size, data, values.message_name(message)))


def received_many(subject: Subject, said: Said, sock: Sock) -> None:
    """recvmmsg: one event for each message that came."""
    for message in _messages(said):
        data, size = values.vectors(message)
        one = said if error_of(said) else said._replace(result=_length(message, size))
        _recv(subject, one, sock, Cargo(size, data, values.message_name(message)))


def sent_file(subject: Subject, said: Said, sock: Sock) -> None:
    found = _COUNT.fullmatch(said.args)
    _send(subject, said, sock, Cargo(int(found[1]) if found else 0))


def spliced(subject: Subject, said: Said) -> None:
    """splice(2) moves data into a socket or out of one."""
    found = _SPLICE.match(said.args)
    source, target, size = map(int, found.groups()) if found else (-1, -1, 0)
    if (sock := subject.sock(said.pid, target)) is not None:
        _send(subject, said, sock, Cargo(size))
    if (sock := subject.sock(said.pid, source)) is not None:
        _recv(subject, said, sock, Cargo(size))


def _send(subject: Subject, said: Said, sock: Sock, cargo: Cargo) -> None:
    error = error_of(said)
    result = 0 if error else said.result
    subject.tell(ev.Send, said, sock=sock.name, error=error, result=result, **cargo._asdict())


def _recv(subject: Subject, said: Said, sock: Sock, cargo: Cargo) -> None:
    error = error_of(said)
    if error:
        subject.tell(ev.Recv, said, sock=sock.name, error=error, size=cargo.size)
    else:
        subject.tell(ev.Recv, said, sock=sock.name, result=said.result, **cargo._asdict())


def _messages(said: Said) -> list[str]:
    """The messages of a vector that the kernel took or gave; the first one if it took none."""
    messages = said.args.split("{msg_hdr={")[1:] or [""]
    return [f"{{{message}" for message in messages[: max(1, said.result or 0)]]


def _length(message: str, size: int) -> int:
    found = _LENGTH.search(message)
    return int(found[1]) if found else size


MAKE: dict[str, Make] = {
    **dict.fromkeys(("write", "send", "sendto"), sent),
    **dict.fromkeys(("read", "recv", "recvfrom"), received),
    **dict.fromkeys(("writev", "sendmsg"), sent_vectors),
    **dict.fromkeys(("readv", "recvmsg"), received_vectors),
    "sendmmsg": sent_many,
    "recvmmsg": received_many,
    "sendfile": sent_file,
    "sendfile64": sent_file,
}
