"""Clients that somebody else wrote: curl, with and without TLS."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.toys.httpd.program import Served, httpd

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl(1) is not installed")
CERTIFICATES = Path(__file__).parents[3] / "toys" / "net_conn" / "certificates"
GOOD = CERTIFICATES / "good.pem"
SAYS = ("-w", " %{http_code} %{http_version}")


def curl(*arguments: str) -> str:
    done = subprocess.run(["curl", "-sS", "--max-time", "20", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def plain() -> Iterator[Served]:
    with httpd() as server:
        yield server


@pytest.fixture(scope="module")
def encrypted() -> Iterator[tuple[Served, Path]]:
    """A server with a certificate for 127.0.0.1, and the authority that signed it."""
    with httpd("--tls", GOOD, GOOD) as server:
        yield server, CERTIFICATES / "authority.pem"


@pytest.mark.parametrize(("option", "version"), [("--http1.1", "1.1"), ("--http1.0", "1.1"), ("--http2", "1.1")])
def test_curl_gets_its_answer(plain: Served, option: str, version: str) -> None:
    assert curl(option, *SAYS, f"http://127.0.0.1:{plain.port}/api/data") == f'{{"status": "ok"}}\n 200 {version}'


def test_curl_gets_its_answer_by_http_2_with_prior_knowledge(plain: Served) -> None:
    url = f"http://127.0.0.1:{plain.port}/api/data"
    assert curl("--http2-prior-knowledge", *SAYS, url) == '{"status": "ok"}\n 200 2'


@pytest.mark.parametrize("option", ["--http1.1", "--http2-prior-knowledge"])
def test_curl_posts_a_body_and_gets_it_back(plain: Served, option: str, tmp_path: Path) -> None:
    body = "0123456789" * 6_000
    (tmp_path / "body").write_text(body)
    url = f"http://127.0.0.1:{plain.port}/echo"
    assert curl(option, "--data-binary", f"@{tmp_path / 'body'}", url) == body
    assert curl("-H", "Transfer-Encoding: chunked", "--data-binary", f"@{tmp_path / 'body'}", url) == body


def test_fifty_at_once_are_all_answered(plain: Served) -> None:
    url = f"http://127.0.0.1:{plain.port}/api/data?[1-50]"
    assert curl("--parallel", "--parallel-max", "50", url).count('"ok"') == 50


@pytest.mark.parametrize(("option", "version"), [("--http2", "2"), ("--http1.1", "1.1")])
def test_tls_agrees_upon_the_protocol(encrypted: tuple[Served, Path], option: str, version: str) -> None:
    server, authority = encrypted
    url = f"https://127.0.0.1:{server.port}/api/data"
    told = curl(option, "--cacert", str(authority), *SAYS, url, url.replace("api/data", "bytes?n=16"))
    assert told == f'{{"status": "ok"}}\n 200 {version}0123456789abcdef 200 {version}'


def test_a_large_answer_arrives_whole_through_tls(encrypted: tuple[Served, Path]) -> None:
    server, authority = encrypted
    url = f"https://127.0.0.1:{server.port}/bytes?n=3000000"
    for option in ("--http2", "--http1.1"):
        assert len(curl(option, "--cacert", str(authority), url)) == 3_000_000


def test_who_speaks_no_tls_is_closed_and_others_are_served(encrypted: tuple[Served, Path]) -> None:
    server, authority = encrypted
    with server.client() as plain:
        plain.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert not plain.rest().startswith(b"HTTP")
    assert curl("--cacert", str(authority), f"https://127.0.0.1:{server.port}/api/data") == '{"status": "ok"}\n'


def test_who_stops_in_the_handshake_is_closed() -> None:
    with httpd("--tls", GOOD, GOOD, "--header-timeout", 0.5) as server, server.client() as silent:
        silent.send(b"\x16\x03\x01")
        assert silent.rest() == b""
