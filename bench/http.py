"""Compares httpd with other HTTP servers, side by side: `python -m bench.http [ROUNDS] [SECONDS]`.

Connections are kept alive here; bench.oneshot has one for each request, and bench.http2 is for HTTP/2.

Every round measures all of them, one after the other, so that whatever else the machine does meets all alike. What is
printed are medians over the rounds, and ratios to httpd. wrk(1) asks; each server has one core, and wrk another one.
Requests a second depend on wrk as well: the processor time of a request is what the server itself needs.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench import rounds as turns
from bench.rivals import PATH, Rival, available, running

CONNECTIONS = (1, 10, 50, 100, 1000)
IDLE = 1000
DESCRIPTORS = 8192


class Measured(NamedTuple):
    a_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def main(rounds: int, seconds: int) -> None:
    if shutil.which("wrk") is None:
        sys.exit("bench.http: wrk is not installed; get it with: apt-get install wrk")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))
    cores = sorted(os.sched_getaffinity(0))
    mine, theirs = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        rivals = [stack.enter_context(running(name, start, Path(place), theirs)) for name, start in available().items()]
        print(f"{rounds} rounds of {seconds} s, {len(cores)} cores; medians, and ratios to httpd\n")
        for connections in CONNECTIONS:
            measure = partial(_measure, connections=connections, core=mine)
            _table(connections, turns.medians(rivals, measure, rounds, seconds))
        _memory(rivals)


def _measure(rival: Rival, seconds: int, *, connections: int, core: int | None) -> Measured:
    before = rival.cpu_us()
    pinned = ["taskset", "-c", str(core)] if core is not None and shutil.which("taskset") else []
    url = f"http://127.0.0.1:{rival.port}{PATH}"
    told = subprocess.run(
        [*pinned, "wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if re.search(r"Non-2xx|Socket errors: connect [1-9]", told):
        sys.exit(f"bench.http: {rival.name} did not answer every request:\n{told}")
    requests = int(_found(r"(\d+) requests in", told))
    cpu_us = (rival.cpu_us() - before) / max(1, requests)
    p50_ms, p99_ms = (_ms(_found(rf"{percent}%\s+([\d.]+[a-z]+)", told)) for percent in (50, 99))
    return Measured(float(_found(r"Requests/sec:\s+([\d.]+)", told)), cpu_us, p50_ms, p99_ms)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else "0"


def _ms(text: str) -> float:
    """wrk writes `850.00us`, `1.25ms`, `1.02s`."""
    number, unit = re.fullmatch(r"([\d.]+)(\D*)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}.get(unit, 1)


def _table(connections: int, medians: dict[str, Measured]) -> None:
    ours = medians["httpd"]
    print(f"{connections} connections      requests/s   ratio    CPU us/request   ratio    p50 ms    p99 ms")
    for name, one in medians.items():
        print(
            f"  {name:<20} {one.a_second:>10,.0f} {one.a_second / ours.a_second:>7.2f} {one.cpu_us:>17.1f}"
            f" {one.cpu_us / ours.cpu_us:>7.2f} {one.p50_ms:>9.2f} {one.p99_ms:>9.2f}"
        )
    print()


def _memory(rivals: list[Rival]) -> None:
    """What each has in use with many connections that have asked once and are idle now."""
    print(f"{IDLE} idle connections      MiB in use")
    for rival in rivals:
        with ExitStack() as stack:
            for _ in range(IDLE - 1):
                client = stack.enter_context(socket.create_connection(("127.0.0.1", rival.port)))
                client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                client.recv(4096)
            print(f"  {rival.name:<20} {rival.memory_mib():>10.1f}")


if __name__ == "__main__":
    main(*(int(word) for word in (*sys.argv[1:3], *("5", "2")[len(sys.argv) - 1 :])))
