"""The shipped certificates still mean what their names say, and can be made again."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from toys.net_conn import certificates, errors
from toys.net_conn.engine import context_for as server_context
from toys.net_conn.handshake import context_for


def verdict(certificate: Path, authority: Path, name: str) -> str:
    """What a client that trusts the authority says of a server with this certificate, without any network."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    client = context_for(str(authority)).wrap_bio(to_client, to_server, server_hostname=name)
    for _ in range(3):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as error:
                return errors.of_error(error).name
    return "good"


MEANING = [
    ("good", "good.lab", "good"),
    ("good", "localhost", "good"),
    ("good", "127.0.0.1", "good"),
    ("good", "::1", "good"),
    ("good", "other.lab", "TLS_WRONG_HOST"),
    ("good", "127.0.0.2", "TLS_WRONG_HOST"),
    ("untrusted", "good.lab", "TLS_UNTRUSTED"),
    ("wrong-host", "good.lab", "TLS_WRONG_HOST"),
    ("wrong-host", "other.lab", "good"),
    ("expired", "good.lab", "TLS_EXPIRED"),
]


@pytest.mark.parametrize(("certificate", "name", "meaning"), MEANING)
def test_a_shipped_certificate_means_what_it_says(certificate: str, name: str, meaning: str) -> None:
    assert verdict(certificates.path(certificate), certificates.AUTHORITY, name) == meaning


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl(1) is not installed")
def test_the_command_makes_a_set_that_means_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "toys.net_conn.certificates", str(tmp_path)]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[3])
    authority = tmp_path / certificates.AUTHORITY.name
    assert [verdict(tmp_path / f"{each}.pem", authority, name) for each, name, _ in MEANING] == [
        meaning for _, _, meaning in MEANING
    ]


def test_each_name_has_its_file_and_no_other_name_has() -> None:
    assert sorted(file.stem for file in certificates.FOLDER.glob("*.pem")) == sorted([*certificates.NAMES, "authority"])
    with pytest.raises(KeyError):
        certificates.path("authority")


def test_the_peer_sends_no_tickets() -> None:
    assert server_context("good").num_tickets == 0
