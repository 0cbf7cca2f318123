"""What happens to frames, and ends played by hand: rules and puppets of a plan as one choice of the matrix has them."""

from __future__ import annotations

import re

from harness import sections
from harness.choice import Choice
from harness.fields import ICMP_NAMES, STATE, nearest, packet
from harness.spec import SPECS
from harness.yamlmarks import Path
from netns.plan import Craft, Match, Puppet, Rule, Step

HOLDS = ("state", "exit", "closed")
ICMPV6_ERRORS = range(1, 5)
"""Types of ICMPv6 errors (RFC 4443 section 2.1); larger ones are not errors, or are private."""


def rules(choice: Choice) -> tuple[Rule, ...]:
    """The wire's rules in their order."""
    return tuple(_rule(choice, rule, ("wire", place)) for place, rule in enumerate(choice.sections.wire))


def puppets(choice: Choice) -> tuple[Puppet, ...]:
    """The ends played by hand."""
    return tuple(
        Puppet(
            on=choice.host(given.on, ("puppets", place, "on")),
            port=given.port,
            steps=tuple(_step(choice, step, ("puppets", place, "steps", at)) for at, step in enumerate(given.steps)),
        )
        for place, given in enumerate(choice.sections.puppets)
    )


def _rule(choice: Choice, rule: sections.Rule, path: Path) -> Rule:
    match = _match(choice, rule, path)
    if isinstance(rule.do, str):
        return Rule(match=match, drop=rule.do == "drop", cut=rule.do == "cut")
    deed, at = rule.do, (*path, "do")
    fact, frame = _hold(choice, deed.hold, (*at, "hold"))
    return Rule(
        match=match,
        drop=deed.drop,
        hold_until=fact,
        hold_until_frame=frame,
        delay_ms=deed.delay,
        duplicate=deed.duplicate,
        rewrite=dict(deed.rewrite),
        answer=_answers(choice, deed, match.what, at),
        cut=deed.cut,
        together=deed.together,
    )


def _match(choice: Choice, frame: sections.Frame, path: Path) -> Match:
    what, nth = packet(frame.on)
    return Match(
        what=what,
        nth=nth,
        sender="" if frame.sender is None else choice.host(frame.sender, (*path, "from")),
        receiver="" if frame.receiver is None else choice.host(frame.receiver, (*path, "to")),
    )


def _hold(choice: Choice, hold: str | sections.Frame | None, path: Path) -> tuple[str, Match | None]:
    """The fact that a frame is held until, or the frame."""
    if hold is None:
        return "", None
    if isinstance(hold, sections.Frame):
        return "", _match(choice, hold, path)
    word, _, rest = hold.partition(" ")
    if word not in HOLDS or not re.fullmatch(STATE if word == "state" else r"[a-z][a-z0-9_]*", rest):
        hint = "write `state STATE`, `exit HOST`, `closed HOST`, or {on: FRAME}"
        choice.say(path, f"'{hold}' is nothing that a frame can be held until", hint)
    elif word == "state":
        check_state(choice, rest, path)
    else:
        choice.host(rest, path)
    return hold, None


def check_state(choice: Choice, state: str, path: Path) -> None:
    """Says that the spec knows no such state, if it does not."""
    states = SPECS[choice.sections.spec]
    if state not in states:
        choice.say(path, f"'{state}' is no state of {choice.sections.spec}", nearest(state, states))


def _answers(choice: Choice, deed: sections.Deed, what: str, path: Path) -> tuple[Craft, ...]:
    """The answers of a rule."""
    crafts = []
    for place, craft in enumerate(deed.answer):
        at: Path = (*path, "answer", place)
        if craft.flags and what in ("arp", "nd", "udp", "icmp"):
            choice.say((*at, "flags"), f"only TCP can be answered by TCP flags, not {what}", "answer by icmp")
        if craft.icmp and what == "arp":
            choice.say((*at, "icmp"), "ARP cannot be answered by ICMP", "match another kind of frame")
        crafts.append(_craft(choice, craft, at))
    return tuple(crafts)


def _craft(choice: Choice, craft: sections.Craft, path: Path) -> Craft:
    return Craft(
        icmp="" if craft.icmp is None else _icmp(choice, craft.icmp, (*path, "icmp")),
        flags=craft.flags or "",
        payload=craft.payload,
        after_ms=craft.after,
        fields=dict(craft.fields),
    )


def _icmp(choice: Choice, icmp: str | sections.IcmpByFamily, path: Path) -> str:
    """type/code in the case's family. Bare numbers mean different errors in the two families."""
    text, at = choice.by_family(icmp, path)
    if text in ICMP_NAMES:
        return ICMP_NAMES[text][choice.family == "ipv6"]
    if isinstance(icmp, str) and choice.has_families:
        hint = f"write {{ipv4: {text}, ipv6: ...}}, or one of {', '.join(ICMP_NAMES)}"
        choice.say(at, f"{text} means different errors in IPv4 and IPv6", hint)
    elif text and choice.family == "ipv6" and int(text.partition("/")[0]) not in ICMPV6_ERRORS:
        choice.say(at, f"{text} is no error of ICMPv6", "its errors have the types 1 to 4, such as 1/3")
    return text


def _step(choice: Choice, step: sections.Step, path: Path) -> Step:
    send = None if step.send is None else _craft(choice, step.send, (*path, "send"))
    return Step(expect=step.expect or "", send=send, pause_ms=step.pause or 0)
