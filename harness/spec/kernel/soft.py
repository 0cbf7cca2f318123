"""What is left of an ICMP error that ends nothing, or that was told already: soft errors and the error queue."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.clause import MUST, clause
from harness.events import Call, Connect, Event, GetPeerName, GetSockOpt, OtherCall, Packet, bits
from harness.notation import body
from harness.spec.kernel.messages import about_connection, alone, errno_of, next_news, queue_was_read
from harness.spec.kernel.seen import RECVERR, has_option, icmp, reports, reset, taker
from harness.verdict import Verdict, failed, not_applicable, passed

NO_MESSAGE = "no ICMP error came before the outcome, or something else did as well"


@clause(
    "K-21",
    force=MUST,
    needs={"syscall", "wire"},
    says="ERR alone after an ICMP error ends nothing: connect() says EALREADY, and there is no peer.",
    why="The kernel only took a note (a soft error) and goes on sending SYNs; the socket is still in SYN_SENT.",
    source="catalogue 0.1, ICMP error while socket locked; net/ipv4/tcp_ipv4.c, tcp_v4_err, sk_err_soft; catalogue 46",
)
def a_soft_error_ends_nothing(attempt: Attempt) -> Verdict:
    ready = attempt.first_readiness
    if ready is None or not alone(attempt, ready) or bits(ready.mask) != {"ERR"}:
        return not_applicable("no ICMP error was reported as ERR alone")
    rest = attempt.between(ready, next_news(attempt, ready))
    calls: list[Call] = [*rest.of(Connect), *rest.of(GetPeerName)]
    wrong = [call for call in calls if call.error != ("EALREADY" if isinstance(call, Connect) else "ENOTCONN")]
    if wrong:
        return failed(f"{body(wrong[0])} after a soft error", ready, wrong[0])
    return passed(ready, *calls) if calls else not_applicable("nothing was asked of the socket after that")


@clause(
    "K-22",
    force=MUST,
    needs={"syscall", "wire"},
    says="Once SO_ERROR told of an ICMP error, ERR stays exactly until the error queue is empty.",
    why="IPv4 queues the message for every TCP socket, IPv6 for those that set IPV6_RECVERR, and the queue is ERR too.",
    source="catalogue 0.1, 29; net/ipv4/ip_sockglue.c, ip_icmp_error; net/ipv6/datagram.c; tcp_poll",
    kernels="6.18",
)
def the_queue_is_an_error_too(attempt: Attempt) -> Verdict:
    ready = attempt.first_readiness
    told = taker(attempt, ready) if ready and alone(attempt, ready) else None
    if ready is None or not isinstance(told, GetSockOpt) or told.value == "0" or queue_was_read(attempt, ready, told):
        return not_applicable(NO_MESSAGE)
    rest = attempt.between(told, next_news(attempt, told))
    emptied = rest.first(OtherCall, name="recvmsg", error="EAGAIN")
    taken = rest.first(OtherCall, name="recvmsg", error="")
    queued = not attempt.connect.address.startswith("[") or has_option(attempt, *RECVERR)
    sure = [*reports(rest.between(told, taken or emptied)), *(reports(rest.after(emptied)) if emptied else ())]
    wrong = [told for told in sure if ("ERR" in bits(told.mask)) != (queued and not _is_after(attempt, told, emptied))]
    if wrong:
        return failed(
            f"{body(wrong[0])}, and the queue is {'not ' * ('ERR' not in bits(wrong[0].mask))}empty", told, wrong[0]
        )
    return passed(told, *sure) if sure else not_applicable("nobody looked again")


@clause(
    "K-26",
    force=MUST,
    needs={"syscall", "wire"},
    says="An ICMP error about a connection that stands changes nothing that a poller reports.",
    why="RFC 1122 calls it a soft error: it may pass, and the connection must not be given up for it.",
    source="catalogue 0.1, 16; RFC 1122, 4.2.3.9; net/ipv4/tcp_ipv4.c, sk_err_soft",
)
def a_connection_survives_icmp(attempt: Attempt) -> Verdict:
    message = about_connection(attempt)
    told = list(reports(attempt.between(message, reset(attempt)))) if message else []
    if message is None or not told or has_option(attempt, *RECVERR):
        return not_applicable("no ICMP error came while the connection stood and somebody looked")
    wrong = [ready for ready in told if "ERR" in bits(ready.mask) and "HUP" not in bits(ready.mask)]
    return failed(f"{body(wrong[0])} for a soft error", message, wrong[0]) if wrong else passed(message, *told)


@clause(
    "K-27",
    force=MUST,
    needs={"syscall", "wire"},
    says="SO_ERROR of a connection that stands gives the soft error that ICMP brought once, or 0 if it was forgotten.",
    why="An acknowledgement that arrives later makes the kernel forget it, and reading clears it.",
    source="catalogue 0.1, 16; net/core/sock.c, SO_ERROR; net/ipv4/tcp_input.c, tcp_ack",
    kernels="6.18",
)
def a_soft_error_is_told_once(attempt: Attempt) -> Verdict:
    message = about_connection(attempt)
    rest = attempt.between(message, reset(attempt)) if message else None
    reads = rest.of(GetSockOpt, option="SO_ERROR", error="") if rest else []
    if message is None or not reads or any("HUP" in bits(ready.mask) for ready in reports(rest or attempt)):
        return not_applicable("nobody read SO_ERROR of a connection about which an ICMP error had come")
    first, *more = reads
    messages = icmp(attempt.trace).between(attempt.connect, first).of(Packet)
    if first.value not in {"0", *map(errno_of, messages)}:
        return failed(f"SO_ERROR was {first.value}", message, first)
    again = [read for read in more if read.value != "0" and not icmp(attempt.trace).between(first, read).first(Packet)]
    return failed(f"SO_ERROR was {again[0].value} again", first, again[0]) if again else passed(message, *reads)


def _is_after(attempt: Attempt, event: Event, mark: Event | None) -> bool:
    return mark is not None and attempt.number(event) > attempt.number(mark)
