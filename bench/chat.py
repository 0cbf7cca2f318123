"""What the chat server delivers, beside the same in C and with asyncio: `python -m bench.chat [SECONDS [TIMES]]`.

A delivery is a line that one client wrote and another has read. The load keeps 1 or 32 lines under way, and fails if
one is lost or comes twice. Servers take turns, so that a busy machine is busy for all of them; what counts are the
ratios. The processor time of the server is measured as well, because the load itself takes as much as a fast server.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).with_name("chat_peer.c")
CLIENTS, IN_FLIGHT = (100, 1000), (1, 32)
TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")

ASYNCIO = """
import asyncio, resource
writers = set()
async def talk(reader, writer):
    writers.add(writer)
    name = b"[Client %d] " % len(writers)
    try:
        while line := await reader.readline():
            for other in writers:
                if other is not writer:
                    other.write(name + line)
    except ConnectionError:
        pass
    writers.discard(writer)
    writer.close()
async def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=1024)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
"""As its documentation teaches it: a stream for each client, a write for each line and each other client."""


class Figure(NamedTuple):
    """Deliveries a second, and nanoseconds of the server's processor time for each."""

    rate: float
    cpu_ns: float


class Server(NamedTuple):
    process: subprocess.Popen[str]
    port: str

    def cpu_ns(self) -> int:
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) * TICK_NS


@contextmanager
def started(*command: str) -> Iterator[Server]:
    """A server, once it has said its port."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None, "it is a pipe"
    found = re.search(r"\d+", process.stdout.readline())
    assert found is not None, "a server says its port first"
    try:
        yield Server(process, found[0])
    finally:
        process.kill()
        process.communicate()


def main(seconds: float, times: int) -> None:
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        peer = str(Path(place) / "chat_peer")
        subprocess.run(["cc", "-O2", "-o", peer, str(SOURCE)], check=True)
        servers = {
            "C, epoll": stack.enter_context(started(peer, "serve")),
            "chat, epoll": stack.enter_context(started(*_chat("epoll"))),
            "chat, epoll-et": stack.enter_context(started(*_chat("epoll-et"))),
            "chat, poll": stack.enter_context(started(*_chat("poll"))),
            "asyncio streams": stack.enter_context(started(sys.executable, "-c", ASYNCIO)),
        }
        print(f"medians of {times} runs of {seconds} s each, {os.cpu_count()} cores\n")
        print("clients  in flight  server            deliveries/s   to C  CPU ns   to C")
        for clients in CLIENTS:
            for in_flight in IN_FLIGHT:
                _table(peer, servers, clients, in_flight, seconds, times)


def _chat(backend: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "toys.chat", "server", "127.0.0.1", "0", "--backend", backend, "--quiet")


def _table(
    peer: str, servers: dict[str, Server], clients: int, in_flight: int, seconds: float, times: int
) -> None:  # fmt: skip
    figures: dict[str, list[Figure]] = {name: [] for name in servers}
    for _ in range(times):
        for name, server in servers.items():
            figures[name].append(_measure(peer, server, clients, in_flight, seconds))
    medians = {name: Figure(*map(statistics.median, zip(*found, strict=True))) for name, found in figures.items()}
    floor = medians["C, epoll"]
    for name, (rate, cpu_ns) in medians.items():
        print(
            f"{clients:>7} {in_flight:>9}  {name:<16} {rate:>13,.0f} {rate / floor.rate:>6.2f} {cpu_ns:>7,.0f} "
            f"{cpu_ns / floor.cpu_ns:>6.2f}", flush=True,
        )  # fmt: skip


def _measure(peer: str, server: Server, clients: int, in_flight: int, seconds: float) -> Figure:
    """The processor time of coming and going is measured on its own, and taken off."""
    command = [peer, "load", server.port, str(clients), str(in_flight)]
    before = server.cpu_ns()
    _load([*command, "0"])
    between = server.cpu_ns()
    rate = _load([*command, str(seconds)])
    return Figure(rate, max(0, server.cpu_ns() - 2 * between + before) / (rate * seconds))


def _load(command: list[str]) -> float:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return float(done.stdout)


if __name__ == "__main__":
    main(*(float(sys.argv[1]) if sys.argv[1:] else 1.0, int(sys.argv[2]) if sys.argv[2:] else 5))
