"""The routes of the command `httpd`: something to look at, and something for each way of answering."""

from __future__ import annotations

from toys.httpd.messages import Answer, Later, Request, Response
from toys.httpd.server import Server

MOST_BYTES = 16 << 20
MOST_MS = 60_000
LONGEST_NUMBER = 20
"""In digits; what is longer is too large anyway, and of thousands int() makes nothing."""
HELLO = Response.text("httpd: try /api/status, /api/data, POST /echo, /slow?ms=100, /bytes?n=1000\n")
DATA = Response.json({"status": "ok"})


def add_routes(server: Server) -> None:
    server.get("/", lambda request: HELLO)
    server.get("/api/data", lambda request: DATA)
    server.get("/slow", slow)
    server.get("/bytes", many)
    server.post("/echo", echo)


def slow(request: Request) -> Answer:
    """Answers after `ms` milliseconds."""
    return Later(_number(request, "ms", 100, MOST_MS) / 1000, Response.text("done\n"))


def many(request: Request) -> Answer:
    """Answers with `n` bytes."""
    return Response(200, b"0123456789abcdef" * -(-_number(request, "n", 1000, MOST_BYTES) // 16), "text/plain")


def echo(request: Request) -> Answer:
    return Response(200, request.body, request.header("content-type") or "application/octet-stream")


def _number(request: Request, name: str, default: int, most: int) -> int:
    from urllib.parse import parse_qs  # see Request.path

    text = parse_qs(request.query).get(name, [""])[0]
    return min(int(text[:LONGEST_NUMBER]), most) if text.isdecimal() else default
