"""What an ICMP error does to an attempt."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.branches import LOCKED
from harness.clause import MUST, clause
from harness.events import Call, Counter, GetSockOpt, Packet, bits, mask_of
from harness.notation import body
from harness.spec.kernel.messages import alone, errno_of, is_ignored, queue_was_read
from harness.spec.kernel.seen import HANGING_UP, dead, icmp, next_connect, syns, taker
from harness.verdict import Verdict, failed, inconclusive, not_applicable, passed, passed_by_absence

OUT_OF_WINDOW = "TcpExtOutOfWindowIcmps"
NO_MESSAGE = "no ICMP error came before the outcome, or something else did as well"


@clause(
    "K-18",
    force=MUST,
    needs={"syscall", "wire"},
    says="The errno of an attempt that ICMP ended is that of the message's type and code.",
    why="The kernel has a table for it, the same for every protocol, and passes nothing else on.",
    source="catalogue 0.2; net/ipv4/icmp.c, icmp_err_convert; net/ipv6/icmp.c, tab_unreach; catalogue 48",
)
def errno_of_the_message(attempt: Attempt) -> Verdict:
    ready = attempt.first_readiness
    messages = alone(attempt, ready)
    told = taker(attempt, ready) if ready and messages else None
    wanted = {errno_of(message) for message in messages} - {""}
    if told is None or not wanted:
        return not_applicable(NO_MESSAGE)
    value = told.value if isinstance(told, GetSockOpt) else told.error
    if value not in {*wanted, "ETIMEDOUT", "EALREADY", "EAGAIN"} and not (value == "0" and _is_emptied(attempt, told)):
        return failed(f"the error was {value or 0}, should be {' or '.join(sorted(wanted))}", *messages, told)
    return passed(*messages, told) if value in wanted else not_applicable("the attempt went on")


@clause(
    "K-19",
    force=MUST,
    needs={"syscall", "wire"},
    says="After an ICMP error has ended the attempt no further SYN leaves, unless connect() is called again.",
    why="While connecting the kernel takes an error at its word; it does not try another time.",
    source="catalogue 0.2; net/ipv4/tcp_ipv4.c, tcp_v4_err; RFC 5461, 2.2; catalogue 49",
)
def ended_is_not_tried_again(attempt: Attempt) -> Verdict:
    ready = attempt.first_readiness
    if ready is None or not alone(attempt, ready) or "HUP" not in bits(ready.mask):
        return not_applicable(NO_MESSAGE)
    again = next_connect(attempt, ready)
    more = [syn for syn in syns(attempt) if attempt.number(syn) > attempt.number(ready)]
    early = [syn for syn in more if again is None or attempt.number(syn) < attempt.number(again)]
    return failed("a SYN left after the attempt had ended", ready, early[0]) if early else passed_by_absence(ready)


@clause(
    "K-20",
    force=MUST,
    needs={"syscall", "wire"},
    says="An ICMP error makes a connecting socket ready for all that was asked, ERR and HUP, or, if locked, for ERR.",
    why="The second is for a message that comes while connect() holds the socket. IPv6 then tells only IPV6_RECVERR.",
    source="catalogue 0.1, ICMP error; net/ipv4/tcp_ipv4.c, sock_owned_by_user; catalogue 46",
    kernels="6.18",
)
def ready_for_all_or_for_err_alone(attempt: Attempt) -> Verdict:
    ready = attempt.first_readiness
    messages = [message for message in alone(attempt, ready) if errno_of(message)]
    if ready is None or not messages or ready.poller not in HANGING_UP:
        return not_applicable(NO_MESSAGE)
    if bits(ready.mask) == {"ERR"}:
        witness = attempt.trace.of(Counter, who=attempt.trace.subject, name=LOCKED)
        if not witness and "kernel" in attempt.trace.points:
            return inconclusive(f"{body(ready)}, and {LOCKED} did not rise", *messages, ready)
        return passed(*messages, ready, *witness, reason="the branch icmp-while-locked")
    if bits(ready.mask) == dead(attempt, ready):
        return passed(*messages, ready, reason="the branch icmp-at-once")
    return failed(f"{body(ready)}, should be {mask_of(dead(attempt, ready))} or ERR alone", *messages, ready)


@clause(
    "K-24",
    force=MUST,
    needs={"syscall", "wire"},
    says="What is no error of the attempt is ignored: too big, quench, redirect, reassembly, numbers out of window.",
    why="Anyone may send such a message; only the real answer to the SYN, or an error that quotes it, counts.",
    source="catalogue 0.2; net/ipv4/tcp_ipv4.c, tcp_v4_err; RFC 5927, 4; catalogue 50",
)
def what_is_no_error_is_ignored(attempt: Attempt) -> Verdict:
    later = icmp(attempt.trace).after(attempt.connect)
    messages = later.of(Packet)
    forged = attempt.trace.first(Counter, who=attempt.trace.subject, name=OUT_OF_WINDOW)
    all_forged = forged is not None and forged.rose >= len(messages)
    if not attempt.in_progress or not messages or not (all_forged or all(map(is_ignored, messages))):
        return not_applicable("no ICMP message came that is to be ignored, or others came as well")
    ready = attempt.first_readiness
    if ready and alone(attempt, ready) and len(syns(attempt)) == 1:
        return failed(f"{body(ready)}, though only {messages[0].info} had come", messages[0], ready)
    return passed_by_absence(*messages, *([forged] if forged and all_forged else []))


def _is_emptied(attempt: Attempt, told: Call) -> bool:
    """Whether the queue was read before SO_ERROR: taking its last message takes the pending error as well."""
    ready = attempt.first_readiness
    return ready is not None and queue_was_read(attempt, ready, told)
