"""Closes as soon as the peer has hung up, with its last words unread."""

from __future__ import annotations

import select

from toys.toy9.client import Client
from toys.toy9.loop import Dial
from toys.toy9.pollers import Interest

SIN = "Closes as soon as the peer has hung up, with its last words unread."
CONVICTED_BY = ("T9-52",)
EXPOSED_BY = ("banner-with-end",)


class Mutant(Client):
    def watch(self, interest: Interest) -> None:
        super().watch(interest)
        if self.socket is not None and self.state == "connected":
            epoll: select.epoll = vars(self.poller)["_epoll"]
            epoll.modify(self.socket.fileno(), select.EPOLLIN | select.EPOLLRDHUP)


class MutantDial(Dial):
    def turn(self) -> None:
        epoll: select.epoll = vars(self.poller)["_epoll"]
        for _, mask in epoll.poll():
            if mask & select.EPOLLRDHUP:
                self.client.close("eof")
            else:
                self.client.ready(frozenset({"in", "out"}))
