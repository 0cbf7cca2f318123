"""Inputs out of other inputs: whole pieces of their grammar are moved, and single bytes are spoiled.

Bytes drawn at random hardly ever pass a parser's first line. So an input is split into what its grammar calls pieces (a
header, a frame, a line); they are left out, doubled, swapped, replaced and changed, and then cut at any byte for the
way. Everything is drawn from one generator, so a seed tells the whole run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from bench.fuzz.case import ENDINGS, Case

MOST_CHANGES = 5
MOST_BYTES = 70_000
TEMPTING = (
    b"0", b"1", b"-1", b"+1", b"00", b"2", b"9", b"10", b"255", b"256", b"1024", b"1025", b"65535", b"65536", b"65537",
    b"2147483647", b"2147483648", b"4294967296", b"18446744073709551615", b"18446744073709551616", b"9" * 40, b"ffff",
    b"0x10", b"1e3", b"\xd9\xa3", b" 1",
)  # fmt: skip
"""Numbers at which something begins or ends."""
REPEATS = (2, 2, 3, 3, 10, 10, 100, 100, 1000, 9000)
Tweak = Callable[[Random, bytes], bytes]


class Grammar(NamedTuple):
    """`split` gives pieces that together are the input; `words` may stand in the place of one."""

    seeds: tuple[bytes, ...]
    split: Callable[[bytes], list[bytes]]
    words: tuple[bytes, ...]
    tweak: Tweak


def case(random: Random, corpus: list[bytes], grammar: Grammar) -> Case:
    """A new input. What was found last is drawn more often: it is where nobody has looked yet."""
    data = _drawn(random, corpus)
    pieces = grammar.split(data)
    for _ in range(random.randint(1, MOST_CHANGES)):
        random.choice(CHANGES)(random, pieces, corpus, grammar)
    changed = b"".join(pieces)[:MOST_BYTES]
    if random.random() < 0.2:
        changed = spoiled(random, changed)
    return Case(changed, cuts(random, len(changed)), random.choice(ENDINGS))


def cuts(random: Random, size: int) -> tuple[int, ...]:
    """In one piece; byte by byte at the start; or anywhere."""
    kind = random.random()
    if kind < 0.3 or size < 2:
        return ()
    if kind < 0.5:
        return (1,) * min(random.randint(1, 40), size - 1)
    return tuple(random.randint(1, max(1, size // 2)) for _ in range(random.randint(1, 8)))


def _drawn(random: Random, corpus: list[bytes]) -> bytes:
    return random.choice(corpus[-20:] if random.random() < 0.4 else corpus)


def spoiled(random: Random, data: bytes) -> bytes:
    """A few bytes are others, more or fewer."""
    found = bytearray(data)
    for _ in range(random.randint(1, 4)):
        place = random.randint(0, len(found))
        found[place : place + random.randint(0, 2)] = random.randbytes(random.randint(0, 2))
    return bytes(found)


def tweak(random: Random, piece: bytes) -> bytes:
    """A piece of text that is nearly the same."""
    number = re.search(rb"\d+", piece)
    match random.randrange(5):
        case 0 if number:
            return piece[: number.start()] + random.choice(TEMPTING) + piece[number.end() :]
        case 1:
            return piece.swapcase()
        case 2:
            return piece * random.choice(REPEATS) if len(piece) < 20 else piece * 2
        case 3:
            return piece[: random.randint(0, len(piece))]
        case _:
            return spoiled(random, piece)


# -- changes; each does what it can with what there is -----------------------------------------------------------------

Pieces = list[bytes]


def _drop(random: Random, pieces: Pieces, corpus: Pieces, grammar: Grammar) -> None:
    if pieces:
        start = random.randrange(len(pieces))
        del pieces[start : start + random.choice((1, 1, 1, 2, 5))]


def _double(random: Random, pieces: Pieces, corpus: Pieces, grammar: Grammar) -> None:
    if pieces:
        start = random.randrange(len(pieces))
        some = pieces[start : start + random.choice((1, 1, 2, 4, 12))]
        pieces[start:start] = some * random.choice((1, 1, 1, 1, 1, 2, 2, 8, 120) if len(some) < 3 else (1,))


def _swap(random: Random, pieces: Pieces, corpus: Pieces, grammar: Grammar) -> None:
    if pieces:
        one, other = random.randrange(len(pieces)), random.randrange(len(pieces))
        pieces[one], pieces[other] = pieces[other], pieces[one]


def _replace(random: Random, pieces: Pieces, corpus: Pieces, grammar: Grammar) -> None:
    if pieces:
        pieces[random.randrange(len(pieces))] = random.choice(grammar.words)


def _insert(random: Random, pieces: Pieces, corpus: Pieces, grammar: Grammar) -> None:
    pieces.insert(random.randint(0, len(pieces)), random.choice(grammar.words))


def _change(random: Random, pieces: Pieces, corpus: Pieces, grammar: Grammar) -> None:
    if pieces:
        place = random.randrange(len(pieces))
        pieces[place] = grammar.tweak(random, pieces[place])


def _cut_off(random: Random, pieces: Pieces, corpus: Pieces, grammar: Grammar) -> None:
    del pieces[random.randint(0, len(pieces)) :]


def _splice(random: Random, pieces: Pieces, corpus: Pieces, grammar: Grammar) -> None:
    """Goes on as another input does."""
    others = grammar.split(_drawn(random, corpus))
    pieces[random.randint(0, len(pieces)) :] = others[random.randint(0, len(others)) :]


def _append(random: Random, pieces: Pieces, corpus: Pieces, grammar: Grammar) -> None:
    pieces += grammar.split(_drawn(random, corpus))


CHANGES = (_drop, _double, _swap, _replace, _insert, _change, _change, _change, _cut_off, _splice, _append)
