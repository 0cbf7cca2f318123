"""The fuzzer's own parts: its inputs are told by its seed, and what it finds is made small and can be done again."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fuzz import mutation
from bench.fuzz.case import ENDINGS, Case, read, written
from bench.fuzz.chat import LINES
from bench.fuzz.engine import BATCH, Run, kind_of
from bench.fuzz.shrink import smallest
from bench.fuzz.target import Path as Fuzzed
from bench.fuzz.target import Trouble

cases = st.builds(
    Case, st.binary(max_size=80), st.lists(st.integers(1, 30), max_size=5).map(tuple), st.sampled_from(ENDINGS)
)


class Fragile:
    """Breaks at an X that comes after an A, in whatever pieces."""

    def __init__(self, number: int) -> None:
        self.seen = b""

    def run(self, case: Case) -> None:
        self.seen = b"".join(case.pieces())
        if b"X" in self.seen.partition(b"A")[2]:
            raise Trouble("broken")

    def check(self) -> None:
        """Nothing is left of an input."""

    def close(self) -> None:
        """Nothing is held."""


def fragile(*seeds: bytes) -> Fuzzed:
    return Fuzzed(LINES.grammar._replace(seeds=seeds, words=(b"A", b"X")), Fragile, ("tests/bench",))


def found_with(seed: int) -> tuple[list[list[Case]], list[bytes]]:
    """What a run of some batches finds, and what it kept on the way."""
    found: list[list[Case]] = []
    run = Run(fragile(b"one\ntwo\n", b"A three\n"), seed, lambda kind, smaller: found.append(smaller))
    for _ in range(5):
        run.batch([])
    assert run.executions <= 5 * BATCH
    return found, run.corpus


@given(cases)
def test_the_pieces_of_a_case_are_its_bytes(case: Case) -> None:
    pieces = list(case.pieces())
    assert b"".join(pieces) == case.data
    assert all(pieces)


@given(st.lists(cases, max_size=4))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, some: list[Case]) -> None:
    file: Path = tmp_path_factory.getbasetemp() / "cases.jsonl"
    file.write_text(written(some))
    assert read(file) == some


def test_a_seed_tells_the_whole_run_and_what_is_found_is_made_as_small_as_it_can_be() -> None:
    once = found_with(1)
    assert once == found_with(1)
    assert once != found_with(2)
    assert once[0] == [[Case(b"AX")]]


def test_an_input_that_needs_another_before_it_keeps_it() -> None:
    def shows(some: list[Case]) -> bool:
        text = b"|".join(case.data for case in some)
        return b"first" in text.partition(b"|")[0] and b"second" in text.partition(b"|")[2]

    many = [Case(b"noise"), Case(b"the first of all", (3, 4), "reset"), Case(b"noise"), Case(b"and the second", (1,))]
    assert smallest(many[1:], shows) == [Case(b"first"), Case(b"second")]


@given(st.integers(0, 1000))
def test_every_grammar_splits_into_pieces_that_are_the_input(seed: int) -> None:
    random = Random(seed)
    case = mutation.case(random, list(LINES.grammar.seeds), LINES.grammar)
    assert b"".join(LINES.grammar.split(case.data)) == case.data


def test_the_same_fault_has_one_name_and_another_has_its_own() -> None:
    assert kind_of(Trouble("one")) == kind_of(Trouble("one")) != kind_of(Trouble("other"))
