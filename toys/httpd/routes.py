"""Which handler answers which path: exact paths, each with its methods."""

from __future__ import annotations

from toys.httpd.log import Say
from toys.httpd.messages import Answer, Handler, Request, Response, path_of

NO_SUCH_PATH = Response.of_status(404)


class Routes:
    """HEAD is answered wherever GET is; another method of a known path gets 405 with those that there are.

    `say` is told of handlers that fail.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._paths: dict[bytes, dict[bytes, Handler]] = {}

    def add(self, method: str, path: str, handler: Handler) -> None:
        methods = self._paths.setdefault(path.encode(), {})
        methods[method.encode()] = handler
        if method == "GET":
            methods.setdefault(b"HEAD", handler)

    def answer(self, request: Request) -> Answer:
        """What the handler says; 500 if it fails. Most targets are their own path: they are looked for as they are."""
        methods = self._paths.get(request.target) or self._paths.get(path_of(request.target))
        if methods is None:
            return self._options(request) or NO_SUCH_PATH
        handler = methods.get(request.method)
        if handler is not None:
            try:
                return handler(request)
            except Exception as fault:  # whatever it trips over, the others' requests are not to blame
                self._say(f"a handler failed: {type(fault).__name__}: {fault}")
                return Response.of_status(500)
        allow = ((b"Allow", b", ".join(sorted({*methods, b"OPTIONS"}))),)
        return Response(204, headers=allow) if request.method == b"OPTIONS" else Response.of_status(405, allow)

    def _options(self, request: Request) -> Response | None:
        """`OPTIONS *` asks about the server as a whole (RFC 9110, section 9.3.7)."""
        return Response(204) if request.method == b"OPTIONS" and request.target == b"*" else None
