"""The tracepoint `sock:inet_sock_set_state`: every change of state of every TCP socket of the machine, as it happens.

Its number and the places of its fields are the kernel's choice, and read from tracefs. The states of what is no full
socket yet (a request that waits for its last ACK) or no more (TIME_WAIT) it does not tell.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Iterable
from typing import NamedTuple

from netns import perf
from netns.errors import GroundError
from netns.kernel import STATES

ROOTS = ("/sys/kernel/tracing", "/sys/kernel/debug/tracing")
EVENT = "events/sock/inet_sock_set_state"
NAME = "sock:inet_sock_set_state"
TCP = socket.IPPROTO_TCP
IN_INTERRUPT = 0x08 | 0x10
"""TRACE_FLAG_HARDIRQ and TRACE_FLAG_SOFTIRQ: the task that runs has nothing to do with what happens."""
FIELDS = (
    "common_flags", "skaddr", "oldstate", "newstate", "sport", "dport", "family", "protocol", "saddr", "daddr",
    "saddr_v6", "daddr_v6",
)  # fmt: skip
_FIELD = re.compile(r"field:[^;]*?(\w+)(?:\[\d+\])?;\s*offset:(\d+);\s*size:(\d+);")
_REMEDY = "run it as root, in a container with --cap-add PERFMON --cap-add SYS_ADMIN, or leave --tracepoint out"
_MOUNT = "mount -t tracefs nodev /sys/kernel/tracing, on a kernel with CONFIG_FTRACE"


class Layout(NamedTuple):
    """The event's number, and place and size of each of FIELDS in its samples."""

    id: int
    places: dict[str, tuple[int, int]]


class Change(NamedTuple):
    """A socket of the machine, known by its address in the kernel, changed state.

    `pid` is that of the task that ran, as `perf.Sample` has it. If `by_task`, it is the one who did this; else the
    change came in an interrupt, and the task only happened to run.
    """

    at_ns: int
    pid: int
    by_task: bool
    sk: int
    local: str
    remote: str
    old: str
    new: str


def find() -> Layout:
    """The tracepoint of this kernel. GroundError if tracefs does not show it to us."""
    for root in ROOTS:
        try:
            return Layout(int(_text(f"{root}/{EVENT}/id")), places(_text(f"{root}/{EVENT}/format")))
        except FileNotFoundError:
            continue
        except PermissionError as error:
            raise GroundError(f"{NAME} cannot be read in {root}: {error.strerror}", _REMEDY) from error
    mounted = any(os.path.isdir(f"{root}/events") for root in ROOTS)
    missing = f"tracefs has no {NAME}" if mounted else f"tracefs is not mounted on {' or '.join(ROOTS)}"
    raise GroundError(missing, "Linux 4.16 or newer with CONFIG_FTRACE" if mounted else _MOUNT)


def places(format: str) -> dict[str, tuple[int, int]]:
    """Place and size of each field, from the text of the event's `format`. GroundError if one is not there."""
    found = {name: (int(offset), int(size)) for name, offset, size in _FIELD.findall(format)}
    missing = [name for name in FIELDS if name not in found]
    if missing:
        raise GroundError(f"{NAME} has no {', '.join(missing)}", "Linux 4.16 or newer")
    return {name: found[name] for name in FIELDS}


def open_all(layout: Layout) -> list[int]:
    """A descriptor for each CPU. GroundError if the kernel refuses."""
    try:
        return perf.open_everywhere(layout.id)
    except OSError as error:
        raise GroundError(f"perf events of {NAME} cannot be had: {error.strerror}", _REMEDY) from error


def try_out() -> str:
    """Has one change told, and says what was found. GroundError if that cannot be."""
    if os.geteuid() != 0:
        raise GroundError("only root is told of every socket", _REMEDY)
    layout = find()
    rings = [perf.Ring(fd) for fd in open_all(layout)]
    for ring in rings:
        ring.begin()
    with socket.create_server(("127.0.0.1", 0)):
        pass
    for ring in rings:
        ring.end()
        os.close(ring.fd)
    if not read([sample for ring in rings for sample in ring.samples()], layout):
        raise GroundError(f"{NAME} said nothing of a socket that listened")
    return f"{NAME} told of a socket, on {len(rings)} CPUs"


def read(samples: Iterable[perf.Sample], layout: Layout, ahead_ns: int = 0) -> list[Change]:
    """The changes of TCP sockets among these samples, in the order of their times, each later by `ahead_ns`."""
    reader = _Reader(layout, ahead_ns)
    changes = [reader.change(sample) for sample in sorted(samples)]
    return [change for change in changes if change is not None and change.old != change.new]


class _Reader:
    def __init__(self, layout: Layout, ahead_ns: int) -> None:
        self._places = layout.places
        self._ahead_ns = ahead_ns

    def change(self, sample: perf.Sample) -> Change | None:
        raw = sample.raw
        if self._number(raw, "protocol") != TCP:
            return None
        return Change(
            at_ns=sample.at_ns + self._ahead_ns,
            pid=sample.pid,
            by_task=not self._number(raw, "common_flags") & IN_INTERRUPT,
            sk=self._number(raw, "skaddr"),
            local=self._end(raw, "saddr", "sport"),
            remote=self._end(raw, "daddr", "dport"),
            old=STATES[self._number(raw, "oldstate")],
            new=STATES[self._number(raw, "newstate")],
        )

    def _number(self, raw: bytes, name: str) -> int:
        at, size = self._places[name]
        return int.from_bytes(raw[at : at + size], sys.byteorder)

    def _end(self, raw: bytes, address: str, port: str) -> str:
        number = self._number(raw, port)
        if self._number(raw, "family") == socket.AF_INET:
            return f"{socket.inet_ntop(socket.AF_INET, self._bytes(raw, address))}:{number}"
        return f"[{socket.inet_ntop(socket.AF_INET6, self._bytes(raw, f'{address}_v6'))}]:{number}"

    def _bytes(self, raw: bytes, name: str) -> bytes:
        at, size = self._places[name]
        return raw[at : at + size]


def _text(path: str) -> str:
    with open(path, encoding="ascii") as file:
        return file.read()
