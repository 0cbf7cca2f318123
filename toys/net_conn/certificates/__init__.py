"""Test certificates: an authority, and four servers that are what their names say. They are data; nothing trusts them.

name        signed by      for                                      valid
good        the authority  good.lab, localhost, 127.0.0.1 and ::1   2020 to 2099
untrusted   itself         the same                                 2020 to 2099
wrong-host  the authority  other.lab                                2020 to 2099
expired     the authority  as good                                  the first day of 2020

`python -m toys.net_conn.certificates` makes a new set with openssl(1). The keys are RSA, because an RSA signature has
one length: with ECDSA the handshake's size differs from run to run, and with it the segments on the wire.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = ("good", "untrusted", "wrong-host", "expired")
AUTHORITY = FOLDER / "authority.pem"


def path(name: str) -> Path:
    """The file with a server's key and certificate. KeyError if there is none of this name."""
    if name not in NAMES:
        raise KeyError(name)
    return FOLDER / f"{name}.pem"
