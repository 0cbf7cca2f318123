"""The small types of a scenario file: durations, ports, packets, addresses, and how each is refused in plain words.

What is refused is raised as pydantic's own error of type `said`, whose context carries the message and the hint for
people.
"""

from __future__ import annotations

import ipaddress
import re
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from harness.situations import SITUATIONS

WORDS = ("data", "tcp", "udp", "arp", "nd", "icmp", "dns", "any")
"""Kinds of packets beside TCP flags, as netns.plan.Match has them."""
FLAGS = "FSRPAUEC"
FLAG_WORDS = {"SYN": "S", "SYN-ACK": "SA", "SYNACK": "SA", "ACK": "A", "RST": "R' or 'RA", "FIN": "FA", "PSH": "PA"}
ICMP_NAMES = {
    "net-unreachable": ("3/0", "1/0"),
    "host-unreachable": ("3/1", "1/3"),
    "port-unreachable": ("3/3", "1/4"),
    "prohibited": ("3/13", "1/1"),
}
"""ICMP errors by a name that means the same in both families: type/code for IPv4, type/code for IPv6."""

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000}
_DURATION = r"^[0-9]+(\.[0-9]+)?(ms|s|m)$"
LONGEST_MS = 3_600_000
FEW = 12


def refusal(message: str, hint: str = "") -> PydanticCustomError:
    """The error for a value that cannot be used, to be raised in a validator."""
    return PydanticCustomError("said", "{message}", {"message": message, "hint": hint})


def nearest(word: str, known: Any) -> str:
    """A hint that names the nearest of the known words, or all of them if there are few, or nothing."""
    names = sorted(map(str, known))
    folded = {name.casefold(): name for name in names}
    if close := get_close_matches(word, names, 1) or get_close_matches(word.casefold(), folded, 1):
        return f"did you mean '{folded[close[0].casefold()]}'?"
    return f"known are {', '.join(names)}" if 0 < len(names) <= FEW else ""


def duration_ms(value: Any) -> int:
    """Milliseconds in `300ms`, `2s`, `1.5s` or `1m`."""
    if not isinstance(value, str) or not re.fullmatch(_DURATION[1:-1], value, re.ASCII):
        unit = "a duration needs its unit" if not isinstance(value, str) else f"'{value}' is not a duration"
        raise refusal(unit, "write it as 300ms, 1.5s or 1m")
    number = value.rstrip("ms")
    milliseconds = Decimal(number) * _UNITS_MS[value.removeprefix(number)]
    if milliseconds != milliseconds.to_integral_value():
        raise refusal(f"{value} is finer than a millisecond", "the smallest step is 1ms")
    if milliseconds > LONGEST_MS:
        raise refusal(f"{value} is longer than an hour", "no case waits so long")
    return int(milliseconds)


def packet(text: str) -> tuple[str, int]:
    """What `SA #1` means: the kind (`SA`; a word, or flags in the usual order) and the number, 0 for every one."""
    what, _, number = text.partition(" #")
    if not what or (number and not re.fullmatch("[1-9][0-9]{0,5}", number)) or text.endswith(" #"):
        raise refusal(f"'{text}' is no packet", "write the kind and perhaps its number, such as `SA #1`")
    if what not in WORDS and (set(what) - set(FLAGS) or len(set(what)) < len(what)):
        raise refusal(f"'{what}' is no kind of packet", _kinds(what))
    return _in_order(what), int(number or 0)


def _kinds(what: str) -> str:
    if what.upper() in FLAG_WORDS:
        return f"write '{FLAG_WORDS[what.upper()]}'"
    return f"write TCP flags out of {FLAGS} such as SA, or one of {', '.join(WORDS)}"


def _in_order(what: str) -> str:
    return what if what in WORDS else "".join(flag for flag in FLAGS if flag in what)


def _checked_packet(text: str) -> str:
    packet(text)
    return text


def _checked_flags(text: str) -> str:
    what, number = packet(text)
    if what in WORDS or number:
        raise refusal(f"'{text}' is not TCP flags", f"write letters out of {FLAGS}, such as SA or R")
    return what


def _checked_kind(text: str) -> str:
    what, number = packet(text)
    if number:
        raise refusal("a number is not possible here", "write the kind alone, such as S")
    return what


