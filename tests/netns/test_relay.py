"""Whatever the rules do, every frame ends in exactly one way, and in an order that can be told beforehand."""

from __future__ import annotations

from collections import Counter as Tally

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from netns.frames import dissect
from netns.log import RuleHit, Sighting
from netns.plan import Craft, Match, Rule
from netns.relay import MS, Parcel, Relay

BELOW = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src="10.0.0.1", dst="10.0.0.2")
RAW = {flags: bytes(BELOW / TCP(flags=flags)) for flags in ("S", "SA", "A", "PA", "R")}
END_NS = 10**15


def _send(relay: Relay, flags: str, at_ns: int, sender: str = "client", receiver: str = "server") -> None:
    relay.enter(at_ns, RAW[flags], dissect(RAW[flags]), sender, receiver)


def _relay(*rules: Rule, sent: str = "") -> Relay:
    """A relay that got these segments from the client, at 1 ns, 2 ns and so on."""
    relay = Relay(rules)
    for at_ns, flags in enumerate(sent.split(), 1):
        _send(relay, flags, at_ns)
    return relay


def _taken(relay: Relay, now_ns: int = END_NS) -> list[Parcel]:
    return list(iter(lambda: relay.take(now_ns), None))


def _numbers(relay: Relay, now_ns: int = END_NS) -> list[int]:
    return [parcel.number for parcel in _taken(relay, now_ns)]


def _story(relay: Relay) -> list[str]:
    """The log as lines: `sent 1`, `rule 1 drop 1`, `dropped 1 rule 1`."""
    return [
        f"rule {entry.rule} {entry.action} {entry.frame}"
        if isinstance(entry, RuleHit)
        else " ".join((entry.phase, str(entry.frame), *entry.tags))
        for entry in relay.log
        if isinstance(entry, (RuleHit, Sighting))
    ]


def test_a_dropped_frame_is_told_with_its_rule_at_the_time_it_was_sent() -> None:
    relay = _relay(Rule(match=Match(what="S"), drop=True), sent="S A")
    assert _story(relay) == ["sent 1", "rule 1 drop 1", "dropped 1 rule 1", "sent 2"]
    assert [entry.at_ns for entry in relay.log] == [1, 1, 1, 2]
    assert _numbers(relay) == [2]


def test_a_delayed_frame_is_due_later_and_lets_others_pass() -> None:
    relay = _relay(Rule(match=Match(what="S"), delay_ms=300), sent="S A")
    assert _numbers(relay, now_ns=300 * MS) == [2]
    assert relay.due_ns() == 300 * MS + 1
    assert _numbers(relay, now_ns=300 * MS + 1) == [1]
    assert relay.due_ns() is None


def test_a_frame_held_until_a_fact_leaves_when_it_is_announced() -> None:
    relay = _relay(Rule(match=Match(what="SA"), hold_until="state error"), sent="SA A")
    assert _numbers(relay) == [2]
    assert [parcel.number for parcel in relay.held()] == [1]
    relay.announce("state connected", 5)
    assert _numbers(relay) == []
    relay.announce("state error", 6)
    assert (relay.due_ns(), _numbers(relay), relay.held()) == (6, [1], ())
    assert _story(relay)[1] == "rule 1 hold until state error 1"
    assert _story(relay)[-1] == "rule 1 release 1"


def test_a_fact_announced_before_holds_nothing_any_more() -> None:
    relay = _relay(Rule(match=Match(), hold_until="exit client"))
    relay.announce("exit client", 1)
    _send(relay, "S", 2)
    assert _numbers(relay) == [1]
    assert _story(relay)[1] == "rule 1 pass, exit client has been 1"


def test_a_frame_held_until_another_was_seen_arrives_behind_it() -> None:
    rule = Rule(match=Match(what="SA"), hold_until_frame=Match(what="S", nth=2))
    relay = _relay(rule, sent="S SA A S R")
    assert _numbers(relay) == [1, 3, 4, 2, 5]
    assert "rule 1 hold until S #2 2" in _story(relay)


def test_a_frame_that_was_counted_before_the_hold_holds_nothing() -> None:
    rule = Rule(match=Match(what="SA"), hold_until_frame=Match(what="S", nth=1))
    assert _numbers(_relay(rule, sent="S SA")) == [1, 2]


