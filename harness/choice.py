"""One choice of the matrix, and what the words of a scenario mean in it: hosts, addresses, families, placeholders.

What a word cannot mean is said as a mistake at its place, and an empty text stands for it, so that one look finds all.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Literal

from harness.complaints import Complaints
from harness.fields import family_of, nearest
from harness.matrix import Labels, Matrix
from harness.overlay import Overlay
from harness.scenario import Scenario
from harness.sections import ByFamily, IcmpByFamily
from harness.yamlmarks import Path
from netns.plan import Host, Plan, address_of

BASE_HOSTS = ("client", "server")
DNS_HOST = "dns"
Family = Literal["ipv4", "ipv6"]
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Choice:
    """The sections that hold for one combination of labels, and the vocabulary of its texts."""

    def __init__(
        self, sections: Scenario, overlay: Overlay, complaints: Complaints, matrix: Matrix, labels: Labels
    ) -> None:  # fmt: skip
        self.sections, self.overlay, self.complaints = sections, overlay, complaints
        self.labels = labels
        self.family: Family = "ipv6" if labels.get("family") == "ipv6" else "ipv4"
        self.has_families = len(matrix.families) > 1
        self.hosts = _host_names(sections)
        self.used: set[str] = set()
        """The placeholders that were filled in."""
        texts = {axis: matrix.texts[axis][label] for axis, label in labels.items()}
        self.words = {"family": self.family, **{name: self.address_of(name) for name in self.hosts}, **texts}
        """What is put in for each placeholder."""
        self._check_axes()

    def _check_axes(self) -> None:
        for axis in self.labels:
            if axis in self.hosts:
                self.say(("matrix", axis), f"'{axis}' is a host", "give the axis another name", key=True)

    def say(self, path: Path, message: str, hint: str = "", *, key: bool = False) -> None:
        self.complaints.say(self.overlay.mark(path, key=key), message, hint)

    def host(self, name: str, path: Path) -> str:
        """The name of a host that exists, or nothing."""
        if name in self.hosts:
            return name
        self.say(path, f"there is no host '{name}'", nearest(name, self.hosts))
        return ""

    def address(self, text: str, path: Path, family: str = "") -> str:
        """The address that a host's name or a literal address stands for, in the case's family or in this one."""
        if text in self.hosts:
            return self.address_of(text, family)
        if family_of(text):
            return self.literal(text, path, family)
        self.say(path, f"'{text}' is neither a host nor an address", nearest(text, self.hosts))
        return ""

    def literal(self, text: str, path: Path, family: str = "") -> str:
        """A literal address of the case's family, or of this one."""
        found, wanted = family_of(text), family or self.family
        if not found:
            self.say(path, f"'{text}' is no address", "write `host: HOST` for a host" if text in self.hosts else "")
        elif found != wanted:
            hint = "" if family else "give {ipv4: ..., ipv6: ...}, or have one family in the matrix"
            self.say(path, f"{text} is no {_NAMES[wanted]} address", hint)
        return text if found == wanted else ""

    def address_of(self, host: str, family: str = "") -> str:
        """The address of a host that exists."""
        return address_of(_stand_in(self.hosts), host, family or self.family)

    def by_family(self, value: str | ByFamily | IcmpByFamily, path: Path) -> tuple[str, Path]:
        """The text for the case's family, and where it stands."""
        if isinstance(value, str):
            return value, path
        text: str | None = getattr(value, self.family)
        if text is None:
            self.say(path, f"nothing is given for {self.family}", f"add `{self.family}: ...`", key=True)
        return text or "", (*path, self.family)

    def fill(self, text: str, path: Path, more: dict[str, str]) -> str:
        """The text with its placeholders filled in; `{{` and `}}` are braces. An axis' own text may hold some, too."""
        words = {**self.words, **more}
        inner = {name: word for name, word in words.items() if name not in self.labels}

        def look_up(name: str) -> str:
            word = self._word(name, path, words)
            if name not in self.labels or "{" not in word:
                return word
            at = ("matrix", name, self.labels[name])
            return _replaced(word, lambda other: self._word(other, at, inner))

        return _replaced(text, look_up)

    def _word(self, name: str, path: Path, words: dict[str, str]) -> str:
        self.used.add(name)
        if name not in words:
            self.say(path, f"there is nothing to put in for {{{name}}}", nearest(name, words))
        return words.get(name, "")

    def unknown(self, text: str, more: dict[str, str]) -> list[str]:
        """The placeholders in a text for which there is nothing to put in."""
        names = (found.group(1) for found in _PLACEHOLDER.finditer(text))
        return [name for name in names if name and name not in self.words and name not in more]


def _replaced(text: str, look_up: Callable[[str], str]) -> str:
    return _PLACEHOLDER.sub(lambda found: look_up(found[1]) if found[1] else found[0][0], text)


def _host_names(sections: Scenario) -> tuple[str, ...]:
    """The hosts in the order of their addresses: client, server, the file's own, and the name server if any."""
    given = [*BASE_HOSTS, *sections.hosts]
    return tuple(dict.fromkeys([*given, DNS_HOST] if sections.dns else given))


_NAMES = {"ipv4": "IPv4", "ipv6": "IPv6"}
_GROUNDS: dict[tuple[str, ...], Plan] = {}


def _stand_in(hosts: tuple[str, ...]) -> Plan:
    """A plan of these hosts: addresses follow from the hosts' places alone."""
    if hosts not in _GROUNDS:
        _GROUNDS[hosts] = Plan(hosts=tuple(Host(name=name) for name in hosts))
    return _GROUNDS[hosts]


def network(text: str) -> tuple[str, str]:
    """The family of a network such as `10.9.0.0/16` and a hint if it is none."""
    try:
        return f"ipv{ipaddress.ip_network(text).version}", ""
    except ValueError:
        pass
    try:
        return "", f"did you mean {ipaddress.ip_network(text, strict=False)}?"
    except ValueError:
        return "", "write a network such as 10.9.0.0/16, or `target`, `default` or a host"
