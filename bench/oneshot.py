"""The four tests of httpd's requirements beside other servers: `python -m bench.oneshot [ROUNDS]`.

20 requests one after the other, then 10, 50 and 100 at once, each on a connection of its own that ends with the answer.
One client on epoll asks them all; starting so many processes of curl would measure curl. Every round asks every server,
and the client has a core of its own. What is printed are medians in milliseconds from the first connect() to the last
end of file, and ratios to nginx (to httpd where there is no nginx).
"""

from __future__ import annotations

import os
import select
import socket
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.rivals import PATH, available, running

REQUEST = f"GET {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
TESTS = {
    "20 in sequence": (20, 1), "10 at once": (1, 10), "50 at once": (1, 50), "100 at once": (1, 100),
}  # fmt: skip
"""How often, and how many at a time."""
TARGET = 1.5
PATIENCE_S = 10


def main(rounds: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        theirs = cores[1] if len(cores) > 1 else None
        rivals = [stack.enter_context(running(name, start, Path(place), theirs)) for name, start in available().items()]
        os.sched_setaffinity(0, {cores[0]})
        print(f"{rounds} rounds; medians in milliseconds, and ratios to nginx (target for httpd: {TARGET})\n")
        for name, (times, at_once) in TESTS.items():
            taken: dict[str, list[float]] = {rival.name: [] for rival in rivals}
            for number in range(rounds + 1):
                for rival in rivals:
                    took_ms = sum(burst(rival.port, at_once) for _ in range(times))
                    if number:  # the first round warms everybody up
                        taken[rival.name].append(took_ms)
            _tell(name, {who: statistics.median(each) for who, each in taken.items()})


def burst(port: int, at_once: int) -> float:
    """Milliseconds for so many requests, begun together. RuntimeError if one is not answered with 200."""
    poller, asking = select.epoll(), dict[int, tuple[socket.socket, bytearray]]()
    begun = time.perf_counter()
    for _ in range(at_once):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        sock.connect_ex(("127.0.0.1", port))
        asking[sock.fileno()] = (sock, bytearray())
        poller.register(sock, select.EPOLLOUT)
    while asking:
        ready = poller.poll(PATIENCE_S)
        if not ready:
            raise RuntimeError(f"port {port}: {len(asking)} of {at_once} were not answered")
        for descriptor, mask in ready:
            sock, heard = asking[descriptor]
            if mask & select.EPOLLOUT:
                sock.send(REQUEST)
                poller.modify(sock, select.EPOLLIN)
            elif chunk := sock.recv(4096):
                heard += chunk
            else:
                if not heard.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(f"port {port} said {bytes(heard)!r}")
                sock.close()
                del asking[descriptor]
    poller.close()
    return (time.perf_counter() - begun) * 1e3


def _tell(test: str, medians: dict[str, float]) -> None:
    floor = medians.get("nginx", medians["httpd"])
    shown = "   ".join(f"{name} {ms:.2f} ({ms / floor:.2f} x)" for name, ms in medians.items())
    print(f"{test:<16}{shown}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
