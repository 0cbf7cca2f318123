"""Connections beside the one in question: what the journal tells of them, and that they end with it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.toys.net_conn.test_cli import COMMAND, PATIENCE_S, ROOT


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and says nothing: who waits for the peer's end waits for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def journal_of(*arguments: object) -> tuple[int, list[tuple[str, ...]]]:
    """The exit status, and what the journal says, without times."""
    reading, writing = os.pipe()
    environment = {**os.environ, "TOYLAB_JOURNAL_FD": str(writing)}
    command = [*COMMAND, *map(str, arguments), "--quiet"]
    with os.fdopen(reading, encoding="utf-8") as journal:
        try:
            done = subprocess.run(command, cwd=ROOT, env=environment, pass_fds=[writing], timeout=PATIENCE_S)
        finally:
            os.close(writing)
        lines = [json.loads(line) for line in journal]
    return done.returncode, [tuple(str(value) for key, value in line.items() if key != "at_ns") for line in lines]


def beside(said: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [line[1:] for line in said if line[1].startswith("beside")]


def test_who_is_beside_is_told_and_its_states_and_callbacks_are_not(silent_port: int) -> None:
    status, said = journal_of("127.0.0.1", silent_port, "--beside", "127.0.0.1", "--until", "ready", "--apart", 0.05)
    assert status == 0
    assert beside(said) == [("beside", "127.0.0.1"), ("beside_over", "127.0.0.1 ready")]
    assert [line for line in said if line[0] != "fact"] == [
        ("state", "init", "connecting"), ("state", "connecting", "ready"), ("callback", "on_ready", ""),
        ("state", "ready", "closed"),
    ]  # fmt: skip


def test_what_becomes_of_one_beside_leaves_the_exit_status_alone(silent_port: int) -> None:
    arguments = ("127.0.0.1", silent_port, "--beside", "127.0.0.2", "--until", "ready", "--apart", 0.05)
    status, said = journal_of(*arguments)
    assert (status, beside(said)[1:]) == (0, [("beside_over", "127.0.0.2 ECONNREFUSED")])


def test_who_is_beside_ends_with_the_one_in_question(full_port: int) -> None:
    """Nobody answers beside: the program would stay for the whole ten seconds of its timer."""
    status, said = journal_of("127.0.0.1", full_port, "--beside", "127.0.0.1", "--close-after", 0.05)
    assert (status, beside(said)[1:]) == (0, [("beside_over", "127.0.0.1 closed")])


@pytest.mark.parametrize("count", [1, 3])
def test_each_name_is_begun_before_the_one_in_question(closed_port: int, count: int) -> None:
    status, said = journal_of("127.0.0.1", closed_port, *["--beside", "127.0.0.1"] * count)
    first_state = next(number for number, line in enumerate(said) if line[0] == "state")
    assert status == 10
    assert [line[1] for line in said[:first_state]].count("beside") == count
