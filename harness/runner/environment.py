"""What a run ran on: kernel, tools, libraries and load, as every report names them."""

from __future__ import annotations

import gzip
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from harness.runner import launch

OPTIONS = ("HZ", "IPV6", "SYN_COOKIES", "MPTCP", "NETFILTER", "NET_NS", "USER_NS", "EPOLL", "PREEMPT", "TCP_CONG_CUBIC")
"""Of the kernel's configuration: what decides which situations there can be, and how fine its timers are."""

PACKAGES = ("toylab", "pyroute2", "scapy", "dnslib", "PyYAML", "pydantic")


def environment() -> dict[str, Any]:
    """Names and values, all JSON: versions as text, `load` as the three averages of getloadavg(3)."""
    return {
        "kernel": platform.release(),
        "kernel options": kernel_options(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "strace": _strace_version(),
        "user": "root" if os.geteuid() == 0 else "an ordinary user",
        "cores": len(os.sched_getaffinity(0)),
        "load": [round(value, 2) for value in os.getloadavg()],
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def kernel_options() -> dict[str, str]:
    """Those of OPTIONS that are set, as the kernel or its package tells them; empty if neither does."""
    lines = (line.partition("=") for line in _configuration().splitlines())
    found = {name.removeprefix("CONFIG_"): value for name, _, value in lines}
    return {name: found[name] for name in OPTIONS if name in found}


def _configuration() -> str:
    """/proc/config.gz where the kernel keeps it, else the file beside the kernel's image; proc(5)."""
    try:
        return gzip.decompress(Path("/proc/config.gz").read_bytes()).decode()
    except OSError:
        beside = Path(f"/boot/config-{platform.release()}")
        return beside.read_text() if os.access(beside, os.R_OK) else ""


def _strace_version() -> str:
    """As strace says it, `none` without one: then calls are told by the programs themselves."""
    path = launch.strace()
    if path is None:
        return "none"
    said = subprocess.run([path, "-V"], capture_output=True, text=True, check=False).stdout
    return said.partition("\n")[0].rpartition(" ")[2]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
