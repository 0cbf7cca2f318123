"""A sandbox for the length of one function, and a ground on which one process plays every part."""

from __future__ import annotations

import os
import pickle
import select
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from socket import socket as Socket  # a method of Lab is called socket
from typing import Any

import pytest

from netns import sandbox
from netns.builder import Ground, build
from netns.kernel import StateWatch
from netns.plan import Plan
from netns.sockets import FAMILIES, open_on
from netns.wire import Wire

from .wires import Setter, benches

PATIENCE_S = 30.0

InSandbox = Callable[[Callable[[], Any]], Any]


def run_in_sandbox(work: Callable[[], Any]) -> Any:
    """What `work` returned as pid 1 of a sandbox; what it raised is told as an AssertionError with its traceback."""
    read, write = os.pipe()

    def main() -> int:
        try:
            said = (True, work())
        except BaseException:
            said = (False, traceback.format_exc())
        with open(write, "wb") as pipe:
            pickle.dump(said, pipe)
        return 0

    try:
        pid = sandbox.spawn(main)
    finally:
        os.close(write)
    with open(read, "rb") as pipe:
        fine, result = pickle.load(pipe)
    os.waitpid(pid, 0)
    assert fine, result
    return result


@pytest.fixture
def in_sandbox() -> InSandbox:
    return run_in_sandbox


class Lab:
    """A ground with its wire, where one frame goes on at a time; `told` is what poll says of the client's socket."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ground: Ground = build(plan)
        self.wire = Wire(plan, self.ground)
        self.watch = StateWatch(self.ground)
        self.client = self.socket("client")
        self._listeners: list[Socket] = []

    def socket(self, host: str) -> Socket:
        opened = open_on(self.ground, host, FAMILIES[self.plan.family], socket.SOCK_STREAM)
        opened.setblocking(False)
        return opened

    def listener(self, host: str, port: int) -> Socket:
        opened = self.socket(host)
        opened.bind((self.ground.hosts[host].addresses[self.plan.family], port))
        opened.listen()
        self._listeners.append(opened)  # a socket that nobody holds is closed
        return opened

    def connect(self, host: str, port: int) -> int:
        return self.client.connect_ex((self.ground.hosts[host].addresses[self.plan.family], port))

    def step(self) -> bool:
        """One frame goes on, and what the kernels then say is written down; False if none was waiting."""
        moved = self.wire.act(self.wire.wants(), time.time_ns()) or self.wire.act_late(time.time_ns())
        self.watch.sample(time.time_ns())
        return moved

    def settle(self) -> None:
        while self.step():
            pass

    def run_until_ready(self) -> int:
        """Steps until poll says something of the client's socket; returns its mask."""
        self.run_until(lambda: bool(self.mask(self.client, wait_ms=1)))
        return self.mask(self.client)

    def run_until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            self.step()
            assert time.monotonic() < deadline, "what was waited for never came"

    @staticmethod
    def mask(opened: Socket, wait_ms: int = 0) -> int:
        poller = select.poll()
        poller.register(opened, select.POLLIN | select.POLLOUT)
        return dict(poller.poll(wait_ms)).get(opened.fileno(), 0)

    def error(self) -> int:
        return self.client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


@pytest.fixture
def bench() -> Iterator[Setter]:
    with benches() as set_up:
        yield set_up