def _text_of(value: Any) -> Any:
    """A number becomes its text as written: `17` needs no quotes where a text is wanted. The model judges the rest."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return getattr(value, "text", str(value))


def _checked_label(text: str) -> str:
    if not re.fullmatch(LABEL, text):
        raise refusal(
            f"'{text}' cannot be a label", "labels become part of the case's name: letters, digits, _ . + -, at most 31"
        )
    return text


def _checked_icmp(text: str) -> str:
    if text not in ICMP_NAMES and not re.fullmatch("[0-9]{1,3}/[0-9]{1,3}", text):
        raise refusal(f"'{text}' is no ICMP error", f"write type/code such as 3/1, or one of {', '.join(ICMP_NAMES)}")
    return text


def _known_situation(number: int) -> int:
    if number not in SITUATIONS:
        raise refusal(
            f"there is no situation {number} in the catalogue", "`toylab catalogue` prints all that there are"
        )
    return number


def _one_of(*kinds: type) -> Discriminator:
    """Chooses the branch of a union by the kind of the value; what is none of `kinds` is refused by their names."""
    wanted = " or ".join(WORD_FOR[kind] for kind in kinds if kind in WORD_FOR)
    return Discriminator(
        lambda value: next((TAGS[kind] for kind in kinds if isinstance(value, kind)), None),
        custom_error_type="shape",
        custom_error_message=wanted,
    )


LABEL = r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,30}"
NAME = r"^[a-z][a-z0-9_]{0,14}$"
DOMAIN = r"^[A-Za-z0-9_.-]{1,253}$"
STEM = r"^[a-z0-9]+(-[a-z0-9]+)*$"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
STATE = r"^[a-z][a-z_-]*$"
ERROR = r"^E[A-Z0-9_]+$"
CALLBACK = r"^[A-Za-z_]+(\(.*\))?$"
KERNELS = r"^[0-9]+\.[0-9]+( to [0-9]+\.[0-9]+)?$"
CLAUSE = r"^[A-Z][A-Z0-9]*-[0-9]{2,3}$"
SYSCTL = r"^net(\.[A-Za-z0-9_-]+)+$"
ONE_LINE = r"^[ -~]*$"
MEANINGS = {
    NAME: ("is no name for a host or an axis", "write small letters, digits and _, a letter first, at most 15"),
    DOMAIN: ("is no domain name", "write letters, digits, hyphens and dots"),
    STEM: ("cannot be a name here", "write small letters and digits, with single hyphens between them"),
    VARIABLE: ("is no name of an environment variable", "write letters, digits and _"),
    STATE: ("is no state", "write small letters, such as connecting"),
    ERROR: ("is no error", "write the name of an errno or an EAI_ name, such as ECONNREFUSED"),
    CALLBACK: ("is no callback", "write NAME or NAME(ARGUMENTS), such as outputSent()"),
    KERNELS: ("are no kernels", "write the first and the last that it was measured on, such as 6.5 to 6.18"),
    CLAUSE: ("is no clause", "write its number, such as T9-07"),
    SYSCTL: ("is no setting of a network namespace", "write its dotted name, such as net.ipv4.tcp_syn_retries"),
    ONE_LINE: ("is more than one line, or holds characters beside ASCII", "write one plain line"),
}
"""Each pattern of a model in plain words: what a text that it refuses is not, and what to write."""

TAGS: dict[type, str] = {str: "<text>", dict: "<mapping>", list: "<list>", int: "<text>", float: "<text>"}
WORD_FOR: dict[type, str] = {str: "a text", dict: "a mapping", list: "a list"}
AsText, AsMapping, AsList = Tag("<text>"), Tag("<mapping>"), Tag("<list>")
TEXT_OR_MAPPING, TEXT_OR_LIST, LIST_OR_MAPPING = _one_of(str, dict), _one_of(str, list), _one_of(list, dict)
TEXT_LIST_OR_MAPPING = _one_of(str, list, dict)
LABEL_OR_LIST = _one_of(str, int, float, list)
Duration = Annotated[
    int,
    BeforeValidator(duration_ms),
    WithJsonSchema({"type": "string", "pattern": _DURATION, "examples": ["300ms", "1.5s"]}),
]
_SCALAR = WithJsonSchema({"type": ["string", "number"]})
Scalar = Annotated[str, BeforeValidator(_text_of), _SCALAR]
Label = Annotated[str, BeforeValidator(_text_of), AfterValidator(_checked_label), _SCALAR]
Port = Annotated[int, Field(ge=1, le=65535)]
Packet = Annotated[
    str,
    AfterValidator(_checked_packet),
    Field(json_schema_extra={"pattern": rf"^({'|'.join(WORDS)}|[{FLAGS}]+)( #[1-9][0-9]*)?$"}),
]
Flags = Annotated[str, AfterValidator(_checked_flags), Field(json_schema_extra={"pattern": f"^[{FLAGS}]+$"})]
Kind = Annotated[
    str,
    AfterValidator(_checked_kind),
    Field(json_schema_extra={"pattern": f"^({'|'.join(WORDS)}|[{FLAGS}]+)$"}),
]
Icmp = Annotated[str, AfterValidator(_checked_icmp), Field(examples=["host-unreachable", "3/1"])]
HostName = Annotated[str, Field(pattern=NAME)]
Situation = Annotated[int, AfterValidator(_known_situation)]


def family_of(address: str) -> str:
    """`ipv4` or `ipv6`, or nothing if this is no literal address."""
    try:
        return f"ipv{ipaddress.ip_address(address).version}"
    except ValueError:
        return ""


def family_of_network(text: str) -> str:
    """The same for a network such as `10.9.0.0/16`; an address alone is a network of one."""
    try:
        return f"ipv{ipaddress.ip_network(text).version}"
    except ValueError:
        return ""
