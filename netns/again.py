"""A sandbox used again: what makes it as new for the next case, and whether it can be.

Call all of this in process 1 of a nested sandbox, which has a single thread.
"""

from __future__ import annotations

import os

from netns import linux
from netns.limits import explain
from netns.procsys import write_sysctl

_LAST_PID = "kernel.ns_last_pid"
"""The pid that was given last, proc_sys_kernel(5); absent from a kernel without CONFIG_CHECKPOINT_RESTORE."""


def is_as_new() -> bool:
    """Whether nobody is left but process 1, and the next program will be process 2."""
    others = any(name.isdigit() and name != "1" for name in os.listdir("/proc"))
    return not others and _restart_pids()


def renew_net() -> None:
    """A network of its own once more, without a link. What lies in the old one lasts until its last socket is closed.

    Raises GroundError.
    """
    try:
        linux.unshare(linux.NEW_NET)
    except OSError as error:
        raise explain("a new network namespace in a sandbox", error) from error


def _restart_pids() -> bool:
    try:
        write_sysctl(_LAST_PID, "1")
    except OSError:
        return False
    return True
