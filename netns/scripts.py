"""What is sent to the kernel for a ground: requests as bytes, with a hole for each descriptor of a namespace."""

from __future__ import annotations

import json
import struct
from typing import Any, NamedTuple


class Batch(NamedTuple):
    """Requests to send in one go, numbered from 1 in their netlink headers. The last is answered in any case.

    `holes` are the offsets of namespace descriptors with the name of the host each is for; `asks` says in words what
    each request is, for the error message.
    """

    data: bytes
    asks: tuple[str, ...]
    holes: tuple[tuple[int, str], ...] = ()

    def filled(self, net_fds: dict[str, int]) -> bytes:
        data = bytearray(self.data)
        for offset, host in self.holes:
            struct.pack_into("=I", data, offset, net_fds[host])
        return bytes(data)


class Script(NamedTuple):
    """Everything to be sent for a plan, in this order: `links` in the lab's own namespace, `hosts` and `late` on each
    host (`late` needs every link up), `ports` in the lab's own namespace again.
    """

    links: Batch
    hosts: dict[str, Batch]
    late: dict[str, Batch]
    ports: Batch


def dump(script: Script) -> bytes:
    """The script as JSON, its bytes in hexadecimal."""
    told = {
        "links": _dumped(script.links), "ports": _dumped(script.ports),
        "hosts": {name: _dumped(batch) for name, batch in script.hosts.items()},
        "late": {name: _dumped(batch) for name, batch in script.late.items()},
    }  # fmt: skip
    return json.dumps(told).encode()


def load(data: bytes) -> Script:
    """What `dump` was given. ValueError, KeyError or TypeError for anything else."""
    told = json.loads(data)
    return Script(
        links=_loaded(told["links"]),
        hosts={name: _loaded(batch) for name, batch in told["hosts"].items()},
        late={name: _loaded(batch) for name, batch in told["late"].items()},
        ports=_loaded(told["ports"]),
    )


def _dumped(batch: Batch) -> list[Any]:
    return [batch.data.hex(), batch.asks, batch.holes]


def _loaded(told: list[Any]) -> Batch:
    data, asks, holes = told
    return Batch(bytes.fromhex(data), tuple(asks), tuple((offset, host) for offset, host in holes))
