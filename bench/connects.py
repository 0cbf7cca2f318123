"""Connects a second: net_conn beside asyncio, beside uvloop where it is installed, and beside the bare calls.

`python -m bench.connects [CONNECTS] [ROUNDS]`. Each contender is a process of its own that connects to the same peer on
the loopback and closes, so many connections at a time, first plain and then with TLS. The contenders take turns, and
what is told is the median of the rounds: the wall clock, and the processor time that a connection cost the client,
which remains comparable where the peer is the slower end. The bare calls are the floor for anything in Python: no
objects, no callbacks, no timer, no TLS.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from toys.loop import Loop
from toys.net_conn import certificates
from toys.net_conn.connection import Connection, Options
from toys.net_conn.engine import context_for as peer_context
from toys.net_conn.handshake import context_for

IN_FLIGHT = 32
"""How many connections are on their way at a time."""

NAME = "good.lab"


class Cost(NamedTuple):
    """What one contender took for one connection."""

    wall_us: float
    cpu_us: float


def net_conn(port: int, connects: int, tls: bool) -> None:
    loop = Loop()
    options = Options(context=context_for(str(certificates.AUTHORITY)), server_name=NAME)
    left = connects

    def ready(connection: Connection) -> None:
        connection.close()
        dial()

    def failed(connection: Connection) -> None:
        raise SystemExit(f"net_conn: {connection.failure}")

    def dial() -> None:
        nonlocal left
        if left:
            left -= 1
            Connection(loop, "127.0.0.1", port, tls, on_ready=ready, on_error=failed, options=options)

    for _ in range(IN_FLIGHT):
        dial()
    loop.run()
    loop.close()


def bare_calls(port: int, connects: int, tls: bool) -> None:
    poller = select.epoll()
    pending: dict[int, socket.socket] = {}
    left = connects
    while left or pending:
        while left and len(pending) < IN_FLIGHT:
            left -= 1
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            made.connect_ex(("127.0.0.1", port))
            poller.register(made, select.EPOLLOUT)
            pending[made.fileno()] = made
        for fd, _ in poller.poll(None, IN_FLIGHT):
            done = pending.pop(fd)
            done.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            poller.unregister(done)
            done.close()
    poller.close()


async def _asyncio(port: int, connects: int, tls: bool) -> None:
    loop = asyncio.get_running_loop()
    context = context_for(str(certificates.AUTHORITY)) if tls else None
    name = NAME if tls else None
    left = connects

    async def dial() -> None:
        nonlocal left
        while left:
            left -= 1
            made = loop.create_connection(asyncio.Protocol, "127.0.0.1", port, ssl=context, server_hostname=name)
            transport, _ = await made
            transport.abort()

    await asyncio.gather(*(dial() for _ in range(IN_FLIGHT)))


def with_asyncio(port: int, connects: int, tls: bool) -> None:
    asyncio.run(_asyncio(port, connects, tls))


def with_uvloop(port: int, connects: int, tls: bool) -> None:
    import_module("uvloop").run(_asyncio(port, connects, tls))


CONTENDERS: dict[str, Callable[[int, int, bool], None]] = {
    "net_conn": net_conn, "asyncio": with_asyncio, "uvloop": with_uvloop, "bare-calls": bare_calls,
}  # fmt: skip


def contend(name: str, port: int, connects: int, tls: bool) -> Cost:
    """In the process of its own: runs, after a short run to warm up."""
    run = CONTENDERS[name]
    run(port, IN_FLIGHT, tls)
    wall, cpu = time.perf_counter(), time.process_time()
    run(port, connects, tls)
    return Cost((time.perf_counter() - wall) / connects * 1e6, (time.process_time() - cpu) / connects * 1e6)


@contextmanager
def peer(tls: bool) -> Iterator[int]:
    """Accepts, shakes hands with TLS, and closes, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        port: int = listener.getsockname()[1]
        child = os.fork()
        if child == 0:
            _accept(listener, peer_context("good") if tls else None)
        try:
            yield port
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _accept(listener: socket.socket, context: ssl.SSLContext | None) -> None:
    """Never returns."""
    while True:
        accepted, _ = listener.accept()
        with suppress(OSError):
            if context is not None:
                accepted = context.wrap_socket(accepted, server_side=True)
        accepted.close()


def measure(tls: bool, connects: int, rounds: int) -> dict[str, Cost]:
    """The medians of each contender that there is."""
    absent = {"uvloop"} if find_spec("uvloop") is None else set()
    there = [name for name in CONTENDERS if name not in absent | ({"bare-calls"} if tls else set())]
    costs: dict[str, list[Cost]] = {name: [] for name in there}
    with peer(tls) as port:
        for _ in range(rounds):
            for name in there:
                costs[name].append(_apart(name, port, connects, tls))
    return {name: Cost(*map(statistics.median, zip(*found, strict=True))) for name, found in costs.items()}


def _apart(name: str, port: int, connects: int, tls: bool) -> Cost:
    command = [sys.executable, "-m", "bench.connects", name, str(port), str(connects), "tls" if tls else "plain"]
    wall, cpu = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return Cost(float(wall), float(cpu))


def main(connects: int, rounds: int) -> None:
    print(f"{connects} connects, {IN_FLIGHT} at a time, {rounds} rounds; {os.cpu_count()} cores; medians")
    for tls, amount in ((False, connects), (True, max(100, connects // 10))):
        found = measure(tls, amount, rounds)
        ours = found["net_conn"]
        print(f"\n{'TLS' if tls else 'plain':<12}{'connects/s':>12}{'us of CPU':>12}   times the cost of net_conn")
        for name, cost in found.items():
            ratios = f"{cost.wall_us / ours.wall_us:.2f} by the clock, {cost.cpu_us / ours.cpu_us:.2f} by CPU time"
            print(f"{name:<12}{1e6 / cost.wall_us:>12,.0f}{cost.cpu_us:>12.0f}   {ratios}")


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in CONTENDERS:
        one = contend(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "tls")
        print(one.wall_us, one.cpu_us)
    else:
        main(*(int(word) for word in (*sys.argv[1:3], *("5000", "5")[len(sys.argv) - 1 :])))
