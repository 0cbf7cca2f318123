"""Compares httpd's HTTP/2 with Node's and nginx's, side by side: `python -m bench.http2 [ROUNDS] [SECONDS]`.

h2load(1) asks without TLS, by prior knowledge, with so many clients and so many streams of each at a time. Each server
has one core and h2load another one. What is printed are medians over the rounds, and ratios to httpd.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench import rounds as turns
from bench.rivals import PATH, Rival, running, speaking_http2

LOADS = ((1, 1), (10, 10), (100, 10))
"""Clients, and streams of each."""


class Measured(NamedTuple):
    a_second: float
    cpu_us: float


def main(rounds: int, seconds: int) -> None:
    if shutil.which("h2load") is None:
        sys.exit("bench.http2: h2load is not installed; get it with: apt-get install nghttp2-client")
    cores = sorted(os.sched_getaffinity(0))
    mine, theirs = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        rivals = [
            stack.enter_context(running(name, start, Path(place), theirs)) for name, start in speaking_http2().items()
        ]
        print(f"{rounds} rounds of {seconds} s, {len(cores)} cores; medians, and ratios to httpd\n")
        for clients, streams in LOADS:
            measure = partial(_measure, load=(clients, streams), core=mine)
            _table(clients, streams, turns.medians(rivals, measure, rounds, seconds))


def _measure(rival: Rival, seconds: int, *, load: tuple[int, int], core: int | None) -> Measured:
    before, (clients, streams) = rival.cpu_us(), load
    pinned = ["taskset", "-c", str(core)] if core is not None and shutil.which("taskset") else []
    asked = ["h2load", "-t1", f"-c{clients}", f"-m{streams}", f"-D{seconds}", f"http://127.0.0.1:{rival.port}{PATH}"]
    told = subprocess.run([*pinned, *asked], capture_output=True, text=True, check=True).stdout
    rate, done = re.search(r"([\d.]+) req/s", told), re.search(r"(\d+) succeeded, (\d+) failed", told)
    if rate is None or done is None or not int(done[1]) or int(done[2]):
        sys.exit(f"bench.http2: {rival.name} did not answer every request:\n{told}")
    return Measured(float(rate[1]), (rival.cpu_us() - before) / int(done[1]))


def _table(clients: int, streams: int, medians: dict[str, Measured]) -> None:
    ours = medians["httpd"]
    print(f"{clients:>3} clients, {streams:>2} streams   requests/s   ratio    CPU us/request   ratio")
    for name, one in medians.items():
        print(
            f"  {name:<21} {one.a_second:>10,.0f} {one.a_second / ours.a_second:>7.2f} {one.cpu_us:>17.1f}"
            f" {one.cpu_us / ours.cpu_us:>7.2f}"
        )
    print(flush=True)


if __name__ == "__main__":
    main(*(int(word) for word in (*sys.argv[1:3], *("5", "2")[len(sys.argv) - 1 :])))
