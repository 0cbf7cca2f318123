"""When the SYN is sent again, and when the kernel gives up.

Timers can only be late, so every limit of time is a lower one, with a tenth of it allowed for ticks.
"""

from __future__ import annotations

from itertools import pairwise

from harness.attempt import Attempt
from harness.clause import MUST, SHOULD, clause
from harness.events import Connect, Event, Packet, bits
from harness.flows import PENDING
from harness.verdict import Verdict, failed, not_applicable, passed, passed_by_absence

SECOND_NS, MS = 1_000_000_000, 1_000_000
FIRST_TIMEOUT_NS = SECOND_NS * 9 // 10
LONGEST_NS = 100 * SECOND_NS
"""TCP_RTO_MAX is 120 s: from there on waits are alike."""

DOUBLED, DOUBLES = 1.7, 1.4
"""A wait that is so much longer than the last one was doubled, and each one after it is at least so much longer."""

ONCE = "the SYN was sent once at most"


@clause(
    "K-40",
    force=MUST,
    needs={"wire"},
    says="A SYN that nobody answered is sent again no sooner than a second after the one before.",
    why="That is the timeout before the first round trip; only an answer that does not fit makes the kernel hurry.",
    source="RFC 6298, 2.1; include/net/tcp.h, TCP_TIMEOUT_INIT; catalogue 0.4",
)
def again_after_a_second(attempt: Attempt) -> Verdict:
    sent = series(attempt)
    if len(sent) < 2:
        return not_applicable(ONCE)
    for one, other in pairwise(sent):
        between = attempt.between(one, other).first(Packet, phase="arrived", dst=attempt.trace.subject)
        waited_ns = other.at_ns - began_ns(attempt, one)
        if waited_ns < FIRST_TIMEOUT_NS and between is None:
            return failed(f"the SYN was sent again after {waited_ns // MS} ms", one, other)
    return passed(*sent)


@clause(
    "K-41",
    force=MUST,
    needs={"wire"},
    says="A SYN that is sent again has the sequence number of the first.",
    why="It is the same attempt: an answer to any of them completes it.",
    source="RFC 9293, 3.8.1; catalogue 0.4",
)
def again_is_the_same(attempt: Attempt) -> Verdict:
    sent = series(attempt)
    other = next((packet for packet in sent[1:] if packet.seq != sent[0].seq), None)
    if other:
        return failed("another SYN followed, and no connect() had begun anew", sent[0], other)
    return passed(*sent) if len(sent) > 1 else not_applicable(ONCE)


@clause(
    "K-42",
    force=MUST,
    needs={"wire"},
    says="No wait for the answer to a SYN is much shorter than the one before.",
    why="Waits are alike for tcp_syn_linear_timeouts times, and double from there on; they never start again.",
    source="net/ipv4/tcp_timer.c, tcp_retransmit_timer; ip-sysctl, tcp_syn_linear_timeouts; catalogue 0.4",
)
def waits_never_shrink(attempt: Attempt) -> Verdict:
    sent = series(attempt)
    if len(sent) < 3:
        return not_applicable("there were less than two waits")
    for one, two, three in zip(sent, sent[1:], sent[2:], strict=False):
        if (three.at_ns - two.at_ns) * 2 < two.at_ns - one.at_ns:
            return failed(
                f"a wait of {elapsed_ms(two, three)} ms followed one of {elapsed_ms(one, two)} ms", one, two, three
            )
    return passed(*sent)


@clause(
    "K-43",
    force=MUST,
    needs={"wire"},
    says="Once a wait was twice the one before, each further wait is.",
    why="Linear timeouts come first, and only first: SYN at 0, 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s by default.",
    source="net/ipv4/tcp_timer.c, tcp_retransmit_timer; catalogue 0.4, measured on Linux 6.18; catalogue 73",
    kernels="6.18",
)
def doubling_goes_on(attempt: Attempt) -> Verdict:
    sent = series(attempt)
    waits = [other.at_ns - began_ns(attempt, one) for one, other in pairwise(sent)]
    ratios = [after / max(1, before) for before, after in pairwise(waits)]
    doubled = next((place for place, ratio in enumerate(ratios) if ratio >= DOUBLED), len(ratios))
    if doubled + 1 >= len(ratios):
        return not_applicable("no wait followed one that was doubled")
    for place in range(doubled + 1, len(ratios)):
        if ratios[place] < DOUBLES and waits[place] < LONGEST_NS:
            return failed(
                f"after {waits[place] // MS} ms it waited {waits[place + 1] // MS} ms", *sent[place : place + 3]
            )
    return passed(*sent)


@clause(
    "K-48",
    force=SHOULD,
    needs={"syscall", "wire"},
    says="When an attempt is over, no SYN follows until connect() is called again.",
    why="A socket that hung up or was closed has no timer left.",
    source="net/ipv4/tcp.c, tcp_done; catalogue 0.1, 0.4",
)
def over_is_over(attempt: Attempt) -> Verdict:
    ready = attempt.first_readiness
    dead = ready if ready and "HUP" in bits(ready.mask) else None
    over = min((event for event in (dead, attempt.closed) if event), key=attempt.number, default=None)
    if over is None or not series(attempt):
        return not_applicable("the attempt was not over, or no SYN left for it")
    again = attempt.after(attempt.connect).first(Connect)
    late = attempt.between(over, again).first(Packet, phase="sent", flags="S", src=attempt.trace.subject)
    return failed("a SYN was sent after the end", over, late) if late else passed_by_absence(over)


def series(attempt: Attempt) -> list[Packet]:
    """The SYNs of the first connect(), without those that the lab itself made of them."""
    again = next((call for call in attempt.after(attempt.connect).each(Connect) if call.error in {"", *PENDING}), None)
    sent = attempt.between(attempt.connect, again).of(Packet, phase="sent", flags="S", src=attempt.trace.subject)
    return [packet for packet in sent if not packet.tags]


def began_ns(attempt: Attempt, syn: Packet) -> int:
    """When the timer of this SYN began. The first may have waited for its neighbour, and its timer did not."""
    first = attempt.after(attempt.connect).first(Packet, phase="sent", flags="S", src=attempt.trace.subject)
    return attempt.connect.at_ns if syn is first else syn.at_ns


def elapsed_ms(one: Event, other: Event) -> int:
    return (other.at_ns - one.at_ns) // MS
