"""What a RST that answers the SYN leaves behind."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import Connect, GetPeerName, GetSockOpt, Packet, Ready, bits, mask_of
from harness.notation import body
from harness.spec.kernel.seen import REPORTED, asked, dead, next_connect, refusal, reports, syns, taker, untaken
from harness.verdict import Verdict, failed, not_applicable, passed, passed_by_absence

NOT_REFUSED = "no RST answered the SYN"
NOT_ASKED = "nothing of the kind was asked after the RST"


@clause(
    "K-08",
    force=MUST,
    needs={"syscall", "wire"},
    says="A RST that answers the SYN makes the socket ready for everything asked for, and for ERR and HUP.",
    why="The socket is shut in both directions and has an error: every wait on it must end.",
    source="catalogue 0.1, RST to SYN; catalogue 0.7, RST; net/ipv4/tcp_input.c, tcp_reset; tcp_poll; catalogue 1",
)
def refused_is_ready_for_all(attempt: Attempt) -> Verdict:
    rst = refusal(attempt)
    told = untaken(attempt, rst) if rst else []
    if rst is None or not told:
        return not_applicable(NOT_ASKED if rst else NOT_REFUSED)
    wrong = [ready for ready in told if bits(ready.mask) != dead(attempt, ready)]
    if wrong:
        return failed(f"{body(wrong[0])}, should be {mask_of(dead(attempt, wrong[0]))}", rst, wrong[0])
    return passed(rst, *told)


@clause(
    "K-09",
    force=MUST,
    needs={"syscall", "wire"},
    says="After a RST that answers the SYN, SO_ERROR is ECONNREFUSED for who asks first, and then 0.",
    why="Whoever asks takes the error away; a second look finds a socket without one.",
    source="catalogue 0.1, RST to SYN; socket(7), SO_ERROR; catalogue 4",
)
def refusal_is_told_once(attempt: Attempt) -> Verdict:
    rst = refusal(attempt)
    first = taker(attempt, rst) if rst else None
    if rst is None or not isinstance(first, GetSockOpt):
        return not_applicable(NOT_ASKED if rst else NOT_REFUSED)
    if first.value != "ECONNREFUSED":
        return failed(f"SO_ERROR was {first.value}, not ECONNREFUSED", rst, first)
    again = attempt.between(first, next_connect(attempt, first)).of(GetSockOpt, option="SO_ERROR", error="")
    wrong = [read for read in again if read.value != "0"]
    return failed(f"SO_ERROR was {wrong[0].value} again", first, wrong[0]) if wrong else passed(rst, first, *again)


@clause(
    "K-10",
    force=MUST,
    needs={"syscall", "wire"},
    says="Once the refusal was told, ERR is gone and HUP stays for as long as the socket is open.",
    why="ERR stands for the pending error, HUP for a socket that is shut: the first can be taken, the second cannot.",
    source="catalogue 0.1, RST to SYN after SO_ERROR; net/ipv4/tcp.c, tcp_poll",
)
def hang_up_outlives_the_error(attempt: Attempt) -> Verdict:
    rst = refusal(attempt)
    first = taker(attempt, rst) if rst else None
    if rst is None or first is None or isinstance(first, Connect):
        return not_applicable(NOT_ASKED if rst else NOT_REFUSED)
    told = list(reports(attempt.between(first, next_connect(attempt, first))))
    wrong = [ready for ready in told if bits(ready.mask) != dead(attempt, ready) - {"ERR"}]
    if wrong:
        return failed(f"{body(wrong[0])} after {body(first)}", first, wrong[0])
    return passed(first, *told) if told else not_applicable(NOT_ASKED)


@clause(
    "K-11",
    force=MUST,
    needs={"wire", "syscall"},
    says="No further SYN leaves after a RST has answered, unless connect() is called again.",
    why="The attempt is over at once; only silence is answered by trying again.",
    source="catalogue 0.1, RST to SYN; RFC 9293 section 3.10.7.3",
)
def refused_is_not_tried_again(attempt: Attempt) -> Verdict:
    rst = refusal(attempt)
    if rst is None:
        return not_applicable(NOT_REFUSED)
    again = next_connect(attempt, rst)
    more = [syn for syn in syns(attempt) if attempt.number(syn) > attempt.number(rst)]
    early = [syn for syn in more if again is None or attempt.number(syn) < attempt.number(again)]
    return failed("a SYN left after the RST", rst, early[0]) if early else passed_by_absence(rst)


@clause(
    "K-12",
    force=MUST,
    needs={"syscall", "wire"},
    says="A refused socket has no peer: getpeername() says ENOTCONN.",
    why="In CLOSE there is nobody at the other end, whatever address connect() was given.",
    source="catalogue 0.1, RST to SYN; net/ipv4/af_inet.c, inet_getname",
)
def refused_has_no_peer(attempt: Attempt) -> Verdict:
    rst = refusal(attempt)
    calls = attempt.between(rst, _anew(attempt, rst)).of(GetPeerName) if rst else []
    if rst is None or not calls:
        return not_applicable(NOT_ASKED if rst else NOT_REFUSED)
    wrong = [call for call in calls if call.error != "ENOTCONN"]
    return failed(f"{body(wrong[0])} of a refused socket", rst, wrong[0]) if wrong else passed(rst, *calls)


@clause(
    "K-17",
    force=MUST,
    needs={"syscall", "wire"},
    says="select reports a refused socket as readable and writable, and never as exceptional.",
    why="Its third set is for urgent data; an error makes a socket readable and writable, as poll(2) maps it.",
    source="catalogue 0.1, select; fs/select.c, POLLIN_SET and POLLOUT_SET; select(2)",
)
def select_has_no_word_for_failure(attempt: Attempt) -> Verdict:
    rst = refusal(attempt)
    told = attempt.between(rst, next_connect(attempt, rst)).of(Ready, poller="select") if rst else []
    if rst is None or not told:
        return not_applicable("no select looked at a refused socket")
    wrong = [ready for ready in told if bits(ready.mask) != asked(attempt, ready) & REPORTED - {"RDHUP"}]
    return failed(f"{body(wrong[0])} of a refused socket", rst, wrong[0]) if wrong else passed(rst, *told)


def _anew(attempt: Attempt, rst: Packet) -> Connect | None:
    """The connect() that begins another attempt on the socket."""
    return next((call for call in attempt.after(rst).each(Connect) if call.error in ("", "EINPROGRESS")), None)
