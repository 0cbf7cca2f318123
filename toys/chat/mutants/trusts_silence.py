"""Does not ask the kernel to look for clients who have vanished."""

from __future__ import annotations

from typing import Final

from toys.chat.server import Parts

SIN = "Does not ask the kernel to look for clients who have vanished."
CONVICTED_BY = ("CH-25",)
EXPOSED_BY = ("talk",)


PARTS: Final = Parts(vigilance=lambda _: [])
