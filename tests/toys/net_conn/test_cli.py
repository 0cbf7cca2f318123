"""The command: what it prints, how it exits, and the peer that comes with it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from toys.net_conn import certificates, errors

COMMAND = (sys.executable, "-m", "toys.net_conn")
ROOT = Path(__file__).parents[3]
PATIENCE_S = 30
TRUST = ("--tls", "--ca", str(certificates.AUTHORITY))


def net_conn(*arguments: object, mutant: str = "") -> subprocess.CompletedProcess[str]:
    """The command, to its end."""
    command = [*COMMAND, *map(str, arguments)]
    environment = {**os.environ, "TOYLAB_MUTANT": mutant}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)


@contextmanager
def serving(*arguments: object) -> Iterator[int]:
    """The peer as a program of its own, on a port of its choice; it has ended well when the block is left."""
    command = [*COMMAND, "serve", "127.0.0.1", "0", *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], PATIENCE_S)[0]
        yield int(process.stdout.readline().rpartition(":")[2])
        assert process.wait(PATIENCE_S) == 0


def test_plain_text_goes_there_and_back() -> None:
    with serving("--plain") as port:
        done = net_conn("127.0.0.1", port, "--send", "hello", "--until", "input")
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.splitlines()
    assert said[:1] + said[2:] == [f"trying 127.0.0.1:{port}", "sent 5 bytes", "received 5 bytes: hello", "closed"]
    assert said[1].startswith("ready 127.0.0.1:")


def test_a_secure_text_goes_there_and_back() -> None:
    with serving() as port:
        done = net_conn("localhost", port, *TRUST, "--send", "hello", "--until", "input", "--family", "ipv4")
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.splitlines()
    assert said[0] == "looking up the name"
    assert said[2] == "TCP stands, TLS begins"
    assert said[3].startswith("secured by TLSv1.3")
    assert said[5:] == ["sent 5 bytes", "received 5 bytes: hello", "closed"]


@pytest.mark.parametrize(
    ("certificate", "status"), [("untrusted", 40), ("expired", 41), ("wrong-host", 42)],
)  # fmt: skip
def test_a_bad_certificate_has_its_exit_status(certificate: str, status: int) -> None:
    with serving("--certificate", certificate) as port:
        done = net_conn("localhost", port, *TRUST, "--family", "ipv4")
    row = next(row for row in errors.TABLE if row.status == status)
    assert (done.returncode, done.stderr) == (status, f"error {row.code}: {row.text} ({row.name})\n")


def test_a_refused_connection_is_an_error_and_not_a_traceback(closed_port: int) -> None:
    done = net_conn("127.0.0.1", closed_port)
    assert (done.returncode, done.stderr) == (10, "error refused: connection refused (ECONNREFUSED)\n")


def test_closing_after_a_while_is_no_error(full_port: int) -> None:
    done = net_conn("127.0.0.1", full_port, "--close-after", 0.05)
    assert (done.returncode, done.stdout) == (0, f"trying 127.0.0.1:{full_port}\nclosing while connecting\nclosed\n")


def test_quiet_says_nothing() -> None:
    with serving("--plain", "--behaviour", "close", "--bytes", 100) as port:
        done = net_conn("127.0.0.1", port, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "arguments",
    [["127.0.0.1"], ["127.0.0.1", "0"], ["127.0.0.1", "9", "--timeout", "0"], ["127.0.0.1", "9", "--until", "noon"],
     ["serve", "127.0.0.1", "9", "--certificate", "none"], ["127.0.0.1", "9", "--tls", "--ca", "/no/such/file"]],
)  # fmt: skip
def test_a_mistake_in_the_command_line_is_status_2(arguments: list[str]) -> None:
    done = net_conn(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_an_unknown_mutant_is_status_2_with_the_nearest() -> None:
    done = net_conn("127.0.0.1", "9", mutant="no-such")
    assert done.returncode == 2
    assert "there is no mutant" in done.stderr


def test_an_address_that_the_peer_cannot_have_is_an_error() -> None:
    done = net_conn("serve", "192.0.2.1", 9)
    assert (done.returncode, done.stderr) == (
        18,
        "error address-not-available: address not available (EADDRNOTAVAIL)\n",
    )


def test_help_has_the_whole_table_of_errors() -> None:
    printed = net_conn("--help").stdout
    assert [row.code for row in errors.TABLE if f"{row.status}  {row.code} ({row.name})" not in printed] == []


def test_codes_and_statuses_are_unique() -> None:
    assert len({row.code for row in errors.TABLE}) == len({row.status for row in errors.TABLE}) == len(errors.TABLE)
