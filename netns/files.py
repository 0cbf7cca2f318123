"""The files of /etc that a resolver reads, as the plan has them: bound over the machine's own, for the sandbox only.

They lie on a tmpfs that has no place in the tree once they are bound, so nothing is left on disk. What would answer
names behind the resolver's back (nscd, systemd-resolved) is hidden by an empty file in the place of its socket.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from netns import linux
from netns.limits import explain
from netns.plan import Files

ETC = "/etc"
BYPASSES = ("/run/nscd/socket", "/var/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve")

USUAL = Files()
"""What most cases have: mounted once where their labs come from, and not in every one of them again."""

_STAGE = "/proc"
"""Covered while the files are bound: the one directory that is sure to exist, and that nothing here needs meanwhile."""

_MACHINES_OWN = ".machine"


def mount_files(files: Files) -> None:
    """Binds the plan's files over /etc. Call it in pid 1 of a sandbox before programs start; raises GroundError."""
    wanted = {"resolv.conf": files.resolv_conf, "hosts": files.hosts, "nsswitch.conf": files.nsswitch_conf}
    try:
        if not all(os.path.isfile(f"{ETC}/{name}") for name in wanted):
            _copy_etc(tuple(wanted))
        linux.mount("files", _STAGE, "tmpfs", options="size=1m,mode=755")
        try:
            _bind_all(wanted)
        finally:
            linux.unmount(_STAGE)
    except OSError as error:
        raise explain("the resolver's files in /etc", error) from error


def _bind_all(wanted: dict[str, str]) -> None:
    for name, text in wanted.items():
        linux.bind(_file(name, text), f"{ETC}/{name}")
    nothing = _file("nothing", "")
    for socket in filter(_is_socket, BYPASSES):
        linux.bind(nothing, socket)


def _file(name: str, text: str) -> str:
    path = Path(_STAGE) / name
    path.write_text(text)
    path.chmod(0o644)
    return str(path)


def _is_socket(path: str) -> bool:
    with suppress(OSError):
        return stat.S_ISSOCK(os.stat(path).st_mode)
    return False


def _copy_etc(needed: tuple[str, ...]) -> None:
    """Covers /etc by a tmpfs that leads to all that was in it, and has an empty file for each one needed.

    For a file to be bound over, there must be one; a machine may have none, or a symbolic link to nowhere. Directories
    are bound, because symbolic links in them may climb out of them; symbolic links stay as they are for that reason.
    """
    linux.mount("etc", _STAGE, "tmpfs", options="size=1m,mode=755")
    try:
        own = f"{_STAGE}/{_MACHINES_OWN}"
        os.mkdir(own)
        linux.bind(ETC, own, linux.MS_REC)
        for name in needed:
            Path(_STAGE, name).touch()
        for entry in os.scandir(ETC):
            if entry.name not in needed:
                _lead_to(entry)
        linux.bind(_STAGE, ETC, linux.MS_REC)
    finally:
        linux.unmount(_STAGE)


def _lead_to(entry: os.DirEntry[str]) -> None:
    place = f"{_STAGE}/{entry.name}"
    if entry.is_symlink():
        os.symlink(os.readlink(entry.path), place)
    elif entry.is_dir():
        os.mkdir(place)
        linux.bind(entry.path, place, linux.MS_REC)
    else:
        os.symlink(f"{_MACHINES_OWN}/{entry.name}", place)
