"""The command line, in this process where it does not serve, and as a program where it does."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.toys.httpd.program import COMMAND, GET, ROOT, httpd
from toys.httpd import cli

WITHOUT = """
import sys
sys.modules["httptools"] = None
from toys.httpd.cli import main
sys.exit(main(["127.0.0.1", "0"]))
"""


def test_without_its_parser_it_says_what_is_missing_and_how_to_get_it() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "httpd: httptools is not installed; get it with: pip install 'toylab[http]'\n"


def test_an_address_that_cannot_be_had_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert cli.main(["127.0.0.1", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["127.0.0.1"],
        ["127.0.0.1", "65536"],
        ["127.0.0.1", "80", "--most-connections", "10001"],
        ["127.0.0.1", "80", "--idle-timeout", "0"],
        ["127.0.0.1", "80", "--backend", "kqueue"],
        ["127.0.0.1", "80", "--most-body", "none"],
    ],
)
def test_a_mistake_in_the_command_line_is_a_matter_of_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert "usage: httpd" in capsys.readouterr().err


def test_a_mutant_that_does_not_exist_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["127.0.0.1", "0"], mutant="accept-one") == 2
    assert "there is no mutant 'accept-one'" in capsys.readouterr().err


def test_a_certificate_that_cannot_be_read_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["127.0.0.1", "0", "--tls", "no-such.pem", "no-such.key"]) == 2
    assert "no-such.pem no-such.key: No such file or directory" in capsys.readouterr().err


def test_it_says_what_it_does_and_each_request_if_it_is_asked_to() -> None:
    with httpd("--verbose") as server, server.client() as client:
        client.send(GET)
        client.answer()
        port = client.sock.getsockname()[1]
        server.stop()
        assert server.finish()[1].splitlines() == [
            "[INFO] HTTP server running with EPOLL, press Ctrl+C to stop...",
            "[INFO] Handling multiple concurrent connections...",
            f'[INFO] 127.0.0.1:{port} "GET /api/data" 200 17',
            "[INFO] Stopping: no new connections, finishing what was begun",
            "[INFO] Stopped after 1 requests",
        ]


def test_nobody_reading_its_output_does_not_end_it() -> None:
    process = subprocess.Popen(
        [*COMMAND, "127.0.0.1", "0", "--for", "0.1"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(20) == 0
