"""What stands between the parentheses of strace's lines: strings, addresses, masks, times.

Everything here was written by strace, but the strings in it by the subject: a pattern never looks for something inside
of a string, and what has no known form becomes empty and never an exception.
"""

from __future__ import annotations

import errno
import re
from functools import lru_cache

from harness.events import BITS, mask_of
from harness.recorders.recorded import data_text

STRING = r'"((?:[^"\\]|\\.)*)"'
MS = 1_000_000
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-f]{2})|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f", b"a": b"\a", b"b": b"\b", b"e": b"\x1b"}
_BYTES = re.compile(rf"\d+, (?:{STRING}(?:\.\.\.)?|[^,\"]*), (\d+)(?:, ([^,]+), (.*))?", re.DOTALL)
_IOVEC = re.compile(rf"iov_base=(?:{STRING}(?:\.\.\.)?|[^,\"]*), iov_len=(\d+)", re.DOTALL)
_NAME = re.compile(r"[^\"]*?msg_name=(?=\{)")
_FAMILY = re.compile(r"\{sa_family=(\w+)")
_INET = re.compile(r"\{sa_family=AF_INET, sin_port=htons\((\d+)\), sin_addr=inet_addr\(\"([^\"]*)\"\)")
_INET6 = re.compile(
    r"\{sa_family=AF_INET6, sin6_port=htons\((\d+)\), (?:sin6_flowinfo=[^,]*, )?inet_pton\(AF_INET6, \"([^\"]*)\", "
    r"&sin6_addr\)(?:, sin6_scope_id=(?:if_nametoindex\(\"([^\"]*)\"\)|(\d+)))?"
)
_UNIX = re.compile(rf"\{{sa_family=AF_UNIX(?:, sun_path=(@?){STRING})?", re.DOTALL)
_NETLINK = re.compile(r"\{sa_family=AF_NETLINK, .*?nl_pid=(-?\d+)")
_TIME = re.compile(r"\{tv_sec=(-?\d+), tv_([nu])sec=(-?\d+)\}")
_ALIASES = {"RDNORM": "IN", "WRNORM": "OUT"}


def string(quoted: str) -> bytes:
    r"""The bytes of what stands between strace's quotes: `string(r"a\0\n") == b"a\0\n"`."""
    raw = quoted.encode("latin-1", "replace")
    return _ESCAPE.sub(_unescaped, raw) if b"\\" in raw else raw


def _unescaped(found: re.Match[bytes]) -> bytes:
    octal, hexadecimal, letter = found.groups()
    if octal is not None:
        return bytes((int(octal, 8) & 255,))
    return bytes((int(hexadecimal, 16),)) if hexadecimal else _LETTERS.get(letter, letter)


def transfer(args: str) -> tuple[str, int, str, str]:
    """Data, size, flags and the text of the address of read, write, sendto and recvfrom."""
    found = _BYTES.fullmatch(args)
    if found is None:
        return "", 0, "", ""
    data, size, flags, address = found.groups("")
    return data_text(string(data)), int(size), flags, address


def vectors(args: str) -> tuple[str, int]:
    """The start of the data of all vectors of readv, writev, sendmsg or recvmsg, and the sum of their sizes."""
    found = _IOVEC.findall(args)
    return data_text(b"".join(string(data) for data, _ in found)), sum(int(size) for _, size in found)


def message_name(args: str) -> str:
    """The address in a msghdr, if it has one."""
    found = _NAME.match(args)
    return address(args[found.end() :]) if found else ""


def address(text: str) -> str:
    """`10.0.0.2:9`, `[fd00::2]:9`, the path of a Unix socket (`@` if abstract), `netlink:PID`, or nothing."""
    family = _FAMILY.match(text)
    reader = _READERS.get(family[1], lambda _: family[1][3:].lower()) if family else None
    return reader(text) if reader else ""


def _inet(text: str) -> str:
    found = _INET.match(text)
    return f"{found[2]}:{found[1]}" if found else ""


def _inet6(text: str) -> str:
    found = _INET6.match(text)
    if found is None:
        return ""
    port, host, name, number = found.groups("")
    scope = name or (number if number != "0" else "")
    return f"[{host}%{scope}]:{port}" if scope else f"[{host}]:{port}"


def _unix(text: str) -> str:
    found = _UNIX.match(text)
    return (found[1] or "") + string(found[2] or "").decode("utf-8", "backslashreplace") if found else ""


def _netlink(text: str) -> str:
    found = _NETLINK.match(text)
    return f"netlink:{found[1]}" if found else ""


_READERS = {"AF_INET": _inet, "AF_INET6": _inet6, "AF_UNIX": _unix, "AF_NETLINK": _netlink}


@lru_cache(maxsize=512)
def mask(text: str) -> str:
    """A mask of epoll or poll in the one spelling: `EPOLLOUT|EPOLLIN` is `IN|OUT`; bits without a name are left out."""
    names = {word.removeprefix("E").removeprefix("POLL") for word in text.split("|")}
    return mask_of({_ALIASES.get(name, name) for name in names} & set(BITS))


def timeout_ms(text: str) -> int:
    """Milliseconds, rounded up, of a timespec, a timeval or a number; -1 for NULL, less than 0 or no known form."""
    found = _TIME.match(text)
    if found:
        fraction_ns = int(found[3]) * (1 if found[2] == "n" else 1_000)
        return int(found[1]) * 1_000 + -(-fraction_ns // MS)
    try:
        return max(-1, int(text))
    except ValueError:
        return -1


def errno_name(value: str) -> str:
    """The value of SO_ERROR: `[ECONNREFUSED]` and `[111]` are `ECONNREFUSED`, `[0]` is `0`."""
    bare = value.strip("[]")
    return errno.errorcode.get(int(bare), bare) if bare.isdecimal() else bare
