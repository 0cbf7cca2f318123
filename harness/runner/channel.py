"""Messages between the runner's processes: JSON over a socket that keeps them apart, large ones by descriptor.

A packet socket of the Unix family (SOCK_SEQPACKET) has one reader per message even when several processes wait, so
slots take cases from the front's socket without anybody in between. What does not fit into one packet travels as a
memfd. Only the standard library is imported here: every zygote has this module, and a library costs each its start.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any

LARGEST = 32 * 1024
ROOM = 256 * 1024


def name_of(path: os.PathLike[str]) -> str:
    """A path as a message can have it, whatever bytes it is made of."""
    return os.fsencode(path).decode("latin-1")


def path_of(name: str) -> str:
    """The path that `name_of` was given."""
    return os.fsdecode(name.encode("latin-1"))


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends; closed on exec unless made inheritable."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
    return ends


def file_of(name: str, content: bytes | bytearray) -> int:
    """The descriptor of an anonymous file, whose name is seen in /proc only."""
    file = os.memfd_create(name, os.MFD_CLOEXEC)
    os.write(file, content)
    return file


def send(end: socket.socket, message: dict[str, Any] | bytes, descriptors: tuple[int, ...] = ()) -> None:
    """Sends one message, which may be JSON already, with descriptors. OSError (EPIPE) if nobody is left to read it."""
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    if len(data) <= LARGEST:
        socket.send_fds(end, [b"=" + data], descriptors)
        return
    file = file_of("message", data)
    try:
        socket.send_fds(end, [b"@"], [file, *descriptors])
    finally:
        os.close(file)


def receive(end: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next message and its descriptors; None when the other end is gone."""
    try:
        data, descriptors, _, _ = socket.recv_fds(end, LARGEST + 1, 32)
    except ConnectionResetError:
        return None
    if not data:
        return None
    if data[:1] == b"@":
        file = descriptors.pop(0)
        data = b"=" + os.pread(file, os.fstat(file).st_size, 0)
        os.close(file)
    return json.loads(data[1:]), descriptors
