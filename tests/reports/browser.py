"""Debian's Chromium without a window, driven by Playwright: open, type, click, look, take a picture.

Whatever a page says on its console, and whatever it asks for from elsewhere, is kept.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, sync_playwright

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")
PATIENCE_MS = 60_000
HEIGHT = 900
OURS = ("file:", "about:", "data:")


class Browser:
    """One tab. `said` is what the console showed, `asked` every address that the page requested beside itself."""

    def __init__(self, page: Page) -> None:
        self._page, self._axe = page, Axe()
        self._protocol = page.context.new_cdp_session(page)
        self.said: list[str] = []
        self.asked: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", self._note)

    def open(self, page: Path, fragment: str = "", width: int = 1280, dark: bool = False) -> None:
        """Load the page in a window of this width and wait until it has loaded."""
        self._page.set_viewport_size({"width": width, "height": HEIGHT})
        self._page.emulate_media(color_scheme="dark" if dark else "light")
        for address in ("about:blank", page.as_uri() + fragment):
            self._page.goto(address)

    def scripts(self, *, on: bool) -> None:
        """Whether the pages that are opened from now on may run their scripts."""
        self._protocol.send("Emulation.setScriptExecutionDisabled", {"value": not on})

    def js(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self._page.evaluate(expression)

    def find(self, selector: str) -> None:
        """Wait for an element, in this page or in one that is on its way."""
        self._page.wait_for_selector(selector)

    def click(self, selector: str) -> None:
        """A real click at the middle of the first element that the selector finds."""
        self._page.locator(selector).first.click()

    def press(self, *keys: str) -> None:
        """Real key strokes: `Enter`, `ArrowDown` and their likes, or single characters."""
        for key in keys:
            self._page.keyboard.press(key)

    def violations(self) -> list[str]:
        """What axe-core finds: the rule, and where it is broken."""
        found = self._axe.run(self._page).response["violations"]
        return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]

    def picture(self, target: Path, whole: bool = True) -> Path:
        """A PNG of the page, or of what the window shows of it."""
        self._page.screenshot(path=target, full_page=whole)
        return target

    def _note(self, request: Request) -> None:
        if not request.url.startswith(OURS):
            self.asked.append(request.url)


@contextmanager
def browser() -> Iterator[Browser]:
    """A running browser with a profile of its own; it ends with the block."""
    with sync_playwright() as driver:
        # Chromium's sandbox does not work for root.
        chromium = driver.chromium.launch(
            executable_path=PROGRAM, args=list(SWITCHES), chromium_sandbox=os.geteuid() != 0
        )
        try:
            yield Browser(chromium.new_page())
        finally:
            chromium.close()
