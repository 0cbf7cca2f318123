"""The plan of a case: hosts, cables, routes, ends and wire as one choice of the matrix has them."""

from __future__ import annotations

from harness import sections
from harness.choice import Choice, network
from harness.naming import files_of, other_zones_of, zone_of
from harness.wiring import puppets, rules
from harness.yamlmarks import Path
from netns.plan import Cable, Host, Listener, Plan, Route

WHOLE = {"ipv4": "0.0.0.0/0", "ipv6": "::/0"}
SINGLE = {"ipv4": "32", "ipv6": "128"}


def plan(choice: Choice, target: str) -> Plan:
    """The whole ground; `target` is the address that the subject is sent to, or nothing if it is a name."""
    _check_ports(choice)
    return Plan(
        family=choice.family,
        hosts=tuple(_host(name, choice) for name in choice.hosts),
        cables=_cables(choice),
        routes=_routes(choice, target),
        rules=rules(choice),
        zone=zone_of(choice),
        other_zones=other_zones_of(choice),
        files=files_of(choice),
        listeners=_listeners(choice),
        puppets=puppets(choice),
    )


def _host(name: str, choice: Choice) -> Host:
    given = choice.sections.hosts.get(name) or sections.Host()
    return Host(name=name, answers=given.answers, sysctl=dict(given.sysctl))


def _cables(choice: Choice) -> tuple[Cable, ...]:
    cables = []
    for place, ends in enumerate(choice.sections.cables):
        known = [choice.host(name, ("cables", place, end)) for end, name in enumerate(ends)]
        if known[0] and known[0] == known[1]:
            choice.say(("cables", place), "a cable has two different ends", "name another host")
        cables.append(Cable(between=(known[0], known[1])))
    return tuple(cables)


def _routes(choice: Choice, target: str) -> tuple[Route, ...]:
    return tuple(_route(choice, place, route, target) for place, route in enumerate(choice.sections.routes))


def _route(choice: Choice, place: int, route: sections.Route, target: str) -> Route:
    path: Path = ("routes", place)
    on = choice.host(route.on, (*path, "on"))
    text, at = choice.by_family(route.to, (*path, "to"))
    via = ""
    if route.via is not None:
        hop, hop_at = choice.by_family(route.via, (*path, "via"))
        via = (_by_cable(choice, on, hop) or choice.address(hop, hop_at)) if hop else ""
    return Route(on=on, to=_network(choice, text, at, target), kind=route.kind, via=via)


def _network(choice: Choice, text: str, path: Path, target: str) -> str:
    """The network that a route goes to: a word, a host, an address or a network of the case's family."""
    if text == "default" or not text:
        return WHOLE[choice.family]
    if text == "target":
        if choice.sections.target.name is not None:
            choice.say(path, "the target has no address that a route could go to", "give it a host or an address")
        return f"{target}/{SINGLE[choice.family]}"
    if text in choice.hosts:
        return f"{choice.address_of(text)}/{SINGLE[choice.family]}"
    family, hint = network(text)
    if not family:
        choice.say(path, f"'{text}' is no network", hint)
    elif family != choice.family:
        choice.say(path, f"{text} is no network of {choice.family}", "give {ipv4: ..., ipv6: ...}")
    return text


def _by_cable(choice: Choice, on: str, to: str) -> str:
    """The address that host `to` has at the other end of a cable from `on`, or nothing without such a cable."""
    for number, ends in enumerate(choice.sections.cables, 1):
        if sorted(ends) == sorted((on, to)):
            last = ends.index(to) + 1
            return f"fd00:{number:x}::{last}" if choice.family == "ipv6" else f"10.{number}.0.{last}"
    return ""


def _listeners(choice: Choice) -> tuple[Listener, ...]:
    return tuple(
        Listener(
            on=choice.host(given.on, ("listeners", place, "on")),
            port=given.port,
            script=given.script,
            text=given.text,
            backlog=given.backlog,
            rate=given.rate,
            options=dict(given.options),
        )
        for place, given in enumerate(choice.sections.listeners)
    )


def _check_ports(choice: Choice) -> None:
    """Two ends on one port of one host would be in each other's way."""
    taken: set[tuple[str, int]] = set()
    ends = [(("listeners", i), given.on, given.port) for i, given in enumerate(choice.sections.listeners)]
    ends += [(("puppets", i), given.on, given.port) for i, given in enumerate(choice.sections.puppets)]
    for path, on, port in ends:
        if (on, port) in taken:
            choice.say(path, f"port {port} of {on} is taken", "a listener or a puppet above has it")
        taken.add((on, port))
