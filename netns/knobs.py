"""Knobs: the settings of a host that decide what its kernel does, read before a case and after it.

A program under test that is root in its own user namespace can turn them, and so can a scenario's other programs. What
was seen of the kernel between the two readings then says nothing, so a knob that moved makes the case worthless.
"""

from __future__ import annotations

import os

from netns.builder import Ground
from netns.plan import Plan
from netns.procsys import open_sysctl, read_open
from netns.sandbox import inside

WATCHED = ("net.core.somaxconn", *(f"net.ipv4.{name}" for name in (
    "ip_local_port_range", "tcp_abort_on_overflow", "tcp_congestion_control", "tcp_early_retrans", "tcp_fastopen",
    "tcp_fin_timeout", "tcp_max_syn_backlog", "tcp_retries2", "tcp_rmem", "tcp_syn_linear_timeouts", "tcp_syn_retries",
    "tcp_synack_retries", "tcp_syncookies", "tcp_wmem",
)))  # fmt: skip
"""What each host is asked for, beside what its scenario sets; ip-sysctl.rst says what they do."""


class Knobs:
    """Those of every host as they were `found`, by host and dotted name: empty where a kernel has no such knob."""

    def __init__(self, plan: Plan, ground: Ground) -> None:
        self._open: dict[str, dict[str, int | None]] = {}
        for host in plan.hosts:
            with inside(ground.hosts[host.name].net_fd):
                self._open[host.name] = {name: open_sysctl(name) for name in (*WATCHED, *host.sysctl)}
        self.found = self._read()

    def moved(self) -> list[str]:
        """Each knob that is no longer what it was, in words. To be asked once: what was open is closed then."""
        now = self._read()
        for descriptors in self._open.values():
            for descriptor in descriptors.values():
                if descriptor is not None:
                    os.close(descriptor)
        return [
            f"{name} of {host} went from {value or 'nothing'} to {now[host][name] or 'nothing'}"
            for host, knobs in self.found.items()
            for name, value in knobs.items()
            if now[host][name] != value
        ]

    def _read(self) -> dict[str, dict[str, str]]:
        return {
            host: {name: _value(descriptor) for name, descriptor in descriptors.items()}
            for host, descriptors in self._open.items()
        }


def _value(descriptor: int | None) -> str:
    said = read_open(descriptor) if descriptor is not None else None
    return " ".join((said or "").split())
