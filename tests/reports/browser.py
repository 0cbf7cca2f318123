"""Drives a headless Chromium over its debugging pipe: open, type, click, look, take a picture. No library is needed.

Messages are JSON objects that end with a zero byte, written to the browser's descriptor 3 and read from its 4 (the
Chrome DevTools Protocol). Whatever a page says on its console, and whatever it asks for from elsewhere, is kept.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE_S = 60
GONE = -32_000
"""The error of a command to a page that was left meanwhile."""
LOWEST = 10
OURS = ("file:", "about:", "data:")
KEYS = {"Enter": "\r", "Escape": "", "ArrowDown": "", "ArrowUp": "", "ArrowRight": "", "ArrowLeft": "", "Tab": "\t"}


class Browser:
    """One tab. `said` is what the console showed, `asked` every address that the page requested beside itself."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from, self._buffer, self._last = to_browser, from_browser, b"", 0
        self._session: dict[str, str] = {}
        self._loaded = False
        self.said: list[str] = []
        self.asked: list[str] = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self.do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol, and its result."""
        answer = self._ask(method, parameters)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """One command of the protocol, and its answer, which may be an error."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters, **self._session}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._last:
            pass
        return answer

    def open(self, page: Path, fragment: str = "", width: int = 1280, dark: bool = False) -> None:
        """Load the page in a window of this width and wait until it has loaded."""
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.do("Emulation.setEmulatedMedia", features=[scheme])
        for address in ("about:blank", page.as_uri() + fragment):
            self._loaded = False
            self.do("Page.navigate", url=address)
            while not self._loaded:
                self._read()

    def js(self, expression: str) -> Any:
        """The value of an expression in the page."""
        told = self.do("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until the expression is true, in this page or in one that is on its way."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._is_so(condition):
            assert time.monotonic() < deadline, f"never true: {condition}"
            time.sleep(0.01)

    def _is_so(self, condition: str) -> bool:
        """What is asked of a page that goes just then has no answer."""
        answer = self._ask("Runtime.evaluate", {"expression": condition, "returnByValue": True})
        if answer.get("error", {}).get("code") == GONE:
            return False
        return bool(answer["result"]["result"].get("value"))

    def click(self, selector: str) -> None:
        """A real click at the middle of the first element that the selector finds."""
        code = "document.querySelector({}).scrollIntoView({{block: 'center'}})"
        self.js(code.format(json.dumps(selector)))
        box = "(b => [b.x + b.width / 2, b.y + b.height / 2])(document.querySelector({}).getBoundingClientRect())"
        x, y = self.js(box.format(json.dumps(selector)))
        for kind in ("mousePressed", "mouseReleased"):
            self.do("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, *keys: str) -> None:
        """Real key strokes: names as in KEYS, or single characters."""
        for key in keys:
            text = KEYS.get(key, key)
            told = {"key": key, "code": key, **({"text": text} if text else {})}
            if key in ("Enter", "Tab", "Escape", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"):
                codes = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39}
                told["windowsVirtualKeyCode"] = codes.get(key, 40)
            self.do("Input.dispatchKeyEvent", type="keyDown", **told)
            self.do("Input.dispatchKeyEvent", type="keyUp", key=key, code=key)

    def picture(self, target: Path, whole: bool = True) -> Path:
        """A PNG of the page, or of what the window shows of it."""
        told = self.do("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole))
        target.write_bytes(base64.b64decode(told["data"]))
        return target

    def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self.do("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12_000), "scale": 1}}

    def _read(self) -> dict[str, Any]:
        """The next message; what the console and the network say is noted on the way."""
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self._buffer:
            readable, _, _ = select.select([self._from], [], [], max(0, deadline - time.monotonic()))
            assert readable, "the browser says nothing more"
            self._buffer += os.read(self._from, 1 << 20)
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            self.said.append(json.dumps(told))
        elif method == "Network.requestWillBeSent" and not told["request"]["url"].startswith(OURS):
            self.asked.append(told["request"]["url"])


def _pipe() -> tuple[int, int]:
    """Both ends as descriptors above those that the browser's are moved to."""
    low = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, LOWEST) for end in low)
    for end in low:
        os.close(end)
    return high[0], high[1]


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A running browser with a profile of its own; it ends with the block."""
    (to_read, to_write), (from_read, from_write) = _pipe(), _pipe()
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [str(PROGRAM), *SWITCHES, *as_root, f"--user-data-dir={profile}", "about:blank"]
    # The protocol wants descriptors 3 and 4; a shell moves ours there.
    script = f'exec 3<&{to_read} 4>&{from_write}; exec "$@"'
    running = subprocess.Popen(
        ["bash", "-c", script, "bash", *command], pass_fds=(to_read, from_write), stderr=subprocess.DEVNULL
    )
    os.close(to_read)
    os.close(from_write)
    try:
        yield Browser(to_write, from_read)
    finally:
        os.close(to_write)
        os.close(from_read)
        running.terminate()
        running.wait(PATIENCE_S)
