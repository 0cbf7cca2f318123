"""Acts on readiness to write or read only, and not on an error that is reported alone."""

from __future__ import annotations

import select

from toys.toy9.loop import Dial

SIN = "Acts on readiness to write or read only, and not on an error that is reported alone."
CONVICTED_BY = ("T9-29", "T9-35")
EXPOSED_BY = ("icmp-while-locked",)


class MutantDial(Dial):
    def turn(self) -> None:
        epoll: select.epoll = vars(self.poller)["_epoll"]
        for _, mask in epoll.poll():
            if mask & (select.EPOLLIN | select.EPOLLOUT):
                self.client.ready(frozenset({"in", "out"}))
