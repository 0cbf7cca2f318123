"""The command line of toy9, its table of errors, and the face of its mutants."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from toys.toy9 import errors, mutants
from toys.toy9.client import Client
from toys.toy9.loop import Dial


def toy9(*arguments: str, mutant: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "toys.toy9", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env={"TOYLAB_MUTANT": mutant}
    )


def test_a_refusal_has_its_sentence_and_its_status(closed_port: int) -> None:
    done = toy9("connect", "127.0.0.1", str(closed_port))
    assert (done.returncode, done.stdout) == (10, "")
    assert done.stderr == "error refused: connection refused (ECONNREFUSED)\n"


def test_the_server_role_accepts_one_connection_and_echoes(free_port: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "toys.toy9", "listen", "127.0.0.1", str(free_port), "--echo"],
        stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        assert server.stdout.readline() == f"listening on 127.0.0.1:{free_port}\n"
        done = toy9("connect", "127.0.0.1", str(free_port), "--queue", "hello", "--until", "input")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("sent everything\nreceived 5 bytes\n")
        assert server.wait(10) == 0


def test_one_connection_after_the_other_tells_the_first_failure(closed_port: int, listener: socket.socket) -> None:
    target = ("127.0.0.1", str(listener.getsockname()[1]))
    done = toy9("connect", "127.0.0.1", str(closed_port), "--then", *target, "--then", *target, "--until", "connected")
    assert (done.returncode, done.stderr) == (10, "error refused: connection refused (ECONNREFUSED)\n")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["connected", "connected"]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("conect",),
        ("connect", "127.0.0.1"),
        ("connect", "127.0.0.1", "65536"),
        ("connect", "127.0.0.1", "http"),
        ("connect", "127.0.0.1", "9", "--timeout", "-1"),
        ("connect", "127.0.0.1", "9", "--poller", "kqueue"),
        ("connect", "127.0.0.1", "9", "--bind", "127.0.0.1:x"),
        ("connect", "127.0.0.1", "9", "--bind", "127.0.0.1:99999"),
        ("connect", "127.0.0.1", "9", "--send-buffer", "99999999999"),
        ("connect", "127.0.0.1", "9", "--then", "127.0.0.1"),
        ("connect", "127.0.0.1", "9", "--then", "127.0.0.1", "http"),
    ],
)
def test_usage_errors_exit_with_2(arguments: tuple[str, ...]) -> None:
    done = toy9(*arguments)
    assert done.returncode == 2
    assert "usage: toy9" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_of_the_other_family_cannot_be_bound_to() -> None:
    done = toy9("connect", "::1", "9", "--bind", "127.0.0.1")
    assert (done.returncode, done.stderr) == (
        18,
        "error address-not-available: address not available (EADDRNOTAVAIL)\n",
    )


def test_help_names_every_error_with_its_status() -> None:
    said = toy9("--help").stdout
    for failure in (*errors.TABLE, errors.CONNECTED_TO_ITSELF):
        assert f"{failure.status}  {failure.code} ({failure.name})" in said


def test_codes_and_statuses_are_unique() -> None:
    rows = [*errors.TABLE, errors.CONNECTED_TO_ITSELF]
    assert len({row.code for row in rows}) == len({row.status for row in rows}) == len(rows)
    assert len({row.name for row in errors.TABLE}) == len(errors.TABLE)


@pytest.mark.parametrize("name", mutants.names())
def test_a_mutant_has_its_papers_and_changes_something(name: str) -> None:
    module = mutants.load(name)
    assert module.SIN.endswith(".")
    assert module.CONVICTED_BY
    assert module.EXPOSED_BY
    assert mutants.variant(name) != mutants.Variant(Client, Dial)


def test_an_unknown_mutant_is_named_with_the_nearest() -> None:
    done = toy9("connect", "127.0.0.1", "9", mutant="reads-so-eror-twice")
    assert done.returncode == 2
    assert "did you mean 'reads-so-error-twice'?" in done.stderr
