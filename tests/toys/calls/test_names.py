"""Names of sockets and devices: what has no port, and what is left when the last call was made."""

from __future__ import annotations

import subprocess
import sys

import pytest


def told(*lines: str) -> list[str]:
    """What each call returned. Warnings are on, so that nothing may be left to Python's garbage collector."""
    command = [sys.executable, "-X", "dev", "-m", "toys.calls", *lines]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == ""
    return [line.partition(" = ")[2] for line in done.stdout.splitlines()]


def test_a_name_that_begins_with_a_zero_byte_is_abstract_and_leaves_no_file() -> None:
    name = r"\0toylab-test-of-calls"
    lines = ("socket l unix", f"bind l {name}", "listen l 1", "socket a unix", f"connect a {name}", "getpeername a")
    assert told(*lines) == ["0", "0", "0", "0", "0", "@toylab-test-of-calls"]


def test_a_unix_socket_without_a_listener_is_refused_at_once() -> None:
    assert told("socket a unix", r"connect a \0toylab-nobody", "connect a /toylab/nowhere")[1:] == [
        "ECONNREFUSED",
        "ENOENT",
    ]


@pytest.mark.parametrize("state", ["up", "down"])
def test_a_device_that_does_not_exist_is_an_error_like_any_other(state: str) -> None:
    assert told(f"link toylab-none {state}") == ["ENODEV"]


def test_sockets_are_left_open_without_a_warning_and_without_a_call() -> None:
    assert told("socket a ipv4", "socket b ipv6") == ["0", "0"]
