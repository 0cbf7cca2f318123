"""The server: routes, a listener, and its life from start to stop."""

from __future__ import annotations

import resource
import time
from functools import partial

from toys.httpd import log
from toys.httpd.connection import Connection
from toys.httpd.context import Context
from toys.httpd.limits import Limits
from toys.httpd.listener import Listener, Made
from toys.httpd.messages import Handler, Request, Response
from toys.httpd.routes import Routes
from toys.httpd.signals import Signals
from toys.loop import Loop
from toys.toy9.journal import Journal

SPARE_DESCRIPTORS = 24
"""For the poller, the listener, the outputs, and whatever a handler opens."""
SELECT_CONNECTIONS = 1000
"""select(2) knows no descriptor above 1023."""
NAMES = {"epoll-et": "EPOLL", "epoll": "EPOLL (level-triggered)", "poll": "POLL", "select": "SELECT"}


class Server:
    """Serves on one address and port; 0 is any free port. `backend` is a name of `toys.loop.BACKENDS`."""

    def __init__(
        self, address: str, port: int, *, backend: str = "epoll-et", limits: Limits | None = None,
        say: log.Say = log.info, is_verbose: bool = False, journal: Journal | None = None,
        listener: type[Listener] = Listener, connection: Made = Connection,
    ) -> None:  # fmt: skip
        self.routes = Routes(say)
        limits = limits or Limits()
        if backend == "select":
            limits = limits._replace(connections=min(limits.connections, SELECT_CONNECTIONS))
        self.context = Context(Loop(backend), self.routes, limits, journal=journal, say=say, is_verbose=is_verbose)
        self._where, self._backend, self._say = (address, port), backend, say
        self._kinds = listener, connection
        self.listener: Listener | None = None
        self._since = time.monotonic()
        self._ended = self._most_ended = 0
        self.get("/api/status", self.status)

    def get(self, path: str, handler: Handler) -> None:
        """HEAD is answered by it as well."""
        self.route("GET", path, handler)

    def post(self, path: str, handler: Handler) -> None:
        self.route("POST", path, handler)

    def route(self, method: str, path: str, handler: Handler) -> None:
        self.routes.add(method, path, handler)

    def status(self, request: Request) -> Response:
        """Built in, as /api/status."""
        assert self.listener is not None, "who asks is connected"
        return Response.json({
            "status": "ok",
            "backend": self._backend,
            "connections": len(self.listener.connections),
            "most_connections": self.context.limits.connections,
            "requests": self.context.requests,
            "uptime_s": round(time.monotonic() - self._since, 3),
        })  # fmt: skip

    def start(self) -> None:
        """Listens. OSError if the address cannot be had."""
        self._make_room()
        self._settings_told()
        kind, connection = self._kinds
        self.listener = kind(self.context, *self._where, connection)
        self.listener.closed = self._one_ended
        self._state("idle", "listening")
        name = NAMES[self._backend]
        self._say(f"{name.partition(' ')[0]}-based concurrent connection handling enabled")
        self._say(f"Using {name} for concurrent connections (max: {self.context.limits.connections})")
        self._say(f"Listening on http://{self.listener.endpoint}")

    def run(self) -> None:
        """Until `stop`, or until SIGTERM or SIGINT: then what was begun is finished."""
        if self.listener is None:
            self.start()
        with Signals(self.context.loop, self.stop):
            self._say(f"HTTP server running with {NAMES[self._backend].partition(' ')[0]}, press Ctrl+C to stop...")
            self._say("Handling multiple concurrent connections...")
            self.context.loop.run()
        self.context.loop.close()
        self._state("draining", "closed")
        self._say(f"Stopped after {self.context.requests} requests")

    def stop(self) -> None:
        """Nobody new is taken in from now on; asked twice, nobody is waited for."""
        assert self.listener is not None, "only who listens can stop"
        if self.context.is_draining:
            self._abort()
            return
        self.context.is_draining = True
        self._state("listening", "draining")
        self._say("Stopping: no new connections, finishing what was begun")
        self.listener.close()
        self.context.loop.after(self.context.limits.grace_s, self._abort)
        self.context.loop.soon(self._drain)  # who asks may be a handler, whose own answer is still to be given

    def _drain(self) -> None:
        assert self.listener is not None, "only who listens can stop"
        for connection in list(self.listener.connections):
            connection.drain()
        self._ended_if_drained()

    def stop_after(self, *, requests: int = 0, connections: int = 0, seconds: float = 0) -> None:
        """Stops by itself when so many requests are answered, connections have ended, or so much time has passed."""
        self._most_ended = connections
        if seconds:
            self.context.loop.after(seconds, self._stop_once)
        if requests:
            self.context.answered = partial(self._stop_at, requests)

    def _stop_at(self, requests: int) -> None:
        if self.context.requests >= requests and not self.context.is_draining:
            self.context.loop.soon(self._stop_once)

    def _stop_once(self) -> None:
        if not self.context.is_draining:
            self.stop()

    def _abort(self) -> None:
        assert self.listener is not None, "only who listens can stop"
        for connection in list(self.listener.connections):
            connection.close("aborted")

    def _one_ended(self) -> None:
        self._ended += 1
        if self._ended == self._most_ended:
            self.context.loop.soon(self._stop_once)
        self._ended_if_drained()

    def _ended_if_drained(self) -> None:
        if self.context.is_draining and self.listener is not None and not self.listener.connections:
            self.context.loop.stop()

    def _make_room(self) -> None:
        """As many descriptors as connections are allowed, if the machine lets us have them."""
        wanted = self.context.limits.connections + SPARE_DESCRIPTORS
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))

    def _settings_told(self) -> None:
        limits = self.context.limits
        self.context.tell("backend", self._backend)
        self.context.tell("most_connections", str(limits.connections))
        for name in ("idle", "head", "body", "grace"):
            self.context.tell(f"{name}_timeout_ms", str(round(getattr(limits, f"{name}_s") * 1000)))
        for name in ("head_bytes", "body_bytes"):
            self.context.tell(name, str(getattr(limits, name)))

    def _state(self, old: str, new: str) -> None:
        if self.context.journal is not None:
            self.context.journal.state(old, new)
