"""The kernel's settings by their dotted names, in /proc/sys: read, kept open, written.

What belongs to a network is that of the namespace in which the caller stood when it was opened; proc(5).
"""

from __future__ import annotations

import os


def read_sysctl(name: str) -> str | None:
    """The value of a sysctl by its dotted name, without the line's end; None if there is none to be read."""
    fd = open_sysctl(name)
    if fd is None:
        return None
    try:
        return read_open(fd)
    finally:
        os.close(fd)


def open_sysctl(name: str) -> int | None:
    """A descriptor for `read_open`, of the namespaces that the caller stands in now; None if there is no such thing."""
    try:
        return os.open(_path(name), os.O_RDONLY)
    except OSError:
        return None


def read_open(fd: int) -> str | None:
    """What the sysctl says now."""
    try:
        return os.pread(fd, 4096, 0).decode().strip()
    except OSError:
        return None


def write_sysctl(name: str, value: str) -> None:
    """One write(2), as these files want it. Raises OSError."""
    fd = os.open(_path(name), os.O_WRONLY)
    try:
        os.write(fd, value.encode())
    finally:
        os.close(fd)


def _path(name: str) -> str:
    return "/proc/sys/" + name.replace(".", "/")
