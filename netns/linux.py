"""The few system calls that Python 3.11 does not wrap: unshare, setns, mount, umount2, prctl, perf_event_open.

Each raises OSError with its errno. Numbers are those of include/uapi/linux/sched.h, mount.h, prctl.h and perf_event.h;
they are the same on every architecture, but for that of perf_event_open(2) itself, which the C library does not have.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
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

PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241, "riscv64": 241, "loongarch64": 241, "ppc64le": 319, "s390x": 331}
"""Its number by the machine's name, from arch/*/syscalls/*.tbl and include/uapi/asm-generic/unistd.h."""
_ANY_TASK, _NO_GROUP, _CLOSE_ON_EXEC = -1, -1, 8
_MAP_FAILED = ctypes.c_void_p(-1).value

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]


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


def perf_event_open(attributes: bytes, cpu: int) -> int:
    """perf_event_open(2) for every task on one CPU; `attributes` is a perf_event_attr. A descriptor."""
    machine = os.uname().machine
    number = PERF_EVENT_OPEN.get(machine)
    if number is None:
        raise OSError(errno.ENOSYS, f"perf_event_open: its number on {machine} is not known")
    opened = _libc.syscall(number, attributes, _ANY_TASK, cpu, _NO_GROUP, ctypes.c_ulong(_CLOSE_ON_EXEC))
    return _checked(opened, "perf_event_open")


def map_shared(fd: int, size: int) -> memoryview:
    """mmap(2) of the first `size` bytes, to be read and written, until this process ends.

    Python's own keeps a second descriptor of the file, and asks a perf event's for its size, which is none.
    """
    place = _libc.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, fd, 0)
    if place == _MAP_FAILED:
        _checked(-1, "mmap")
    return memoryview((ctypes.c_char * size).from_address(place)).cast("B")


def _checked(result: int, name: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result
