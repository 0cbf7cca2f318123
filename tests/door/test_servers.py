"""A server from outside in place of our own: what is asked of it, and when its case ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.case import Case
from toylab import running
from toylab.running import Wish


def cases(spec: str, scenario: str) -> list[Case]:
    return running.cases_of(Wish(spec=spec, named=(scenario,), subject="true {host} {address} {port}"))[0]


def test_a_server_is_told_where_to_listen() -> None:
    assert {case.subject.argv[1:] for case in cases("httpd", "answer")} == {
        ("10.0.0.2", "10.0.0.2", "80"),
        ("fd00::2", "fd00::2", "80"),
    }


def test_what_only_our_own_server_was_told_is_not_asked_of_another_one() -> None:
    for case in cases("chat", "talk") + cases("chat", "full"):
        assert (case.expect.exit, case.expect.stdout, case.expect.trace, case.expect.clauses) == (None, (), (), {})


def test_the_case_of_a_server_ends_with_its_clients_and_that_of_a_client_with_itself() -> None:
    assert {case.ends for case in cases("readiness", "handshake-server")} == {"clients"}
    assert {case.ends for case in cases("readiness", "handshake")} == {"subject"}
    assert {case.ends for case in cases("toy9", "refused")} == {"subject"}


def run(subject: str, place: Path) -> tuple[int, set[str]]:
    """The exit status of a run of one case with this server, and the clauses that convict it."""
    command = [sys.executable, "-m", "toylab", "run", "httpd", "answer", "-k", "ipv4-epoll-et", "--subject", subject]
    done = subprocess.run(
        [*command, "--json", "--no-report"], cwd=place, capture_output=True, text=True, timeout=100, check=False
    )
    [case] = json.loads(done.stdout)["cases"]
    return done.returncode, {clause["id"] for clause in case["clauses"] if clause["outcome"] == "fail"}


CAREFUL = """
import selectors, socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
poller = selectors.DefaultSelector()
def take():
    client, _ = listener.accept()
    client.setblocking(False)
    poller.register(client, selectors.EVENT_READ, lambda: serve(client))
def serve(client):
    if client.recv(4096):
        client.send(b"HTTP/1.1 204 No Content\\r\\n\\r\\n")
    else:
        poller.unregister(client)
        client.close()
listener.setblocking(False)
poller.register(listener, selectors.EVENT_READ, take)
while True:
    for key, _ in poller.select():
        key.data()
"""


@pytest.mark.parametrize(
    ("forgotten", "convicted"), [("", set()), ("client.setblocking", {"HT-02"}), ("listener.setblocking", {"HT-01"})]
)
def test_a_server_in_twenty_lines_is_judged_by_its_calls(tmp_path: Path, forgotten: str, convicted: set[str]) -> None:
    kept = [line for line in CAREFUL.splitlines() if not forgotten or not line.strip().startswith(forgotten)]
    (tmp_path / "server.py").write_text("\n".join(kept))
    assert run(f"{sys.executable} server.py {{address}} {{port}}", tmp_path) == (1 if convicted else 0, convicted)
