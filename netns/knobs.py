"""Knobs: the settings of a host that decide what its kernel does, read before a case and after it.

A program under test that is root in its own user namespace can turn them, and so can a scenario's other programs. What
was seen of the kernel between the two readings then says nothing, so a knob that moved makes the case worthless.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netns.builder import Ground
from netns.limits import read_sysctl
from netns.plan import Plan
from netns.sandbox import inside

WATCHED = ("net.core.somaxconn", *(f"net.ipv4.{name}" for name in (
    "ip_local_port_range", "tcp_abort_on_overflow", "tcp_congestion_control", "tcp_early_retrans", "tcp_fastopen",
    "tcp_fin_timeout", "tcp_max_syn_backlog", "tcp_retries2", "tcp_rmem", "tcp_syn_linear_timeouts", "tcp_syn_retries",
    "tcp_synack_retries", "tcp_syncookies", "tcp_wmem",
)))  # fmt: skip
"""What each host is asked for, beside what its scenario sets; ip-sysctl.rst says what they do."""

Knobs = dict[str, dict[str, str]]
"""By host and dotted name; a kernel that has no such knob gives an empty text."""


def read(plan: Plan, ground: Ground) -> Knobs:
    """The knobs of every host as they stand now."""
    found: Knobs = {}
    for host in plan.hosts:
        with inside(ground.hosts[host.name].net_fd):
            found[host.name] = {name: _value(name) for name in (*WATCHED, *host.sysctl)}
    return found


def moved(before: Knobs, after: Knobs) -> Iterator[str]:
    """Each knob that is no longer what it was, in words."""
    for host, knobs in before.items():
        yield from _moved(host, knobs, after[host])


def _moved(host: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name, value in before.items():
        if after[name] != value:
            yield f"{name} of {host} went from {value or 'nothing'} to {after[name] or 'nothing'}"


def _value(name: str) -> str:
    return " ".join((read_sysctl(name) or "").split())
