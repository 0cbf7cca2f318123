"""The plan's resolver files stand in /etc of the sandbox, on any machine, and nowhere else."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

from netns import files, linux
from netns.plan import Files

from .conftest import InSandbox

WANTED = Files(resolv_conf="nameserver 10.0.0.3\n", hosts="192.0.2.7 name.lab\n", nsswitch_conf="hosts: files\n")


def etc() -> tuple[str, str, str]:
    resolv, hosts, nsswitch = (Path("/etc", name).read_text() for name in ("resolv.conf", "hosts", "nsswitch.conf"))
    return resolv, hosts, nsswitch


AS_WANTED = (WANTED.resolv_conf, WANTED.hosts, WANTED.nsswitch_conf)


def test_etc_has_the_plans_files_inside_and_the_machines_own_outside(in_sandbox: InSandbox) -> None:
    before = Path("/etc/hosts").read_text()

    def reads() -> tuple[str, str, str]:
        files.mount_files(WANTED)
        return etc()

    assert in_sandbox(reads) == AS_WANTED
    assert Path("/etc/hosts").read_text() == before


def test_the_systems_own_resolver_takes_them(in_sandbox: InSandbox) -> None:
    def resolves() -> str:
        files.mount_files(WANTED)
        return str(socket.getaddrinfo("name.lab", 9, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])

    assert in_sandbox(resolves) == "192.0.2.7"


def test_proc_is_uncovered_again(in_sandbox: InSandbox) -> None:
    def looks() -> bool:
        files.mount_files(WANTED)
        return Path("/proc/self/status").exists()

    assert in_sandbox(looks)


def test_a_bare_etc_is_furnished_and_the_rest_of_it_stays(in_sandbox: InSandbox) -> None:
    """No nsswitch.conf, and a resolv.conf that leads nowhere, as systemd leaves it in an image."""

    def furnishes() -> tuple[tuple[str, str, str], list[str]]:
        linux.mount("none", "/etc", "tmpfs")
        os.symlink("../run/nowhere/stub-resolv.conf", "/etc/resolv.conf")
        Path("/etc/hosts").write_text("127.0.0.1 machine\n")
        Path("/etc/plain").write_text("plain")
        os.makedirs("/etc/a/b")
        os.symlink("../../plain", "/etc/a/b/climbs")
        os.symlink("plain", "/etc/beside")
        os.symlink("../etc/plain", "/etc/out-and-back")
        os.symlink("../proc/self/comm", "/etc/out")
        os.symlink("../../../proc/self/comm", "/etc/a/b/out")
        files.mount_files(WANTED)
        assert Path("/etc/out").read_text() == Path("/etc/a/b/out").read_text() == Path("/proc/self/comm").read_text()
        return etc(), [Path("/etc", name).read_text() for name in ("plain", "a/b/climbs", "beside", "out-and-back")]

    assert in_sandbox(furnishes) == (AS_WANTED, ["plain"] * 4)


def test_a_link_that_leads_somewhere_is_followed(in_sandbox: InSandbox) -> None:
    def follows() -> tuple[str, str, str]:
        linux.mount("none", "/run", "tmpfs")
        os.makedirs("/run/systemd/resolve")
        Path("/run/systemd/resolve/stub-resolv.conf").write_text("nameserver 127.0.0.53\n")
        linux.mount("none", "/etc", "tmpfs")
        os.symlink("../run/systemd/resolve/stub-resolv.conf", "/etc/resolv.conf")
        for name in ("hosts", "nsswitch.conf"):
            Path("/etc", name).touch()
        files.mount_files(WANTED)
        return etc()

    assert in_sandbox(follows) == AS_WANTED


def test_who_answers_names_behind_the_resolver_cannot_be_reached(in_sandbox: InSandbox) -> None:
    def calls() -> int:
        linux.mount("none", "/run", "tmpfs")
        os.makedirs("/run/nscd")
        with socket.socket(socket.AF_UNIX) as daemon, socket.socket(socket.AF_UNIX) as caller:
            daemon.bind("/run/nscd/socket")
            daemon.listen()
            files.mount_files(WANTED)
            return caller.connect_ex("/run/nscd/socket")

    assert in_sandbox(calls) == errno.ECONNREFUSED
