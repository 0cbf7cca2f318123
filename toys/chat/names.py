"""Nicknames: what a client may be called, and who is called so.

A name is ASCII, so that no two look alike, and two that differ only in case are one. `Client 5`, which everybody is
called at first, has a blank and so cannot be taken.
"""

from __future__ import annotations

import re

RULE = "a name has 1 to 20 of the letters A to Z, digits, - and _, and begins with a letter"
RESERVED = frozenset({"server", "client", "everyone"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,19}")


class Names:
    """The names that are taken, each by the number of a client, who has one at most."""

    def __init__(self) -> None:
        self._holders: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def take(self, name: str, number: int) -> str:
        """Gives the name to a client, who gives back an older one; otherwise nothing changes and why not is said."""
        if not _NAME.fullmatch(name):
            return RULE
        key = name.lower()
        if key in RESERVED or self._holders.get(key, number) != number:
            return f"{name} is taken"
        self.free(number)
        self._holders[key], self._names[number] = number, key
        return ""

    def free(self, number: int) -> None:
        """Whatever name the client has can be taken again."""
        self._holders.pop(self._names.pop(number, ""), None)
