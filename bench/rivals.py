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
require("MODULE").createServer((request, response) => {{
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
    listen 127.0.0.1:{port} {protocol} backlog=4096; default_type application/json;
    location / {{ return 200 '{body}'; }}
  }}
}}
"""


def _httpd(place: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "toys.httpd", "127.0.0.1", str(port), "--quiet", "--most-connections", "4000"]


def _asgi(http: str, loop: str) -> Start:
    """uvicorn with this parser on this event loop."""
    options = f"--http {http} --loop {loop} --lifespan off --no-access-log --log-level error --backlog 4096".split()

    def start(place: Path, port: int) -> list[str]:
        (place / "app.py").write_text(ASGI)
        return [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(place), "--port", str(port), *options]

    return start


def _node(module: str) -> Start:
    def start(place: Path, port: int) -> list[str]:
        (place / "app.js").write_text(NODE.replace("MODULE", module))
        return ["node", str(place / "app.js"), str(port)]

    return start


def _nginx(protocol: str = "") -> Start:
    def start(place: Path, port: int) -> list[str]:
        values = {"place": place, "port": port, "protocol": protocol, "body": BODY.replace("\n", "\\n")}
        (place / "nginx.conf").write_text(NGINX.format_map(values))
        return ["nginx", "-c", str(place / "nginx.conf"), "-e", str(place / "errors")]

    return start


def _has(*modules: str) -> bool:
    return all(importlib.util.find_spec(name) for name in modules)


def available() -> dict[str, Start]:
    """Those that are installed here, ours first. `uvicorn` has httptools and uvloop, `asyncio` is it without both."""
    known = {
        "httpd": (True, _httpd),
        "uvicorn": (_has("uvicorn", "httptools", "uvloop"), _asgi("httptools", "uvloop")),
        "asyncio": (_has("uvicorn", "h11"), _asgi("h11", "asyncio")),
        "node": (shutil.which("node"), _node("http")),
        "nginx": (shutil.which("nginx"), _nginx()),
    }
    return {name: start for name, (is_here, start) in known.items() if is_here}


def speaking_http2() -> dict[str, Start]:
    """Those that speak HTTP/2 without TLS to a client that knows it beforehand."""
    known = {
        "httpd": (True, _httpd),
        "node": (shutil.which("node"), _node("http2")),
        "nginx": (shutil.which("nginx"), _nginx("http2")),
    }
    return {name: start for name, (is_here, start) in known.items() if is_here}


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
    """The server on a free port, bound to one core if there are others for the client. RuntimeError if it is deaf."""
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
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise RuntimeError(f"nobody answers on port {port}")
