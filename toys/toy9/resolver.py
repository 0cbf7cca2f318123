"""Names become addresses in a thread of their own, because getaddrinfo(3) blocks; a pipe wakes the loop then.

A literal address needs no resolver and no thread. The thread is a daemon: one that still waits for a silent name server
keeps nobody from leaving, and what it finds then is never looked at.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable

from toys.toy9 import errors
from toys.toy9.errors import Failure

FAMILIES = {"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}

Address = tuple[socket.AddressFamily, str, int]
Found = list[Address] | Failure


def literal(host: str, port: int) -> Address | None:
    """The address itself, if the host is written as one. Only IPv6 has scopes, of interfaces that there are."""
    if _reads(socket.AF_INET, host):
        return socket.AF_INET, host, port
    address, percent, scope = host.partition("%")
    if _reads(socket.AF_INET6, address) and (not percent or _is_interface(scope)):
        return socket.AF_INET6, host, port
    return None


def _reads(family: socket.AddressFamily, host: str) -> bool:
    try:
        socket.inet_pton(family, host)
    except OSError:
        return False
    return True


def _is_interface(name: str) -> bool:
    try:
        return bool(socket.if_nametoindex(name))
    except OSError:
        return False


def look_up(host: str, port: int, family: str) -> Found:
    """Every address of a name, in the order of getaddrinfo(3), or why there is none. Blocks."""
    try:
        found = socket.getaddrinfo(host, port, FAMILIES[family], socket.SOCK_STREAM)
    except socket.gaierror as error:
        return errors.of_error(error)
    except UnicodeError:
        return errors.of_name("EAI_NONAME")
    return [(kind, str(address[0]), int(address[1])) for kind, _, _, _, address in found]


class LookUp:
    """A look-up under way: `fd` becomes readable when `found` is there. OSError if there is nothing to make one of."""

    def __init__(self, host: str, port: int, family: str, look_up: Callable[[str, int, str], Found] = look_up) -> None:
        import threading  # only now: who has it spends a millisecond after each fork on renewing locks

        self.found: Found | None = None
        self.fd, self._done = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._look_up = look_up
        try:
            threading.Thread(target=self._run, args=(host, port, family), name=f"look-up {host}", daemon=True).start()
        except RuntimeError:  # pthread_create(3) said EAGAIN
            self.close()
            os.close(self._done)
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from None

    def close(self) -> None:
        os.close(self.fd)

    def _run(self, host: str, port: int, family: str) -> None:
        self.found = errors.of_name("EAI_FAIL")
        try:
            self.found = self._look_up(host, port, family)
        finally:
            os.close(self._done)
