"""The rings of perf events: what is in them is read whole, and whatever is missing is noticed."""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator

import pytest

from netns import perf
from netns.perf import Ring, Sample, records

PAGE = os.sysconf("SC_PAGESIZE")
LOST, THROTTLE, UNTHROTTLE = 2, 5, 6


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("=IHH", kind, 0, 8 + len(content)) + content


def sample(pid: int, at_ns: int, raw: bytes = b"raw.") -> bytes:
    return record(9, struct.pack("=iiQI", pid, pid, at_ns, len(raw)) + raw)


class Kernel:
    """Its end of a ring: writes records where the last one ended, and says how far it came."""

    def __init__(self) -> None:
        self.fd = os.memfd_create("ring")
        os.ftruncate(self.fd, PAGE + perf.ring_size())
        self._memory = mmap.mmap(self.fd, PAGE + perf.ring_size())
        self.head = 0

    def tell(self, *told: bytes) -> None:
        for one in told:
            start = self.head % perf.ring_size()
            first = one[: perf.ring_size() - start]
            self._memory[PAGE + start : PAGE + start + len(first)] = first
            self._memory[PAGE : PAGE + len(one) - len(first)] = one[len(first) :]
            self.head += len(one)
        struct.pack_into("=Q", self._memory, 1024, self.head)

    @property
    def tail(self) -> int:
        return int(struct.unpack_from("=Q", self._memory, 1032)[0])


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    os.close(kernel.fd)


def test_what_was_told_is_read_and_its_room_given_back(kernel: Kernel) -> None:
    ring = Ring(kernel.fd)
    kernel.tell(sample(7, 1), sample(0, 2, b"other..."))
    ring.drain()
    kernel.tell(sample(-1, 3))
    ring.drain()
    assert kernel.tail == kernel.head
    assert ring.samples() == [Sample(1, 7, b"raw."), Sample(2, 0, b"other..."), Sample(3, -1, b"raw.")]
    assert ring.is_whole


def test_a_record_that_goes_round_the_end_of_the_ring_is_put_together(kernel: Kernel) -> None:
    ring = Ring(kernel.fd)
    for _ in range(2):
        kernel.tell(*[record(9, bytes(1016))] * (perf.ring_size() // 2048))
        ring.drain()
    kernel.tell(record(UNTHROTTLE, bytes(92)))
    kernel.tell(sample(8, 2, bytes(range(256)) * 8))
    ring.drain()
    assert ring.samples()[-1] == Sample(2, 8, bytes(range(256)) * 8)


def test_a_ring_without_room_for_another_record_may_have_lost_one(kernel: Kernel) -> None:
    ring = Ring(kernel.fd)
    kernel.tell(*[record(9, bytes(1016))] * (perf.ring_size() // 1024))
    ring.drain()
    assert not ring.is_whole


@pytest.mark.parametrize("kind", [LOST, THROTTLE])
def test_what_the_kernel_says_of_lost_samples_is_heard(kernel: Kernel, kind: int) -> None:
    ring = Ring(kernel.fd)
    kernel.tell(sample(7, 1), record(kind, bytes(16)), sample(7, 2))
    ring.drain()
    assert [found.at_ns for found in ring.samples()] == [1, 2]
    assert not ring.is_whole


def test_the_end_of_throttling_takes_nothing_away(kernel: Kernel) -> None:
    ring = Ring(kernel.fd)
    kernel.tell(record(UNTHROTTLE, bytes(24)))
    ring.drain()
    assert (ring.samples(), ring.is_whole) == ([], True)


@pytest.mark.parametrize(
    "rubbish",
    [b"\0" * 16, b"\t\0\0\0", sample(7, 1)[:-2], struct.pack("=IHH", 9, 0, 8)],
    ids=["zeros", "short", "cut", "empty"],
)
def test_rubbish_ends_what_can_be_read_and_is_not_passed_over(rubbish: bytes) -> None:
    assert [kind for kind, _ in records(sample(7, 1) + rubbish)] == [9, 0]


def test_a_machine_with_many_processors_gets_small_rings_of_a_size_that_perf_takes() -> None:
    size = perf.ring_size()
    assert size & (size - 1) == 0
    assert 1 << 16 <= size <= 1 << 21
