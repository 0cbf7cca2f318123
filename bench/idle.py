"""What idle connections cost httpd: `python -m bench.idle [NUMBER...]`, 1,000 and 10,000 unless said otherwise.

Each connection has asked once and been answered, then it stays. Two processes hold the clients' ends, because
descriptors are limited by process; each process has a source address of its own, because ports are limited by address.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

REQUEST = b"GET /api/data HTTP/1.1\r\nHost: x\r\n\r\n"
MOST_A_PROCESS = 5_000
MOST = 10_000
PATIENCE_S = 300
TARGETS_MIB = {1_000: 16, 10_000: 60}
SPARE = 64


def main(numbers: list[int]) -> int:
    print("connections   MiB resident    target   MiB before    bytes each   after 60 more requests")
    return max(measure(number) for number in numbers)


def measure(number: int) -> int:
    """1 if it is more than its target, or if a connection was lost."""
    with serving() as (pid, port), ExitStack() as stack:
        before = resident_kib(pid)
        holders = [
            stack.enter_context(holding(port, min(MOST_A_PROCESS, number - first), f"127.0.0.{2 + place}"))
            for place, first in enumerate(range(0, number, MOST_A_PROCESS))
        ]
        now = resident_kib(pid)
        kept = descriptors(pid)
        again = [ask_again(holder) for holder in holders]
        later = resident_kib(pid)
    target = TARGETS_MIB.get(number, 0)
    columns = (f"{now / 1024:.1f}", target or "", f"{before / 1024:.1f}", f"{(now - before) * 1024 / number:.0f}")
    print(f"{number:>11,}{columns[0]:>15}{columns[1]:>10}{columns[2]:>13}{columns[3]:>14}{later / 1024:>13.1f} MiB")
    is_bad = kept < number or not all(again) or (target and now > target * 1024)
    if is_bad:
        print(f"WRONG: {kept} descriptors, again {again}, target {target} MiB")
    return int(bool(is_bad))


@contextmanager
def serving() -> Iterator[tuple[int, int]]:
    """httpd's process and port. It raises its own limit of descriptors."""
    command = [
        sys.executable, "-m", "toys.httpd", "127.0.0.1", "0", "--most-connections", str(MOST), "--idle-timeout", "900"
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None, "it is a pipe"
        told = next(line for line in process.stdout if "Listening on" in line)
        yield process.pid, int(told.rpartition(":")[2])
    finally:
        process.kill()
        process.communicate()


@contextmanager
def holding(port: int, number: int, address: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds so many answered connections."""
    command = [sys.executable, "-m", "bench.idle", "--hold", str(port), str(number), address]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None, "it is a pipe"
        if not process.stdout.readline():
            raise SystemExit("bench.idle: the clients could not be connected")
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


def ask_again(holder: subprocess.Popen[str]) -> bool:
    """Whether some of the idle ones are still answered."""
    assert holder.stdin is not None, "it is a pipe"
    assert holder.stdout is not None, "it is a pipe"
    holder.stdin.write("again\n")
    holder.stdin.flush()
    return holder.stdout.readline() == "answered\n"


def hold(port: int, number: int, address: str) -> None:
    """Is the process of `holding`: connects, asks, waits for a line, asks some again, and waits to be killed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number + SPARE
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    socks = [socket.create_connection(("127.0.0.1", port), PATIENCE_S, (address, 0)) for _ in range(number)]
    for sock in socks:
        _ask(sock)
    print("connected", flush=True)
    sys.stdin.readline()
    for sock in socks[:: max(1, number // 30)]:
        _ask(sock)
    print("answered", flush=True)
    signal.pause()


def _ask(sock: socket.socket) -> None:
    sock.sendall(REQUEST)
    if not sock.recv(4096).startswith(b"HTTP/1.1 200"):
        raise SystemExit("bench.idle: a connection was not answered")


def resident_kib(pid: int) -> int:
    time.sleep(0.2)  # what is freed after the last answer is freed by then
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0])


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hold"]:
        hold(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        sys.exit(main([int(word) for word in sys.argv[1:]] or list(TARGETS_MIB)))
