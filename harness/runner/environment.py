"""What a run ran on: kernel, tools, libraries and load, as every report names them."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from typing import Any

from harness.runner import warm

PACKAGES = ("toylab", "pyroute2", "scapy", "dnslib", "PyYAML", "pydantic")


def environment() -> dict[str, Any]:
    """Names and values, all JSON: versions as text, `load` as the three averages of getloadavg(3)."""
    return {
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "strace": _strace_version(),
        "user": "root" if os.geteuid() == 0 else "an ordinary user",
        "cores": len(os.sched_getaffinity(0)),
        "load": [round(value, 2) for value in os.getloadavg()],
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def _strace_version() -> str:
    """As strace says it, `none` without one: then calls are told by the programs themselves."""
    path = warm.strace()
    if path is None:
        return "none"
    said = subprocess.run([path, "-V"], capture_output=True, text=True, check=False).stdout
    return said.partition("\n")[0].rpartition(" ")[2]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
