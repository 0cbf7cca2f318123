"""Which rule speaks for a frame: the plan's matches, with the counting that `#1` needs.

Pure: frames and names in, a rule out. Every rule counts every frame that fits it, also those that an earlier rule
decided, so that `S #1` and `S #2` mean the first and second SYN of the case whatever is done to the first.
"""

from __future__ import annotations

from collections.abc import Callable

from netns.frames import DNS_PORT, FLAGS, Frame
from netns.plan import Match, Rule

Meaning = Callable[[Frame], bool]

WORDS: dict[str, Meaning] = {
    "": lambda frame: True,
    "any": lambda frame: True,
    "data": lambda frame: frame.proto == "tcp" and bool(frame.data),
    "tcp": lambda frame: frame.proto == "tcp",
    "udp": lambda frame: frame.proto == "udp",
    "arp": lambda frame: frame.proto == "arp",
    "nd": lambda frame: frame.proto == "nd",
    "icmp": lambda frame: frame.proto == "icmp",
    "dns": lambda frame: bool(frame.data) and DNS_PORT in (frame.sport, frame.dport),
}
"""What the words of `Match.what` mean. A handshake with port 53 is not yet `dns`: a message has to be in the frame."""


def meaning_of(what: str) -> Meaning:
    """The test that a `Match.what` stands for. Raises ValueError for what is neither a word nor TCP flags."""
    if what in WORDS:
        return WORDS[what]
    if set(what) - set(FLAGS):
        raise ValueError(f"{what!r} is neither TCP flags ({FLAGS}) nor one of {', '.join(filter(None, WORDS))}")
    flags = "".join(letter for letter in FLAGS if letter in what)
    return lambda frame: frame.flags == flags


class Counter:
    """One match with its count of the frames that fitted everything but `nth`."""

    def __init__(self, match: Match) -> None:
        self._match = match
        self._test = meaning_of(match.what)
        self.seen = 0

    def meets(self, frame: Frame, sender: str, receiver: str) -> bool:
        """Counts the frame if it fits, and says whether it is the one meant (or one of them, without `nth`)."""
        match = self._match
        if match.sender not in ("", sender) or match.receiver not in ("", receiver) or not self._test(frame):
            return False
        self.seen += 1
        return match.nth in (0, self.seen)

    @property
    def is_past(self) -> bool:
        """Whether the one frame meant was there already; never without `nth`, where another may always come."""
        return 0 < self._match.nth <= self.seen


class Rules:
    """The plan's rules in their order; the first that fits decides, alone."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = [(number, rule, Counter(rule.match)) for number, rule in enumerate(rules, 1)]

    def decide(self, frame: Frame, sender: str, receiver: str) -> tuple[int, Rule] | None:
        """The number (from 1) and the rule for this frame, or None when it travels freely."""
        decided = None
        for number, rule, counter in self._rules:
            if counter.meets(frame, sender, receiver) and decided is None:
                decided = number, rule
        return decided
