"""The calls that a scenario may list: how each is written. What they do is the affair of the program that makes them.

It is a program under test like any other and says the same of itself (`calls --help`); a test compares the two.
"""

from __future__ import annotations

import re
from functools import lru_cache

from harness.fields import nearest

USAGES: dict[str, str] = {
    usage.split()[0]: usage
    for usage in (
        "socket NAME FAMILY [KIND] [blocking]", "bind NAME ADDRESS [PORT]", "listen NAME BACKLOG",
        "connect NAME ADDRESS [PORT]", "accept NAME NEW", "watch NAME MASK", "unwatch NAME", "wait [TIMEOUT]",
        "epoll NAME", "aside", "poll NAME MASK [TIMEOUT]", "select NAME [TIMEOUT]", "getsockopt NAME OPTION",
        "setsockopt NAME OPTION VALUE", "linger NAME SECONDS", "patience NAME OPTION TIMEOUT", "recverr NAME",
        "errqueue NAME", "getpeername NAME", "getsockname NAME", "send NAME TEXT", "write NAME TEXT",
        "frames NAME FRAMES", "hear NAME KIND", "fill NAME SIZE", "recv NAME [SIZE]", "drain NAME",
        "shutdown NAME RD|WR|RDWR", "close NAME", "dup NAME NEW", "resolve HOST [ipv4|ipv6]", "pause TIMEOUT",
        "link DEVICE up|down", "alarm TIMEOUT",
    )
}  # fmt: skip
_TIMES = re.compile(r"\d+x +")


@lru_cache(maxsize=4096)
def fault(line: str) -> tuple[str, str]:
    """What is wrong with this call, and what would be right; two empty texts for one that can be made."""
    words = _TIMES.sub("", line.strip(), count=1).split()
    if not words:
        return "this call is empty", "write a call, such as `socket a {family}`"
    usage = USAGES.get(words[0])
    if usage is None:
        return f"there is no call '{words[0]}'", nearest(words[0], USAGES)
    most, least = len(usage.split()) - 1, len(usage.split()) - 1 - usage.count("[")
    given = len(words) - 1
    if given < least or (given > most and not usage.endswith(("TEXT", "FRAMES"))):
        return f"'{words[0]}' has {given} {'word' if given == 1 else 'words'} here", f"write `{usage}`"
    return "", ""
