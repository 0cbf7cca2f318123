"""What names mean in a case: the name server's zone, and the files under /etc, as one choice of the matrix has them."""

from __future__ import annotations

from typing import get_args

from harness import names
from harness.choice import DNS_HOST, Choice
from harness.fields import family_of, nearest
from harness.yamlmarks import Path
from netns.plan import DnsFault, Files, Record, Zone

FAULTS: tuple[DnsFault, ...] = get_args(DnsFault)
WITH_ADDRESSES = ("truncated", "wrong-id")
"""Faults of an answer that still holds addresses."""
FAMILY_OF_TYPE = {"A": "ipv4", "AAAA": "ipv6"}


def zone_of(choice: Choice) -> Zone | None:
    """The name server's zone; None for a scenario without `dns`."""
    zone = choice.sections.dns
    if not zone:
        return None
    return Zone(on=DNS_HOST, records=tuple(r for name, given in zone.items() for r in _records(choice, name, given)))


def other_zones_of(choice: Choice) -> tuple[Zone, ...]:
    """Further name servers, each of which says the same to every question."""
    given = choice.sections.name_servers
    if given and not choice.sections.dns:
        choice.say(("name_servers",), "there is no zone that they stand beside", "give `dns: ...`", key=True)
    return tuple(Zone(on=choice.host(name, ("name_servers", name)), rest=fault) for name, fault in given.items())


def files_of(choice: Choice) -> Files:
    """/etc/resolv.conf and /etc/hosts."""
    return Files(resolv_conf=_resolv_conf(choice), hosts=Files().hosts + "".join(_hosts_lines(choice)))


def _records(choice: Choice, name: str, given: str | list[str] | names.Name) -> list[Record]:
    path: Path = ("dns", name)
    if not isinstance(given, names.Name):
        return [_record(choice, path, "*", given, 0)]
    if given.alias is not None:
        return [Record(name=name, alias=given.alias)]
    answers = {"A": given.A, "AAAA": given.AAAA, "answer": given.answer}
    return [
        _record(choice, (*path, key), "*" if key == "answer" else key, answer, given.delay)
        for key, answer in answers.items()
        if answer is not None
    ]


def _record(
    choice: Choice, path: Path, kind: str, given: str | list[str] | names.Answer, delay_ms: int
) -> Record:  # fmt: skip
    if isinstance(given, names.Answer):
        return _record(choice, (*path, "answer"), kind, given.answer, given.delay or delay_ms)
    texts = [(given, path)] if isinstance(given, str) else [(text, (*path, i)) for i, text in enumerate(given)]
    faults = [text for text in FAULTS if text in dict(texts)]
    addresses = [_address(choice, text, kind, at) for text, at in texts if text not in FAULTS]
    if len(faults) > 1 or (faults and addresses and faults[0] not in WITH_ADDRESSES):
        choice.say(path, f"{faults[0]} is the whole answer", f"only {' and '.join(WITH_ADDRESSES)} go with addresses")
    fault = faults[0] if faults else None
    return Record(name=str(path[1]), type=kind, addresses=tuple(addresses), fault=fault, delay_ms=delay_ms)


def _address(choice: Choice, text: str, kind: str, path: Path) -> str:
    """The address that an answer holds: of a host by its name, else as it is written."""
    if text in choice.hosts or (kind in FAMILY_OF_TYPE and family_of(text)):
        return choice.address(text, path, FAMILY_OF_TYPE.get(kind, ""))
    if not family_of(text) or "%" in text:
        hint = nearest(text, [*choice.hosts, *FAULTS])
        choice.say(path, f"'{text}' is neither a host nor an address nor a fault", hint)
    return text


def _resolv_conf(choice: Choice) -> str:
    resolver = choice.sections.resolver
    if resolver is None and DNS_HOST not in choice.hosts:
        return ""
    resolver = resolver or names.Resolver()
    lines = [f"nameserver {address}" for address in _nameserver(choice, resolver)]
    lines += [f"search {resolver.search}"] if resolver.search else []
    lines += [f"options {resolver.options}"] if resolver.options else []
    return "".join(f"{line}\n" for line in lines)


def _nameserver(choice: Choice, resolver: names.Resolver) -> list[str]:
    path: Path = ("resolver", "nameserver")
    if isinstance(resolver.nameserver, list):
        return [choice.address(text, (*path, place)) for place, text in enumerate(resolver.nameserver)]
    text, at = choice.by_family(resolver.nameserver, path)
    if not text or text == "none":
        return []
    if text == DNS_HOST and DNS_HOST not in choice.hosts:
        choice.say(("resolver",), "there is no name server", "give `dns: ...`, or `nameserver: none`", key=True)
        return []
    return [choice.address(text, at)]


def _hosts_lines(choice: Choice) -> list[str]:
    lines = []
    for name, given in choice.sections.hosts_file.items():
        text, path = choice.by_family(given, ("hosts_file", name))
        lines.append(f"{choice.address(text, path)} {name}\n" if text else "")
    return lines
