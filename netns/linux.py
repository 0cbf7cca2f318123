"""The few system calls that Python 3.11 does not wrap: unshare, setns, mount, umount2, prctl.

Each raises OSError with its errno. Numbers are those of include/uapi/linux/sched.h, mount.h and prctl.h; they are the
same on every architecture.
"""

from __future__ import annotations

import ctypes
import os
import signal

NEW_USER = 0x10000000
NEW_NET = 0x40000000
NEW_MOUNT = 0x00020000
NEW_PID = 0x20000000

MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18
MNT_DETACH = 2

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """unshare(2)."""
    _checked(_libc.unshare(flags), "unshare")


def setns(fd: int, kind: int) -> None:
    """setns(2); `kind` is one of the NEW_ numbers and must be what `fd` is."""
    _checked(_libc.setns(fd, kind), "setns")


def mount(source: str, target: str, filesystem: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    arguments = (source.encode(), os.fsencode(target), filesystem.encode() or None, ctypes.c_ulong(flags))
    _checked(_libc.mount(*arguments, options.encode() or None), f"mount {target}")


def bind(source: str, target: str, flags: int = 0) -> None:
    """Shows the file or directory `source` at the place of `target`, which must exist; follows symbolic links."""
    mount(source, target, flags=MS_BIND | flags)


def unmount(target: str) -> None:
    """umount2(2), detached: what is bound elsewhere stays."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def set_parent_death_signal() -> None:
    """The caller gets SIGKILL when the thread that forked it ends. A change of credentials switches this off."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL.value, 0, 0, 0), "prctl")


def name_me(name: str) -> None:
    """What ps(1) and perf(1) call the calling thread; the kernel keeps 15 bytes of it."""
    _checked(_libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0), "prctl")


def _checked(result: int, name: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result