def test_without_a_count_the_next_such_frame_is_waited_for_and_never_the_held_one() -> None:
    relay = _relay(Rule(match=Match(what="PA", nth=1), hold_until_frame=Match(what="PA")), sent="PA A")
    assert _numbers(relay) == [2]
    _send(relay, "PA", 3)
    assert _numbers(relay) == [3, 1]


def test_a_frame_frees_only_what_waits_for_it() -> None:
    rules = (
        Rule(match=Match(what="S"), hold_until_frame=Match(what="A")),
        Rule(match=Match(what="SA"), hold_until_frame=Match(what="R")),
    )
    relay = _relay(*rules, sent="S SA A")
    assert _numbers(relay) == [3, 1]
    assert [parcel.number for parcel in relay.held()] == [2]


def test_a_held_frame_may_be_delayed_from_its_release() -> None:
    relay = _relay(Rule(match=Match(), hold_until="x", delay_ms=2), sent="S")
    relay.announce("x", 100)
    assert relay.due_ns() == 100 + 2 * MS


def test_duplicates_follow_at_once_with_the_same_number() -> None:
    relay = _relay(Rule(match=Match(what="S"), duplicate=2), sent="S A")
    assert [(parcel.number, parcel.tags) for parcel in _taken(relay)] == [
        (1, ()), (1, ("duplicate",)), (1, ("duplicate",)), (2, ())
    ]  # fmt: skip


def test_a_rewritten_frame_arrives_changed_and_was_sent_as_it_was() -> None:
    relay = _relay(Rule(match=Match(), rewrite={"window": "0"}), sent="SA")
    (parcel,) = _taken(relay)
    (sent,) = (entry for entry in relay.log if isinstance(entry, Sighting))
    assert (parcel.frame.window, dissect(parcel.raw).window, parcel.tags) == (0, 0, ("rewritten",))
    assert sent.raw == RAW["SA"]


def test_a_frame_is_answered_in_the_name_of_its_receiver() -> None:
    rule = Rule(match=Match(what="S"), drop=True, answer=(Craft(flags="RA"), Craft(icmp="3/1", after_ms=20)))
    relay = _relay(rule, sent="S")
    first, second = _taken(relay)
    assert (first.number, first.sender, first.receiver, first.tags) == (2, "server", "client", ("injected",))
    assert (first.frame.flags, second.frame.info) == ("RA", "3/1")
    assert _story(relay)[1] == "rule 1 drop, answer RA, answer icmp 3/1 1"


def test_an_answer_waits_as_long_as_it_says_and_comes_behind_what_it_answers() -> None:
    relay = _relay(Rule(match=Match(what="S"), answer=(Craft(icmp="3/1", after_ms=20), Craft(flags="RA"))), sent="S")
    assert [parcel.frame.flags for parcel in _taken(relay, now_ns=2)] == ["S", "RA"]
    assert relay.due_ns() == 20 * MS + 1


def test_an_answer_meets_no_rule_and_counts_for_none() -> None:
    rules = (Rule(match=Match(what="S"), answer=(Craft(flags="RA"),)), Rule(match=Match(what="RA"), drop=True))
    assert len(_taken(_relay(*rules, sent="S"))) == 2


def test_a_cut_loses_the_frame_and_all_that_follows_to_and_from_that_host() -> None:
    relay = _relay(Rule(match=Match(what="PA", receiver="server"), cut=True), sent="S PA A")
    _send(relay, "A", 4, "server", "client")
    _send(relay, "A", 5, "client", "dns")
    assert [line for line in _story(relay) if line.startswith("dropped")] == [f"dropped {n} cut" for n in (2, 3, 4)]
    assert _numbers(relay) == [1, 5]
    assert relay.is_cut("server")
    assert not relay.is_cut("client")


FLAGS = st.sampled_from(sorted(RAW))
MATCHES = st.builds(Match, what=st.sampled_from(["any", *RAW]), nth=st.integers(0, 3))
RULES = st.lists(
    st.builds(
        Rule,
        match=MATCHES,
        drop=st.booleans(),
        delay_ms=st.sampled_from([0, 0, 1, 20]),
        duplicate=st.sampled_from([0, 0, 1, 2]),
        hold_until=st.sampled_from(["", "", "fact"]),
        hold_until_frame=st.none() | MATCHES,
        cut=st.sampled_from([False] * 5 + [True]),
    ),
    max_size=4,
)
SENDINGS = st.lists(st.tuples(FLAGS, st.integers(0, 3 * MS), st.booleans()), max_size=25)


