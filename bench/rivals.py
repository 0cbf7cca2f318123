"""The HTTP servers that are compared: how each is started so that it answers the same few bytes on one core."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BODY = '{"status": "ok"}\n'
PATH = "/api/data"
PATIENCE_S = 10
Start = Callable[[Path, int], list[str]]

ASGI = f"""
BODY = {BODY!r}.encode()
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"{len(BODY)}")]

async def app(scope, receive, send):
    await send({{"type": "http.response.start", "status": 200, "headers": HEADERS}})
    await send({{"type": "http.response.body", "body": BODY}})
"""
NODE = f"""
const body = {BODY!r}
const headers = {{"Content-Type": "application/json", "Content-Length": body.length}}
require("http").createServer((request, response) => {{
  response.writeHead(200, headers)
  response.end(body)
}}).listen(Number(process.argv[2]), "127.0.0.1", 4096)
"""
NGINX = """
daemon off; master_process off; pid {place}/pid; error_log {place}/errors;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300;
  server {{
    listen 127.0.0.1:{port} backlog=4096; default_type application/json;
    location / {{ return 200 '{body}'; }}
  }}
}}
"""


def _httpd(place: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "toys.httpd", "127.0.0.1", str(port), "--quiet", "--most-connections", "4000"]


def _uvicorn(place: Path, port: int) -> list[str]:
    (place / "app.py").write_text(ASGI)
    options = [
        "--http",
        "httptools",
        "--loop",
        "uvloop",
        "--lifespan",
        "off",
        "--no-access-log",
        "--log-level",
        "error",
    ]
    return [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(place), "--port", str(port), *options]


def _node(place: Path, port: int) -> list[str]:
    (place / "app.js").write_text(NODE)
    return ["node", str(place / "app.js"), str(port)]


def _nginx(place: Path, port: int) -> list[str]:
    (place / "nginx.conf").write_text(NGINX.format(place=place, port=port, body=BODY.replace("\n", "\\n")))
    return ["nginx", "-c", str(place / "nginx.conf"), "-e", str(place / "errors")]


def available() -> dict[str, Start]:
    """Those that are installed here, ours first."""
    found: dict[str, Start] = {"httpd": _httpd}
    if all(importlib.util.find_spec(name) for name in ("uvicorn", "httptools", "uvloop")):
        found["uvicorn"] = _uvicorn
    if shutil.which("node"):
        found["node"] = _node
    if shutil.which("nginx"):
        found["nginx"] = _nginx
    return found


class Rival:
    """A running server."""

    def __init__(self, name: str, pid: int, port: int) -> None:
        self.name, self.pid, self.port = name, pid, port

    def cpu_us(self) -> int:
        """The processor time that it has used, in microseconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1_000_000 // os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> float:
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def running(name: str, start: Start, place: Path, core: int | None) -> Iterator[Rival]:
    """The server on a free port, bound to one core if there are others for the client."""
    port = _free_port()
    mine = place / name
    mine.mkdir()
    process = subprocess.Popen(start(mine, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        _wait_for(port)
        yield Rival(name, process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE_S)
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as asked:
            asked.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            if asked.recv(4096).startswith(b"HTTP/1.1 200"):
                return
    raise RuntimeError(f"nobody answers on port {port}")
