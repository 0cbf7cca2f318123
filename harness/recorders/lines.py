"""strace's lines taken apart: who, when, and a call with its result, joined where another thread's line came between.

    4711 1795236630.023313589 connect(3, {sa_family=AF_INET, ...}, 16) = -1 EINPROGRESS (Operation ...) <0.000154292>
    4711 1795236630.037688370 poll([{fd=3, events=POLLIN}], 1, 10 <unfinished ...>
    4711 1795236630.047814355 <... poll resumed>) = 0 (Timeout) <0.010126000>
    4711 1795236630.048000000 --- SIGPIPE {si_signo=SIGPIPE, ...} ---
    4711 1795236630.049000000 +++ exited with 0 +++

The form is that of `strace -f -q --absolute-timestamps=unix,ns --syscall-times=ns -o FILE`, measured with strace 6.1.
"""

from __future__ import annotations

import re
from typing import NamedTuple

UNFINISHED = " <unfinished ...>"
DIGITS = 9
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (\?|-?\d+|0x[0-9a-f]+)(?: (.*?))??(?: <(\d+\.\d+)>)?", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed> ?(.*)", re.DOTALL)
_ERRNO = re.compile(r"[A-Z][A-Z0-9_]*")
_ENDED = re.compile(r"\+\+\+ (?:exited with (-?\d+)|killed by (\w+)(?: \(core dumped\))?|superseded by .*) \+\+\+")
_SIGNAL = re.compile(r"--- (SIG\w+) \{")


class Raw(NamedTuple):
    """A line with its number from 1; `text` is all behind the time."""

    number: int
    pid: int
    at_ns: int
    text: str


class Said(NamedTuple):
    """A system call from its entry to its return; `result` None and `until_ns` 0 if it never returned."""

    number: int
    pid: int
    at_ns: int
    name: str
    args: str
    result: int | None = None
    error: str = ""
    extra: str = ""
    until_ns: int = 0


class Split(NamedTuple):
    """All lines of a recording. `tail` is the last one if its end is missing, `strays` are those of no known form."""

    raws: list[Raw]
    tail: str
    strays: dict[int, str]


def split(text: str) -> Split:
    """The lines of a recording, each with its pid and time."""
    *whole, tail = text.split("\n")
    raws: list[Raw] = []
    strays: dict[int, str] = {}
    if _ENDED.search(tail):
        whole, tail = [*whole, tail], ""
    for number, line in enumerate(whole, 1):
        try:
            pid, stamp, rest = line.split(None, 2)
            raws.append(Raw(number, int(pid), nanoseconds(stamp), rest))
        except ValueError:
            if (raw := _bracketed(number, line)) is not None:
                raws.append(raw)
            elif line.strip():
                strays[number] = line
    return Split(raws, tail, strays)


def _bracketed(number: int, line: str) -> Raw | None:
    """The other way to write the pid: `[pid  4711] 1795236630.023313589 close(3)`."""
    head, bracket, rest = line.partition("] ")
    try:
        stamp, text = rest.split(None, 1)
        return Raw(number, int(head.removeprefix("[pid")), nanoseconds(stamp), text) if bracket else None
    except ValueError:
        return None


def nanoseconds(seconds: str) -> int:
    """`nanoseconds("1.5") == 1_500_000_000`; ValueError for what is no number with a point in it."""
    if seconds[-10:-9] == ".":
        return int(seconds[:-10] + seconds[-9:])
    whole, point, fraction = seconds.partition(".")
    if not point or len(fraction) > DIGITS:
        raise ValueError(seconds)
    return int(whole + fraction.ljust(DIGITS, "0"))


def call(raw: Raw) -> Said | None:
    """The call of a line that has its result; None for any other line."""
    return _said(raw.number, raw.pid, raw.at_ns, raw.text)


def entered(raw: Raw) -> Said | None:
    """The call of a line that ends before its result; None for any other line."""
    if not raw.text.endswith(UNFINISHED):
        return None
    name, bracket, args = raw.text[: -len(UNFINISHED)].partition("(")
    return Said(raw.number, raw.pid, raw.at_ns, name, args) if bracket and name.isidentifier() else None


def resumed(raw: Raw, entry: Said) -> Said | None:
    """The call that began with `entry` and ends in this line, by the time of its entry."""
    found = _RESUMED.fullmatch(raw.text)
    if found is None or found[1] != entry.name:
        return None
    rest = found[2].removeprefix(UNFINISHED.strip())
    said = _said(entry.number, entry.pid, entry.at_ns, f"{entry.name}({entry.args}{rest}")
    if said and said.result is not None and not said.until_ns:
        return said._replace(until_ns=raw.at_ns)
    return said


def signal(raw: Raw) -> str:
    """The name of the signal that a line tells of, or nothing."""
    found = _SIGNAL.match(raw.text)
    return found[1] if found else ""


def is_end(raw: Raw) -> bool:
    """Whether this is the last line of its thread."""
    return _ENDED.fullmatch(raw.text) is not None


def _said(number: int, pid: int, at_ns: int, text: str) -> Said | None:
    found = _CALL.fullmatch(text)
    if found is None:
        return None
    name, args, result, extra, took = found.groups("")
    args = args.removesuffix(UNFINISHED)
    error, extra = _error(result, extra)
    try:
        until_ns = at_ns + nanoseconds(took) if took else 0
        value = None if result == "?" else int(result, 0)
    except ValueError:
        return None
    return Said(number, pid, at_ns, name, args, value, error, extra, until_ns)


def _error(result: str, extra: str) -> tuple[str, str]:
    """The errno's name, and what else is said. A call that its caller will see interrupted has no result yet."""
    if result not in ("-1", "?") or not extra:
        return "", extra
    word = _ERRNO.match(extra)
    if result == "?":
        return "EINTR" if word and word[0].startswith("ERESTART") else "", extra
    return (word[0], extra[word.end() :].strip()) if word else ("", extra)
