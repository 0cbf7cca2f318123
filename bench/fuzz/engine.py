"""The fuzzer itself: batches of inputs to a fresh target each, and what to do about what they show."""

from __future__ import annotations

import gc
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path as File
from random import Random
from types import FrameType

from bench.fuzz import mutation
from bench.fuzz.case import Case
from bench.fuzz.coverage import Coverage
from bench.fuzz.shrink import smallest
from bench.fuzz.target import Path, Trouble, descriptors

BATCH = 100
FOLLOWED_FIRST, FOLLOWED_LATER = 30, 5
"""So many batches have their lines followed, and then every fifth: it costs three times what the inputs do."""
MOST_FINDINGS = 10
HANG_S = 20


class Hang(Trouble):
    """An input kept the program busy for longer than any should."""


class Run:
    """`found` is told of each kind of trouble, with the smallest inputs that show it."""

    def __init__(self, path: Path, seed: int, found: Callable[[str, list[Case]], None]) -> None:
        self.path, self.random, self._tell = path, Random(seed), found
        self.coverage = Coverage(*path.folders)
        self.corpus = list(path.grammar.seeds)
        self.executions = self.batches = 0
        self.findings: set[str] = set()

    def go_on(self, cpu_s: float) -> None:
        """For so much processor time."""
        end = time.process_time() + cpu_s
        self.batch([Case(seed) for seed in self.corpus])
        while time.process_time() < end and len(self.findings) < MOST_FINDINGS:
            self.batch([])

    def batch(self, cases: list[Case]) -> None:
        """Of these inputs, or of new ones if there are none."""
        tried: list[Case] = []
        follows = self.batches < FOLLOWED_FIRST or not self.batches % FOLLOWED_LATER
        coverage = self.coverage if follows else None
        trouble = troubled(self.path, self.batches, self._kept(cases, tried), coverage)
        self.batches += 1
        self.executions += len(tried)
        if trouble is not None:
            self._found(trouble, tried, self.batches - 1)

    def _kept(self, given: list[Case], tried: list[Case]) -> Iterator[Case]:
        """The inputs, one by one; after each it is seen whether it has come further than any before."""
        for number in range(len(given) or BATCH):
            case = given[number] if given else mutation.case(self.random, self.corpus, self.path.grammar)
            tried.append(case)
            before = len(self.coverage)
            yield case
            if len(self.coverage) > before and not given:
                self.corpus.append(case.data)

    def _found(self, trouble: BaseException, tried: list[Case], number: int) -> None:
        kind = kind_of(trouble)
        if kind in self.findings:
            return
        self.findings.add(kind)

        def shows(cases: list[Case]) -> bool:
            again = troubled(self.path, number, iter(cases))
            return again is not None and kind_of(again) == kind

        self._tell(kind, smallest(tried, shows) if shows(tried) else tried)
        gc.collect()  # what the broken targets held must not be counted in the next batch


def troubled(
    path: Path, number: int, cases: Iterator[Case], coverage: Coverage | None = None
) -> BaseException | None:  # fmt: skip
    """What these inputs, one after the other, do to a fresh target."""
    floor = descriptors()
    target = path.make(number)
    try:
        for case in cases:
            with _in_time(), coverage.following() if coverage is not None else nullcontext():
                target.run(case)
        with _in_time():
            target.check()
    except Exception as trouble:
        traceback.clear_frames(trouble.__traceback__)
        return trouble
    finally:
        target.close()
    left = descriptors() - floor
    return Trouble(f"{left} descriptors are left") if left else None


def kind_of(trouble: BaseException) -> str:
    """The same for the same fault: what it is, and the innermost line of the project that it came from."""
    frames = [frame for frame in traceback.extract_tb(trouble.__traceback__) if "site-packages" not in frame.filename]
    where = f"{File(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
    text = str(trouble) if isinstance(trouble, Trouble) else ""
    return f"{type(trouble).__name__} at {where} {text}".rstrip()


@contextmanager
def _in_time() -> Iterator[None]:
    """Hang if it is not over in HANG_S."""
    before = signal.signal(signal.SIGALRM, _hangs)
    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _hangs(number: int, frame: FrameType | None) -> None:
    raise Hang(f"it was still busy after {HANG_S} s")
