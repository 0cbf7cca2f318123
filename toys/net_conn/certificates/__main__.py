"""Makes a new set of test certificates: `python -m toys.net_conn.certificates [FOLDER]`. Needs openssl(1)."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from toys.net_conn.certificates import AUTHORITY, FOLDER

LONG = ("20200101000000Z", "20991231235959Z")
OVER = ("20200101000000Z", "20200102000000Z")
OURS = "DNS:good.lab, DNS:localhost, IP:127.0.0.1, IP:::1"


class Wanted(NamedTuple):
    """One server: who it is for, when it is valid, and whether the authority signs it."""

    subject_alternative_name: str = OURS
    valid: tuple[str, str] = LONG
    is_signed: bool = True


SERVERS = {
    "good": Wanted(),
    "untrusted": Wanted(is_signed=False),
    "wrong-host": Wanted(subject_alternative_name="DNS:other.lab"),
    "expired": Wanted(valid=OVER),
}

CONFIG = """\
[ca]
default_ca = test
[test]
database = {place}/index.txt
new_certs_dir = {place}
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {subject_alternative_name}
"""


def make(folder: Path) -> None:
    """Writes authority.pem and a file for each server. The authority's key is not kept: nobody signs with it again."""
    with tempfile.TemporaryDirectory() as place:
        desk = Path(place)
        _sign(desk, "authority", Wanted(is_signed=False), "authority")
        (folder / AUTHORITY.name).write_text((desk / "authority.crt").read_text())
        for name, wanted in SERVERS.items():
            _sign(desk, name, wanted, "server")
            both = (desk / f"{name}.key").read_text() + (desk / f"{name}.crt").read_text()
            (folder / f"{name}.pem").write_text(both)


def _sign(desk: Path, name: str, wanted: Wanted, extensions: str) -> None:
    """A key and a certificate: `openssl ca` and not `x509`, because only it takes dates instead of days from now."""
    (desk / "index.txt").write_text("")
    config = desk / "openssl.cnf"
    config.write_text(CONFIG.format(place=desk, subject_alternative_name=wanted.subject_alternative_name))
    _openssl(desk, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
             "-subj", f"/CN=toylab test {name}")  # fmt: skip
    signer = ["-keyfile", "authority.key", "-cert", "authority.crt"]
    itself = ["-selfsign", "-keyfile", f"{name}.key"]
    start, end = wanted.valid
    _openssl(desk, "ca", "-config", str(config), "-batch", "-notext", *(signer if wanted.is_signed else itself),
             "-extensions", extensions, "-startdate", start, "-enddate", end, "-in", f"{name}.csr",
             "-out", f"{name}.crt")  # fmt: skip


def _openssl(desk: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=desk, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"openssl {arguments[0]} failed: {done.stderr}")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
