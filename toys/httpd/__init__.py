"""httpd: an HTTP server in one thread, on the toys' event loop. HTTP/1.1 and HTTP/2 on the same port.

    from toys.httpd import Request, Response, Server

    def data(request: Request) -> Response:
        return Response.json({"status": "ok"})

    server = Server("127.0.0.1", 8080)
    server.get("/api/data", data)
    server.run()

messages    what a handler is given, and what it gives back
routes      which handler answers which path
limits      what a client may ask of the server, in bytes, seconds and numbers
connection  one client: reads, writes, deadlines
http1       HTTP/1.1 over httptools
http2       HTTP/2 over h2
tls         a connection that is encrypted
listener    takes connections in, as many as there may be
server      all of it together, from start to stop
log         what it says to people
cli         the command line
"""

from __future__ import annotations

from toys.httpd.limits import Limits
from toys.httpd.messages import Later, Request, Response
from toys.httpd.server import Server

__all__ = ["Later", "Limits", "Request", "Response", "Server"]
