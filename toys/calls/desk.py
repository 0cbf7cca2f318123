"""The sockets that the calls have opened, by their names, and the pollers that watch them."""

from __future__ import annotations

import select
import socket
from typing import Any


class Desk:
    """The sockets that are open, by their names, and the pollers that watch them."""

    def __init__(self) -> None:
        self.sockets: dict[str, socket.socket] = {}
        self.instance = ""
        """The poller that the next calls are about, by its name."""
        self._epolls: dict[str, Any] = {}
        self._watched: dict[str, set[socket.socket]] = {}

    @property
    def epoll(self) -> Any:
        """Made when it is first needed."""
        if self.instance not in self._epolls:
            self._epolls[self.instance] = select.epoll()
        return self._epolls[self.instance]

    @property
    def watched(self) -> set[socket.socket]:
        """What this poller watches."""
        return self._watched.setdefault(self.instance, set())

    def leave(self) -> None:
        """Gives the descriptors up unclosed: Python's warning of an open socket would ask the kernel for its names."""
        for sock in self.sockets.values():
            sock.detach()

    def name_of(self, fd: int) -> str:
        """A descriptor that was closed is still reported while another one of the same socket is open: epoll(7)."""
        return next((name for name, sock in self.sockets.items() if sock.fileno() == fd), "a closed descriptor")