def _play(relay: Relay, sendings: list[tuple[str, int, bool]]) -> list[Parcel]:
    """Sends each after a while, taking what is due in between where the flag says so; the rest is left under way."""
    taken, at_ns = [], 0
    for flags, after_ns, takes in sendings:
        at_ns += after_ns
        _send(relay, flags, at_ns, *(("client", "server") if flags in ("S", "PA") else ("server", "client")))
        taken += _taken(relay, at_ns) if takes else []
    return taken


@given(RULES, SENDINGS, st.booleans())
def test_every_frame_is_delivered_dropped_or_held_exactly_once(
    rules: list[Rule], sendings: list[tuple[str, int, bool]], announces: bool
) -> None:
    relay = Relay(tuple(rules))
    parcels = _play(relay, sendings)
    if announces:
        relay.announce("fact", END_NS)
    parcels += _taken(relay, 2 * END_NS)
    lost = [entry.frame for entry in relay.log if isinstance(entry, Sighting) and entry.phase == "dropped"]
    originals = [parcel.number for parcel in (*parcels, *relay.held()) if "duplicate" not in parcel.tags]
    assert Tally(originals + lost) == Tally(range(1, len(sendings) + 1))


@given(RULES, SENDINGS)
def test_numbers_strictly_increase(rules: list[Rule], sendings: list[tuple[str, int, bool]]) -> None:
    relay = Relay(tuple(rules))
    _play(relay, sendings)
    sent = [entry.frame for entry in relay.log if isinstance(entry, Sighting) and entry.phase == "sent"]
    assert sent == list(range(1, len(sendings) + 1))


@given(SENDINGS)
def test_without_rules_the_order_is_kept(sendings: list[tuple[str, int, bool]]) -> None:
    relay = Relay()
    parcels = _play(relay, sendings) + _taken(relay)
    assert [parcel.number for parcel in parcels] == list(range(1, len(sendings) + 1))


def _together(relay: Relay) -> list[list[int]]:
    """The numbers of the parcels act by act."""
    firsts = iter(lambda: relay.take(END_NS), None)
    return [[first.number, *(parcel.number for parcel in relay.take_with(first))] for first in firsts]


def test_answers_that_go_together_are_one_act() -> None:
    answers = tuple(Craft(flags=flags) for flags in ("SA", "PA", "RA"))
    alone = _relay(Rule(match=Match(what="S"), drop=True, answer=answers), sent="S A")
    assert _together(alone) == [[2], [3], [4], [5]]
    joined = _relay(Rule(match=Match(what="S"), drop=True, answer=answers, together=True), sent="S A")
    assert _together(joined) == [[2, 3, 4], [5]]


def test_copies_that_go_together_are_one_act() -> None:
    assert _together(_relay(Rule(match=Match(what="S"), duplicate=2, together=True), sent="S A")) == [[1, 1, 1], [2]]


def test_a_held_frame_goes_together_with_the_one_that_it_was_held_for() -> None:
    until = Match(what="A")
    rule = Rule(match=Match(what="SA"), hold_until_frame=until, together=True)
    assert _together(_relay(rule, sent="SA S SA A R")) == [[2], [4, 1, 3], [5]]


@given(st.lists(st.integers(0, 100), min_size=1))
def test_without_rules_the_order_is_kept_even_when_the_clock_steps_back(times: list[int]) -> None:
    relay = Relay()
    for at_ns in times:
        _send(relay, "A", at_ns)
    assert _numbers(relay) == list(range(1, len(times) + 1))


@given(RULES, SENDINGS)
def test_nothing_is_taken_before_it_is_due(rules: list[Rule], sendings: list[tuple[str, int, bool]]) -> None:
    relay = Relay(tuple(rules))
    _play(relay, sendings)
    while (due_ns := relay.due_ns()) is not None:
        assert relay.take(due_ns - 1) is None
        assert relay.take(due_ns) is not None


@pytest.mark.parametrize("what", ["XYZ", "syn"])
def test_a_rule_that_means_nothing_is_refused_at_once(what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Relay((Rule(match=Match(what=what)),))
