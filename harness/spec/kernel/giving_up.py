"""When the kernel gives an attempt up that nobody answered.

Timers can only be late, so every limit of time is a lower one, with a tenth of it allowed for ticks.
"""

from __future__ import annotations

import re

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import SetSockOpt, bits
from harness.spec.kernel.schedules import FIRST_TIMEOUT_NS, MS, began_ns, series
from harness.spec.kernel.seen import came_back
from harness.verdict import Verdict, failed, not_applicable, passed

NO_TIMEOUT = "the kernel did not give the attempt up"


@clause(
    "K-44",
    force=MUST,
    needs={"syscall", "wire"},
    says="An attempt that nothing came back for ends in ETIMEDOUT, with ERR and HUP.",
    why="It is the only failure that the kernel finds without anybody's answer, once it has sent a SYN.",
    source="catalogue 0.4; tcp(7), ETIMEDOUT; catalogue 73",
)
def silence_is_a_timeout(attempt: Attempt) -> Verdict:
    ready, read = attempt.first_readiness, attempt.decision
    if not attempt.in_progress or not series(attempt) or ready is None or read is None or came_back(attempt, None):
        return not_applicable("something came back, or nothing was awaited")
    if read.value == "EHOSTUNREACH":
        return not_applicable("the next hop was lost, which another clause is about")
    if read.value != "ETIMEDOUT":
        return failed(f"nothing came back, and SO_ERROR says {read.value}", ready, read)
    if ready.poller != "select" and not {"ERR", "HUP"} <= bits(ready.mask):
        return failed(f"the attempt is over, and the poller says {ready.mask}", ready, read)
    return passed(ready, read)


@clause(
    "K-45",
    force=MUST,
    needs={"syscall", "wire"},
    says="The kernel gives an attempt up when the timer of a SYN fires, so not before the first second is over.",
    why="TCP_USER_TIMEOUT and TCP_SYNCNT are looked at then and only then: 500 ms end after a second.",
    source="net/ipv4/tcp_timer.c, tcp_write_timeout; catalogue 0.4",
)
def not_before_the_first_timer(attempt: Attempt) -> Verdict:
    sent, ready = series(attempt), attempt.first_readiness
    if not _timed_out(attempt) or ready is None or not sent:
        return not_applicable(NO_TIMEOUT)
    waited_ns = ready.at_ns - began_ns(attempt, sent[0])
    if waited_ns < FIRST_TIMEOUT_NS:
        return failed(f"ETIMEDOUT came {waited_ns // MS} ms after the first SYN", sent[0], ready)
    return passed(sent[0], ready)


@clause(
    "K-46",
    force=MUST,
    needs={"syscall", "wire"},
    says="TCP_USER_TIMEOUT gives an attempt at least that long.",
    why="It bounds how long nothing may come back, and is not rounded down.",
    source="tcp(7), TCP_USER_TIMEOUT; catalogue 0.4",
)
def user_timeout_is_granted(attempt: Attempt) -> Verdict:
    sent, ready, option = series(attempt), attempt.first_readiness, _option(attempt, "TCP_USER_TIMEOUT")
    if not _timed_out(attempt) or ready is None or not sent or not _value(option):
        return not_applicable(f"{NO_TIMEOUT}, or TCP_USER_TIMEOUT was not set")
    waited_ns = ready.at_ns - began_ns(attempt, sent[0])
    if option and waited_ns < _value(option) * MS * 9 // 10:
        return failed(f"ETIMEDOUT came {waited_ns // MS} ms after the first SYN", option, sent[0], ready)
    return passed(sent[0], ready)


@clause(
    "K-47",
    force=MUST,
    needs={"syscall", "wire"},
    says="TCP_SYNCNT of n sends at least n+1 SYNs before ETIMEDOUT; linear timeouts may add some.",
    why="The kernel counts time, not SYNs: it gives up at the first timer after the time that n doublings would take.",
    source="tcp(7), TCP_SYNCNT; net/ipv4/tcp_timer.c, retransmits_timed_out; catalogue 0.4; catalogue 73",
    kernels="6.18",
)
def syn_count_is_sent(attempt: Attempt) -> Verdict:
    sent, option = series(attempt), _option(attempt, "TCP_SYNCNT")
    if not _timed_out(attempt) or option is None or _value(_option(attempt, "TCP_USER_TIMEOUT")):
        return not_applicable(f"{NO_TIMEOUT}, or not by TCP_SYNCNT")
    if len(sent) < _value(option) + 1:
        return failed(f"TCP_SYNCNT was {_value(option)}, and {len(sent)} SYNs were sent", option, *sent)
    return passed(option, *sent)


def _timed_out(attempt: Attempt) -> bool:
    read = attempt.decision
    return read is not None and read.value == "ETIMEDOUT" and not came_back(attempt, None)


def _option(attempt: Attempt, name: str) -> SetSockOpt | None:
    return attempt.before(attempt.connect).last(SetSockOpt, option=name, error="")


def _value(option: SetSockOpt | None) -> int:
    """The number in `[500]`, as strace writes it; 0 if there is none."""
    found = re.search(r"\d+", option.value) if option else None
    return int(found[0]) if found else 0
