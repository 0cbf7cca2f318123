"""What the client says and waits for by itself, before anybody types: a list of steps, each done when its time comes.

("say", "hello")       a line
("send", "hal\\nf")     bytes as they are, without an end of line of their own
("fill", "50")         so many numbered lines
("expect", "joined")   goes on when a line has come that has this text in it, since the step before
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

Step = tuple[str, str]


class Script:
    """`say` takes bytes for the server. A line counts for one step, and also for one that comes after it was heard."""

    def __init__(self, steps: Iterable[Step], say: Callable[[bytes], None]) -> None:
        self._steps = deque(steps)
        self._say = say
        self._heard: deque[str] = deque()
        self._filled = 0

    @property
    def is_over(self) -> bool:
        return not self._steps

    def hear(self, line: str) -> None:
        if self._steps:
            self._heard.append(line)
            self.go_on()

    def go_on(self) -> None:
        """As far as it goes."""
        while self._steps and self._do(*self._steps[0]):
            self._steps.popleft()

    def _do(self, kind: str, text: str) -> bool:
        if kind == "expect":
            return self._find(text)
        self._say(MAKE[kind](self, text))
        return True

    def _find(self, text: str) -> bool:
        while self._heard:
            if text in self._heard.popleft():
                return True
        return False

    def whole(self, text: str) -> bytes:
        return text.encode() + b"\n"

    def raw(self, text: str) -> bytes:
        r"""The bytes of a text with escapes: `a\x1b\n`."""
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1", "replace")

    def filler(self, text: str) -> bytes:
        """As many lines as the text says, each of 100 bytes and with a number that goes on from the last one's."""
        first, self._filled = self._filled, self._filled + int(text)
        return b"".join(b"%05d%b\n" % (number, FILLING) for number in range(first, self._filled))


FILLING = b"." * 94
MAKE: dict[str, Callable[[Script, str], bytes]] = {"say": Script.whole, "send": Script.raw, "fill": Script.filler}
