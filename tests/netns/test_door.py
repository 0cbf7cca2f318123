"""A door: whether somebody listens where a client would connect, on whatever address it listens."""

from __future__ import annotations

import socket

import pytest

from netns.door import Door
from netns.plan import Plan

from .conftest import InSandbox, Lab


def door(lab: Lab, port: int = 9) -> Door:
    return Door(lab.ground, "server", lab.ground.hosts["server"].addresses[lab.plan.family], port)


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_door_is_open_from_listen_to_close(in_sandbox: InSandbox, family: str) -> None:
    def seen() -> list[bool]:
        lab = Lab(Plan(family="ipv6" if family == "ipv6" else "ipv4"))
        asked = door(lab)
        before = asked.is_open()
        listener = lab.listener("server", 9)
        while_it_listens = asked.is_open()
        listener.close()
        return [before, while_it_listens, asked.is_open()]

    assert in_sandbox(seen) == [False, True, False]


def test_who_listens_everywhere_on_both_families_opens_the_door_of_one(in_sandbox: InSandbox) -> None:
    def seen() -> bool:
        lab = Lab(Plan(family="ipv6"))
        everywhere = lab.socket("server")
        everywhere.bind(("::", 9))
        everywhere.listen()
        return Door(lab.ground, "server", "10.0.0.2", 9).is_open()

    assert in_sandbox(seen) is True


def test_a_bound_socket_and_a_listener_elsewhere_are_no_open_doors(in_sandbox: InSandbox) -> None:
    def seen() -> list[bool]:
        lab = Lab(Plan())
        lab.listener("server", 10)
        lab.listener("client", 9)
        bound = lab.socket("server")
        bound.bind(("10.0.0.2", 9))
        loopback = lab.socket("server")
        loopback.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        loopback.bind(("127.0.0.1", 9))
        loopback.listen()
        return [door(lab).is_open(), door(lab, 10).is_open()]

    assert in_sandbox(seen) == [False, True]
