"""The files of /etc that a resolver reads, as the plan has them: bound over the machine's own, in this mount namespace only.

They lie on a small tmpfs of the sandbox, so nothing is left on disk. What would answer names behind the resolver's back (nscd,
systemd-resolved) is hidden under an empty one.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from netns import linux
from netns.limits import explain
from netns.plan import Files

NAMES = {"resolv_conf": "/etc/resolv.conf", "hosts": "/etc/hosts", "nsswitch_conf": "/etc/nsswitch.conf"}
BYPASSES = ("/run/nscd", "/var/run/nscd", "/run/systemd/resolve")
_STAGE = tempfile.gettempdir()


def mount_files(files: Files) -> None:
    """Binds the plan's files over /etc. Call it in a sandbox; raises GroundError."""
    try:
        for bypass in BYPASSES:
            if os.path.isdir(bypass) and not os.path.islink(bypass):
                linux.mount("none", bypass, "tmpfs")
        linux.mount("none", _STAGE, "tmpfs", options="size=1m")
        for field, target in NAMES.items():
            _bind(getattr(files, field), target)
        linux.unmount(_STAGE)
    except OSError as error:
        raise explain("the resolver's files in /etc", error) from error


def _bind(text: str, target: str) -> None:
    source = Path(_STAGE) / Path(target).name
    source.write_text(text)
    linux.bind(str(source), os.path.realpath(target))
