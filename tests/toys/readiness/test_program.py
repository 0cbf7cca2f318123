"""readiness as a program: its command line, its exit status, its journal, its mutants."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toys.readiness import cli, mutants

ROOT = str(Path(__file__).parents[3])
COMMAND = (sys.executable, "-m", "toys.readiness")
PATIENCE_S = 30


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server of its own process, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": ROOT}
    asked = [*COMMAND, "server", "127.0.0.1", str(port), "--echo", "--connections", "1"]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        yield process, port
        process.kill()


def test_two_terminals(server: tuple[subprocess.Popen[str], int], capsys: pytest.CaptureFixture[str]) -> None:
    """The example of the help text."""
    process, port = server
    assert cli.main(["client", "127.0.0.1", str(port), "--send", "hello", "--until", "input"]) == 0
    assert capsys.readouterr().out.splitlines()[1:5] == [
        "connecting",
        "writable client",
        "connected",
        "readable client",
    ]
    assert process.wait(PATIENCE_S) == 0


def test_a_client_without_a_server_has_an_exit_status_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert cli.main(["client", "127.0.0.1", str(port), "--quiet"]) == 1
    assert capsys.readouterr() == ("", "Connection refused\n")


def test_a_server_without_its_port_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert cli.main(["server", "127.0.0.1", str(listening.getsockname()[1])]) == 1
    assert capsys.readouterr().err == "readiness: Address already in use\n"


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_what_is_no_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["client", "127.0.0.1", port])
    assert left.value.code == 2
    assert "65535" in capsys.readouterr().err or port == "-1"


def test_the_journal_has_states_and_callbacks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with (tmp_path / "journal").open("w+") as file:
        monkeypatch.setenv("TOYLAB_JOURNAL_FD", str(file.fileno()))
        cli.main(["client", "127.0.0.1", str(port), "--quiet"])
        file.seek(0)
        said = [json.loads(line) for line in file]
    assert [(line["old"], line["new"]) for line in said if line["event"] == "state"] == [
        ("idle", "connecting"), ("connecting", "error")
    ]  # fmt: skip
    assert [(line["name"], line["args"]) for line in said if line["event"] == "callback"] == [
        ("writable", "client"), ("failed", "ECONNREFUSED")
    ]  # fmt: skip


def test_a_mutant_that_does_not_exist_is_named_with_its_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["client", "127.0.0.1", "9"], mutant="trust-writability") == 2
    assert "did you mean 'trusts-writability'" in capsys.readouterr().err


def test_every_mutant_changes_one_of_the_two_ends_and_says_its_sin_first() -> None:
    honest = mutants.Variant()
    for name in mutants.names():
        variant = mutants.variant(name)
        assert (variant.client is honest.client) != (variant.server is honest.server), name
        module = sys.modules[(variant.client if variant.client is not honest.client else variant.server).__module__]
        assert (module.__doc__ or "").strip() == module.SIN
        assert len(set(module.CONVICTED_BY)) == len(module.CONVICTED_BY) > 0


def test_the_honest_code_knows_of_no_mutant() -> None:
    files = [file for file in Path(cli.__file__).parent.glob("*.py") if file.name != "cli.py"]
    assert [file.name for file in files if "mutant" in file.read_text(encoding="utf-8").lower()] == []
