"""What all connections of a server share."""

from __future__ import annotations

from collections.abc import Callable

from toys.httpd import log
from toys.httpd.limits import BUFFER_BYTES, Limits
from toys.httpd.messages import Request, Response
from toys.httpd.parsing import Parser
from toys.httpd.routes import Routes
from toys.loop import Loop
from toys.toy9.journal import Journal


class Context:
    """`journal` is None where nobody asked for one: writing it costs more than answering a request."""

    __slots__ = (
        "answered", "buffer", "is_draining", "is_verbose", "journal", "limits", "loop", "parsers", "requests", "routes",
        "say",
    )  # fmt: skip

    def __init__(
        self, loop: Loop, routes: Routes, limits: Limits, *, journal: Journal | None = None, say: log.Say = log.info,
        is_verbose: bool = False,
    ) -> None:  # fmt: skip
        self.loop, self.routes, self.limits = loop, routes, limits
        self.journal, self.say, self.is_verbose = journal, say, is_verbose
        self.buffer = memoryview(bytearray(BUFFER_BYTES))
        self.parsers: list[Parser] = []
        """Those that no connection needs now."""
        self.requests = 0
        """Answered so far."""
        self.is_draining = False
        """Whether the server was told to stop: what was begun is finished, and nothing new begins."""
        self.answered: Callable[[], None] | None = None
        """Called at each answer, for who counts them."""

    def count(self, peer: str, request: Request, response: Response) -> None:
        """One more answer."""
        self.requests += 1
        if self.is_verbose:
            self.say(f'{peer} "{request.line}" {response.status} {len(response.body)}')
        if self.answered is not None:
            self.answered()

    def tell(self, name: str, text: str) -> None:
        """A line of the journal; guard it with `if context.journal` where it is often said."""
        if self.journal is not None:
            self.journal.fact(name, text)
