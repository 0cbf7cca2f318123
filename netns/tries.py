"""The tries of the probe: each does one thing that the lab needs once, and says what it found.

Nothing that is tried outlives its try.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple

from netns import builder, files, kernel, sandbox, tracepoint
from netns.errors import GroundError
from netns.limits import SWITCHES
from netns.plan import Files, Host, Plan
from netns.procsys import read_sysctl

PATIENCE_S = 10.0
OLDEST_KERNEL = (5, 4)
CLOCK_STEP_NS = 1_000_000
MPTCP = 262
"""IPPROTO_MPTCP, which Python's socket module does not name before 3.12."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LIBRARIES = ("h2", "httptools")


Try = Callable[[], str]
"""Returns what was found. Raises GroundError with its remedy, or OSError."""


class Check(NamedTuple):
    name: str
    attempt: Try
    needed_for: str
    remedy: str
    in_sandbox: bool = False
    required: bool = True


def in_sandbox(attempt: Try) -> str:
    """Runs the try as pid 1 of a sandbox, and brings back what it found; a GroundError raised there is raised here."""
    read, write = os.pipe()

    def main() -> int:
        try:
            os.write(write, b"+" + attempt().encode())
        except GroundError as error:
            os.write(write, f"-{error.what}\0{error.remedy}".encode())
        except OSError as error:
            os.write(write, f"-{error}\0".encode())
        return 0

    try:
        pid = sandbox.spawn(main)
    finally:
        os.close(write)
    with open(read, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    if not said.startswith("+"):
        raise GroundError(*(said[1:] or "the try ended without a word\0").split("\0"))
    return said[1:]


def _kernel() -> str:
    found = tuple(int(number) for number in re.findall(r"\d+", platform.release())[:2])
    if platform.system() != "Linux" or found < OLDEST_KERNEL:
        raise GroundError(f"{platform.system()} {platform.release()}")
    return platform.release()


def _switches() -> str:
    values = {name: read_sysctl(name) for name, _, _ in SWITCHES}
    return ", ".join(f"{name} = {value}" for name, value in values.items() if value is not None) or "none exists"


def _sandbox() -> str:
    return in_sandbox(lambda: f"entered as uid {os.getuid()}, pid {os.getpid()}")


def _namespaces() -> str:
    begun = time.perf_counter()
    first, second = sandbox.new_net(), sandbox.new_net()
    if os.fstat(first).st_ino == os.fstat(second).st_ino:
        raise GroundError("two new network namespaces are one")
    return f"{(time.perf_counter() - begun) * 500:.1f} ms each"


def _ground(family: str) -> str:
    plan = Plan(family="ipv6" if family == "ipv6" else "ipv4")
    builder.prepare(plan)
    begun = time.perf_counter()
    ground = builder.build(plan)
    took_ms = (time.perf_counter() - begun) * 1e3
    if any(host.port_fd is None for host in ground.hosts.values()):
        raise GroundError("a host has no port")
    return f"two hosts in {took_ms:.1f} ms"


def _sock_diag() -> str:
    ground = builder.build(Plan(hosts=(Host(name="client"),)))
    watch = kernel.StateWatch(ground)
    with sandbox.inside(ground.hosts["client"].net_fd), socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        watch.sample(time.time_ns())
        client.close()
    if not watch.log:
        raise GroundError("a TCP connection was not told of")
    return "a connection was seen"


def _mounts() -> str:
    files.mount_files(Files(resolv_conf="nameserver 192.0.2.1\n"))
    with open("/etc/resolv.conf", encoding="utf-8") as opened:
        if opened.read() != "nameserver 192.0.2.1\n":
            raise GroundError("/etc/resolv.conf is still the machine's")
    return "bound and read back"


def _strace() -> str:
    """Runs it as the lab does, and looks for a call that must be in the record."""
    program = shutil.which("strace")
    if program is None:
        raise GroundError("not installed")
    with tempfile.NamedTemporaryFile() as record:
        options = ("-f", "--seccomp-bpf", "--absolute-timestamps=unix,ns", "-e", "trace=execve", "-o", record.name)
        ran = _run(program, *options, "/bin/sh", "-c", "exit 7")
        if ran.returncode != 7 or b"execve(" not in record.read():
            raise GroundError(f"it does not trace: {ran.stderr.strip()[-200:] or f'exit status {ran.returncode}'}")
    return _run(program, "--version").stdout.split("\n")[0]


def _ptrace() -> str:
    scope = read_sysctl("kernel.yama.ptrace_scope")
    if scope == "3":
        raise GroundError("kernel.yama.ptrace_scope = 3", "sudo sysctl -w kernel.yama.ptrace_scope=1 (needs a restart)")
    return "kernel.yama.ptrace_scope " + (f"= {scope}" if scope is not None else "does not exist")


def _clock() -> str:
    first = time.time_ns() - time.monotonic_ns()
    grain = min(after - before for before, after in ((time.time_ns(), time.time_ns()) for _ in range(100)))
    if abs(time.time_ns() - time.monotonic_ns() - first) > CLOCK_STEP_NS:
        raise GroundError("the clock was set while it was looked at", "let the clock come to rest (chronyc tracking)")
    return f"steady, two readings {grain} ns apart"


def _cores() -> str:
    return f"{len(os.sched_getaffinity(0))} to be used"


def _nft() -> str:
    """Asked for the rules of a namespace of its own, where nobody else's can be meant."""
    program = shutil.which("nft")
    if program is None:
        raise GroundError("not installed")
    ran = _run(program, "list", "ruleset")
    if ran.returncode:
        raise GroundError(ran.stderr.strip() or f"exit status {ran.returncode}")
    return _run(program, "--version").stdout.strip()


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def _program(*names: str) -> Try:
    """Tries whether one of these programs is there."""

    def attempt() -> str:
        found = next(filter(None, map(shutil.which, names)), None)
        if found is None:
            raise GroundError("not installed")
        return found

    return attempt


def _mptcp() -> str:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP).close()
    return "a socket was opened"


