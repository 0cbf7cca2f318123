"""What a tracepoint of the kernel tells, from every CPU: perf_event_open(2) and its ring buffers.

A tracefs instance would stay behind when its maker is killed; these are descriptors, and vanish with their process. Who
opens them decides two things: it must be root, and the pids in the samples are those of its pid namespace, 0 for every
task that has none there. Who holds a descriptor afterwards may switch it and read it, whoever that is.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

from netns import linux

_TRACEPOINT, _SAMPLE, _WAKEUP, _CLOCK_MONOTONIC = 2, 9, 1 << 12, 1
_TID, _TIME, _RAW = 1 << 1, 1 << 2, 1 << 10
_DISABLED, _WATERMARK, _SAMPLE_ID_ALL, _USE_CLOCKID = 1 << 0, 1 << 14, 1 << 18, 1 << 25
_ATTRIBUTES = struct.Struct("=IIQQQQQIIQQQQIiQIHH")
"""struct perf_event_attr of include/uapi/linux/perf_event.h in its fifth version, 112 bytes."""
_ENABLE, _DISABLE = 0x2400, 0x2401
_HEADER = struct.Struct("=IHH")
_STAMP = struct.Struct("=iiQI")
_POSITION = struct.Struct("=Q")
_HEAD, _TAIL = 1024, 1032
"""Where perf_event_mmap_page has data_head and data_tail, on every architecture."""
_LARGEST = 512
"""No record of ours is as large: with less room than this left, one may have been thrown away."""
_MOST, _LEAST = 1 << 21, 1 << 16
"""Bytes for all rings of a set together, and the least for one: 600 changes of state."""
_HARMLESS = frozenset({6})
"""PERF_RECORD_UNTHROTTLE; any other record that is no sample says that samples are missing."""
ONLINE = "/sys/devices/system/cpu/online"


class Sample(NamedTuple):
    """`pid` is 0 for a task outside of the opener's pid namespace, and below 0 for one that is no more."""

    at_ns: int
    pid: int
    raw: bytes


class Ring:
    """The ring of one CPU as its reader sees it; times are CLOCK_MONOTONIC.

    That clock because for a tracepoint the kernel refuses CLOCK_REALTIME, which cannot be read in an NMI.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.is_whole = True
        self._size = ring_size()
        self._page = os.sysconf("SC_PAGESIZE")
        self._memory = linux.map_shared(fd, self._page + self._size)
        self._tail = 0
        self._data = bytearray()

    def begin(self) -> None:
        """From now on; what is there from before is nobody's."""
        fcntl.ioctl(self.fd, _DISABLE, 0)
        self._tail = self._head()
        self._free()
        fcntl.ioctl(self.fd, _ENABLE, 0)

    def end(self) -> None:
        fcntl.ioctl(self.fd, _DISABLE, 0)
        self.drain()

    def drain(self) -> None:
        """Takes out what is there, so that there is room again."""
        head = self._head()
        size = head - self._tail
        if not size:
            return
        start = self._tail % self._size
        first = min(size, self._size - start)
        ring = self._memory[self._page :]
        self._data += ring[start : start + first]
        self._data += ring[: size - first]
        self._tail = head
        self._free()
        self.is_whole = self.is_whole and size <= self._size - _LARGEST

    def samples(self) -> list[Sample]:
        """All that were taken out. `is_whole` is off from then on if any are missing."""
        found: list[Sample] = []
        for kind, record in records(bytes(self._data)):
            if kind == _SAMPLE:
                pid, _, at_ns, size = _STAMP.unpack_from(record)
                found.append(Sample(at_ns, pid, record[_STAMP.size : _STAMP.size + size]))
            elif kind not in _HARMLESS:
                self.is_whole = False
        return found

    def _head(self) -> int:
        return int(_POSITION.unpack_from(self._memory, _HEAD)[0])

    def _free(self) -> None:
        _POSITION.pack_into(self._memory, _TAIL, self._tail)


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each; what makes no sense is told as kind 0, and nothing after it."""
    at = 0
    while at < len(data):
        kind, _, size = _HEADER.unpack_from(data, at) if at + _HEADER.size <= len(data) else (0, 0, 0)
        if not _HEADER.size < size <= len(data) - at:
            yield 0, b""
            return
        yield kind, data[at + _HEADER.size : at + size]
        at += size


def open_everywhere(id: int) -> list[int]:
    """A descriptor for each CPU, switched off, of the tracepoint with this number. OSError if the kernel refuses."""
    opened: list[int] = []
    try:
        opened.extend(linux.perf_event_open(_attributes(id), cpu) for cpu in _online())
    except OSError:
        for fd in opened:
            os.close(fd)
        raise
    return opened


def hold(fd: int) -> None:
    """Keeps the ring, with the right of this process to so much locked memory, for those who will map it later."""
    linux.map_shared(fd, os.sysconf("SC_PAGESIZE") + ring_size())


def ring_size() -> int:
    """A power of two; a machine with many CPUs gets smaller ones, as each case happens on few of them."""
    share = max(_LEAST, _MOST // len(_online()))
    return 1 << share.bit_length() - 1


def _attributes(id: int) -> bytes:
    flags = _DISABLED | _WATERMARK | _SAMPLE_ID_ALL | _USE_CLOCKID
    wakeup = ring_size() // 4
    return _ATTRIBUTES.pack(
        _TRACEPOINT, _ATTRIBUTES.size, id, 1, _TID | _TIME | _RAW, 0, flags, wakeup, 0, 0, 0, 0, 0, 0,
        _CLOCK_MONOTONIC, 0, 0, 0, 0,
    )  # fmt: skip


def _online() -> list[int]:
    """`0-3,6` as numbers."""
    with open(ONLINE, encoding="ascii") as file:
        spans = [span.partition("-") for span in file.read().strip().split(",")]
    return [cpu for first, _, last in spans for cpu in range(int(first), int(last or first) + 1)]
