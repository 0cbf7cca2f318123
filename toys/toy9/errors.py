"""Every way in which an attempt can fail: the name that callers hear, a stable code, a sentence, an exit status.

Codes, sentences and statuses are promises: scripts compare them. Errors without a row of their own are `other`, and
their sentence is the C library's.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import NamedTuple


class Failure(NamedTuple):
    """`name` is the errno or EAI_ name that errorEncountered() is called with."""

    name: str
    code: str
    text: str
    status: int


TABLE: tuple[Failure, ...] = (
    Failure("ECONNREFUSED", "refused", "connection refused", 10),
    Failure("ENETUNREACH", "network-unreachable", "network unreachable", 11),
    Failure("EHOSTUNREACH", "host-unreachable", "host unreachable", 12),
    Failure("EACCES", "prohibited", "prohibited on the way", 13),
    Failure("ETIMEDOUT", "timed-out", "timed out", 14),
    Failure("EAI_NONAME", "name-not-found", "name not found", 15),
    Failure("EAI_AGAIN", "name-temporarily-unavailable", "name temporarily unavailable", 16),
    Failure("EAI_NODATA", "no-address", "the name has no address", 17),
    Failure("EADDRNOTAVAIL", "address-not-available", "address not available", 18),
    Failure("ECONNRESET", "reset", "connection reset", 19),
)
CONNECTED_TO_ITSELF = Failure("ECONNREFUSED", "connected-to-itself", "connected to itself", 20)
OTHER_STATUS = 30

SYNONYMS = {"ENOTSUP": "EOPNOTSUPP", "EDEADLOCK": "EDEADLK"}
"""Numbers with two names: the one that Python knows, and the one in Linux' manual."""

_BY_NAME = {failure.name: failure for failure in TABLE}
_RESOLVER = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}


def of_name(name: str) -> Failure:
    """The failure of an errno's name, `other` if it has no row."""
    number = getattr(errno, name, 0)
    text = os.strerror(number).lower() if number else "the name could not be resolved"
    return _BY_NAME.get(name) or Failure(name, "other", text, OTHER_STATUS)


def of_errno(number: int) -> Failure:
    name = errno.errorcode.get(number, f"E{number}")
    return of_name(SYNONYMS.get(name, name))


def of_error(error: OSError) -> Failure:
    """The failure of an exception, the resolver's included."""
    number = error.errno or 0
    return of_resolver(number) if isinstance(error, socket.gaierror) else of_errno(number)


def of_resolver(number: int) -> Failure:
    """The failure of a getaddrinfo(3) error number."""
    return of_name(_RESOLVER.get(number, "EAI_FAIL"))