def _libraries() -> str:
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise GroundError(f"not installed: {', '.join(missing)}")
    return ", ".join(LIBRARIES)


def _extra(name: str, attempt: Try, needed_for: str, remedy: str) -> Check:
    """Something that only some scenarios, or only toylab's own tests, do not do without."""
    return Check(name, attempt, needed_for, remedy, required=False)


CHECKS = (
    Check("kernel", _kernel, "everything", "Linux 5.4 or newer"),
    Check("switches", _switches, "namespaces without root", "", required=False),
    Check("sandbox", _sandbox, "everything", "allow user namespaces, or run as root"),
    Check("network namespaces", _namespaces, "hosts", "a kernel with CONFIG_NET_NS", in_sandbox=True),
    Check(
        "veth and packet sockets",
        lambda: _ground("ipv4"),
        "the wire",
        "sudo modprobe -a veth af_packet",
        in_sandbox=True,
    ),
    Check(
        "IPv6",
        lambda: _ground("ipv6"),
        "scenarios on IPv6",
        "start the machine without ipv6.disable=1",
        in_sandbox=True,
        required=False,
    ),
    Check("sock_diag", _sock_diag, "TCP states of the kernel", "sudo modprobe tcp_diag", in_sandbox=True),
    Check("bind mounts", _mounts, "names and resolvers", "a kernel with CONFIG_TMPFS", in_sandbox=True),
    Check("strace", _strace, "the subject's system calls", "install strace 5.11 or newer", required=False),
    Check("ptrace", _ptrace, "strace", "allow ptrace: docker run --cap-add SYS_PTRACE", required=False),
    Check("clock", _clock, "the order of what is recorded", ""),
    Check("cores", _cores, "cases in parallel", ""),
    Check(
        "tracepoint",
        tracepoint.try_out,
        "toylab run --tracepoint: each TCP state at the moment of its change",
        "run as root",
        required=False,
    ),
    Check(
        "nft",
        _nft,
        "the scenarios about firewalls (nft-*), and rules of your own",
        "install nftables",
        in_sandbox=True,
        required=False,
    ),
    _extra("MPTCP", _mptcp, "the scenarios about Multipath TCP (mptcp*)", "a kernel with CONFIG_MPTCP"),
    _extra("h2 and httptools", _libraries, "the toy httpd and its scenarios", "pip install 'toylab[http]'"),
    _extra("curl", _program("curl"), "the scenarios of httpd with curl in their command", "install curl"),
    _extra("openssl", _program("openssl"), "toylab's own tests of TLS", "install openssl"),
    _extra("tshark", _program("tshark"), "toylab's own tests of its captures", "install tshark"),
    _extra("browser", _program(*BROWSERS), "toylab's own tests of its reports", "install chromium"),
)
