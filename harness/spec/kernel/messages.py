"""What ICMP messages mean: which errno, which are ignored, and whether one came alone."""

from __future__ import annotations

from harness.attempt import Attempt
from harness.events import Connect, Event, OtherCall, Packet, Ready
from harness.spec.kernel.seen import acceptance, arrived, icmp

ERRNO = {
    "ipv4": {
        **dict.fromkeys(("3/0", "3/6", "3/9", "3/11"), "ENETUNREACH"),
        **dict.fromkeys(("3/1", "3/10", "3/12", "3/13", "3/14", "3/15", "11/0"), "EHOSTUNREACH"),
        **dict.fromkeys(("12/0", "12/1", "12/2"), "EPROTO"),
        "3/2": "ENOPROTOOPT",
        "3/3": "ECONNREFUSED",
        "3/5": "EOPNOTSUPP",
        "3/7": "EHOSTDOWN",
        "3/8": "ENONET",
    },
    "ipv6": {
        **dict.fromkeys(("1/1", "1/5", "1/6"), "EACCES"),
        **dict.fromkeys(("1/2", "1/3", "3/0", "3/1"), "EHOSTUNREACH"),
        **dict.fromkeys(("4/0", "4/1", "4/2"), "EPROTO"),
        "1/0": "ENETUNREACH",
        "1/4": "ECONNREFUSED",
    },
}
"""What each error becomes: icmp_err_convert of net/ipv4/icmp.c, tab_unreach of net/ipv6/icmp.c."""

IGNORED = {"ipv4": ("3/4", "4/", "5/", "11/1"), "ipv6": ("2/",)}
"""How those begin that are no error of an attempt: too big, quench, redirect, reassembly."""


def errno_of(message: Packet) -> str:
    """The errno's name that an attempt ends with by this message, or nothing if it ends none."""
    return ERRNO.get(message.family, {}).get(message.info.partition(" ")[0], "")


def is_ignored(message: Packet) -> bool:
    """Whether the message is no error of an attempt, by its type and code alone."""
    return message.info.startswith(IGNORED.get(message.family, ()))


def alone(attempt: Attempt, until: Event | None) -> list[Packet]:
    """The ICMP messages that came before this event, if nothing else did."""
    first = next(iter(arrived(attempt)), None)
    if until is None or not attempt.in_progress or (first and attempt.number(first) < attempt.number(until)):
        return []
    return icmp(attempt.trace).between(attempt.connect, until).of(Packet)


def next_news(attempt: Attempt, event: Event) -> Event | None:
    """What comes next that may change the state of the socket: a segment, a message, or another attempt on it."""
    signs = (
        next((packet for packet in arrived(attempt) if attempt.number(packet) > attempt.number(event)), None),
        icmp(attempt.trace).after(event).first(Packet),
        next((call for call in attempt.after(event).each(Connect) if call.error in ("", "EINPROGRESS")), None),
    )
    return min((sign for sign in signs if sign), key=attempt.number, default=None)


def about_connection(attempt: Attempt) -> Packet | None:
    """The first ICMP error that came after the handshake."""
    begun = acceptance(attempt)
    messages = icmp(attempt.trace).after(begun).each(Packet) if begun else iter(())
    return next((message for message in messages if errno_of(message)), None)


def queue_was_read(attempt: Attempt, start: Ready, end: Event) -> bool:
    """Whether anybody took from the error queue between these."""
    return attempt.between(start, end).first(OtherCall, name="recvmsg") is not None
