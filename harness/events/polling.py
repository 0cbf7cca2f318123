"""What the subject asked of a poller and was told: epoll, poll and select are the same four events."""

from __future__ import annotations

from harness.events.calls import Call


class Watch(Call, frozen=True, kw_only=True):
    """The poller's interest in `sock` from now on: epoll_ctl ADD or MOD, or a poll/select set that differs."""

    poller: str = "epoll"
    interest: str = "0"


class Unwatch(Call, frozen=True, kw_only=True):
    """The poller no longer looks at `sock`: epoll_ctl DEL, or a poll/select set without it."""

    poller: str = "epoll"


class Wait(Call, frozen=True, kw_only=True):
    """epoll_wait, poll, ppoll, select, pselect6 at its entry: timeout -1 is for ever; `count` None: never returned."""

    poller: str = "epoll"
    timeout_ms: int = -1
    count: int | None = None


class Ready(Call, frozen=True, kw_only=True):
    """One socket of a wait's answer, at the wait's return. select() gives IN, OUT and PRI only."""

    poller: str = "epoll"
    mask: str = "0"
