"""Takes EMFILE for nothing, and is told of the same client again at once."""

from __future__ import annotations

from toys.httpd.listener import Listener

SIN = "Takes EMFILE for nothing, and is told of the same client again at once."
CONVICTED_BY = ("HT-03", "HT-06")
EXPOSED_BY = ("out-of-descriptors",)


class MutantListener(Listener):
    def failed(self, error: OSError) -> None:
        """The listener stays watched, and readable."""

    def ready(self, _: int) -> None:
        try:
            self.take(*self.sock.accept())
        except BlockingIOError:
            return
        except OSError as error:
            self.failed(error)
            return
        self.ready(_)
