"""A rule speaks for the frames that its match means, and for no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netns.frames import Frame
from netns.match import WORDS, Counter, Rules, meaning_of
from netns.plan import Match, Rule

MACS = (bytes(6), bytes(6))
FRAMES = {
    "S": Frame(*MACS, proto="tcp", flags="S"),
    "SA": Frame(*MACS, proto="tcp", flags="SA"),
    "PA": Frame(*MACS, proto="tcp", flags="PA", data=b"x"),
    "A with data": Frame(*MACS, proto="tcp", flags="A", data=b"x"),
    "arp": Frame(*MACS, proto="arp"),
    "nd": Frame(*MACS, proto="nd"),
    "icmp": Frame(*MACS, proto="icmp"),
    "udp": Frame(*MACS, proto="udp", sport=9, dport=9, data=b"x"),
    "query": Frame(*MACS, proto="udp", dport=53, data=b"x"),
    "S to 53": Frame(*MACS, proto="tcp", dport=53, flags="S"),
}


@pytest.mark.parametrize(
    ("what", "meant"),
    [
        ("", set(FRAMES)),
        ("any", set(FRAMES)),
        ("S", {"S", "S to 53"}),
        ("SA", {"SA"}),
        ("AS", {"SA"}),
        ("A", {"A with data"}),
        ("PA", {"PA"}),
        ("R", set()),
        ("data", {"PA", "A with data"}),
        ("tcp", {"S", "SA", "PA", "A with data", "S to 53"}),
        ("udp", {"udp", "query"}),
        ("arp", {"arp"}),
        ("nd", {"nd"}),
        ("icmp", {"icmp"}),
        ("dns", {"query"}),
    ],
)
def test_each_word_means_these_frames(what: str, meant: set[str]) -> None:
    assert {name for name, frame in FRAMES.items() if meaning_of(what)(frame)} == meant


def test_every_word_is_told_in_the_mistake_that_it_could_have_been() -> None:
    with pytest.raises(ValueError, match="neither TCP flags") as mistake:
        meaning_of("SYN")
    assert all(word in str(mistake.value) for word in WORDS)


def test_a_count_means_that_one_frame_only() -> None:
    counter = Counter(Match(what="S", nth=2))
    assert [counter.meets(FRAMES[name], "a", "b") for name in ("S", "SA", "S", "S")] == [False, False, True, False]


def test_a_count_is_past_when_its_frame_was_there() -> None:
    counter = Counter(Match(what="S", nth=2))
    past = []
    for _ in range(3):
        counter.meets(FRAMES["S"], "a", "b")
        past.append(counter.is_past)
    assert past == [False, True, True]


def test_a_match_without_count_is_never_past() -> None:
    counter = Counter(Match(what="S"))
    assert counter.meets(FRAMES["S"], "a", "b")
    assert not counter.is_past


@pytest.mark.parametrize(
    ("match", "meets"),
    [
        (Match(sender="client"), True),
        (Match(receiver="server"), True),
        (Match(sender="server"), False),
        (Match(receiver="client"), False),
        (Match(sender="client", receiver="server"), True),
    ],
)
def test_sender_and_receiver_narrow_a_match(match: Match, meets: bool) -> None:
    assert Counter(match).meets(FRAMES["S"], "client", "server") is meets


def test_frames_between_other_hosts_are_not_counted() -> None:
    counter = Counter(Match(what="S", nth=1, sender="client"))
    assert not counter.meets(FRAMES["S"], "server", "client")
    assert counter.meets(FRAMES["S"], "client", "server")


def _numbers(rules: tuple[Rule, ...], *names: str) -> list[int | None]:
    book = Rules(rules)
    decided = [book.decide(FRAMES[name], "client", "server") for name in names]
    return [one[0] if one else None for one in decided]


def test_the_first_rule_that_fits_decides() -> None:
    rules = (Rule(match=Match(what="SA")), Rule(match=Match(what="S")), Rule(match=Match()))
    assert _numbers(rules, "S", "SA", "arp") == [2, 1, 3]


def test_a_rule_counts_also_what_an_earlier_rule_decided() -> None:
    rules = (Rule(match=Match(what="S", nth=1)), Rule(match=Match(what="S", nth=2)))
    assert _numbers(rules, "S", "S", "S") == [1, 2, None]


@given(st.lists(st.sampled_from(sorted(FRAMES))), st.sampled_from(sorted(WORDS)), st.integers(1, 4))
def test_a_count_speaks_once_if_there_are_that_many(names: list[str], what: str, nth: int) -> None:
    decided = _numbers((Rule(match=Match(what=what, nth=nth)),), *names)
    fitting = sum(meaning_of(what)(FRAMES[name]) for name in names)
    assert decided.count(1) == (1 if fitting >= nth else 0)
