"""Why this machine may refuse a namespace or a mount, and what its owner can do about it."""

from __future__ import annotations

import errno

from netns.errors import GroundError
from netns.procsys import read_sysctl

SWITCHES = (
    ("user.max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=15000"),
    ("user.max_net_namespaces", "0", "sudo sysctl -w user.max_net_namespaces=15000"),
    ("kernel.unprivileged_userns_clone", "0", "sudo sysctl -w kernel.unprivileged_userns_clone=1, or run as root"),
    (
        "kernel.apparmor_restrict_unprivileged_userns",
        "1",
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run as root",
    ),
)
"""Each sysctl with the value that forbids us our namespaces, and the way out; the last one is Ubuntu's since 24.04."""

REMEDIES = {
    errno.EINVAL: "start it from a process with one thread; unshare(2) refuses a new user namespace to more",
    errno.EPERM: "in a container, allow namespaces: "
    "--security-opt seccomp=unconfined --security-opt systempaths=unconfined",
    errno.EACCES: "in a container, allow namespaces: --security-opt apparmor=unconfined",
    errno.ENOSPC: "too many namespaces: raise user.max_user_namespaces and user.max_net_namespaces, or end old ones",
    errno.EUSERS: "too many namespaces within each other: start it further outside",
}


def explain(wanted: str, error: OSError) -> GroundError:
    """The error to raise when `wanted` could not be had."""
    found = forbidding_switches()
    remedy = "; ".join(found.values()) or REMEDIES.get(error.errno or 0, "")
    because = "".join(f", and {name}" for name in found)
    return GroundError(f"cannot have {wanted}: {error}{because}", remedy)


def forbidding_switches() -> dict[str, str]:
    """The sysctls that stand in the way on this machine (`name = value`), each with its remedy."""
    return {f"{name} = {bad}": remedy for name, bad, remedy in SWITCHES if read_sysctl(name) == bad}
