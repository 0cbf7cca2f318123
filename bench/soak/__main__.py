"""`python -m bench.soak httpd|chat [SECONDS [SEED]]`: the server in the clear and with TLS, both at once.

Says what was done, what each server had in use and whether that is flat. Exit status 1 if anything went wrong.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, suppress
from types import ModuleType

from bench.soak import chat, http
from bench.soak.figures import HEADING, table, verdict
from bench.soak.load import Load
from bench.soak.server import Server, Use, running

LOADS: dict[str, ModuleType] = {"httpd": http, "chat": chat}
SECONDS, SETTLING_S = 600.0, 30
Samples = dict[Server, list[Use]]


def main(kind: str, seconds: float, seed: int) -> int:
    print(f"{kind}: {seconds:g} s, seed {seed}", flush=True)
    with ExitStack() as stack:
        servers = [stack.enter_context(running(kind, tls=tls)) for tls in (False, True)]
        floors = {server: server.use() for server in servers}
        loads = [Load(server, seed) for server in servers]
        for load in loads:
            LOADS[kind].begin(load)
        samples = sample(loads, time.monotonic() + seconds)
        for load in loads:
            LOADS[kind].end(load)
        left = {server: settled(server, floors[server]) for server in servers}
        return sum([tell(load, samples[load.server], floors[load.server], left[load.server]) for load in loads])


def sample(loads: list[Load], end: float) -> Samples:
    """Each second, as long as all goes well."""
    samples: Samples = {load.server: [] for load in loads}
    while time.monotonic() < end and not any(load.is_over.wait(1 / len(loads)) for load in loads):
        for load in loads:
            try:
                samples[load.server].append(load.server.use())
            except (OSError, ValueError) as gone:
                load.fault(f"it cannot be asked any more: {gone}")
                load.is_over.set()
    return samples


def settled(server: Server, floor: Use) -> Use:
    """What is left when all clients are gone, and with them whatever waited for those that vanished."""
    end, now = time.monotonic() + SETTLING_S, floor
    with suppress(OSError, ValueError):
        while _has_more(now := server.use(), floor) and time.monotonic() < end:
            time.sleep(0.2)
    return now


def _has_more(now: Use, floor: Use) -> bool:
    return now.descriptors > floor.descriptors or now.timers > floor.timers


def tell(load: Load, uses: list[Use], floor: Use, left: Use) -> int:
    """1 if anything is wrong."""
    print("\n" + "\n".join([HEADING, *table(load.server.name, uses)]))
    print("  " + ", ".join(f"{count:,} {what}" for what, count in sorted(load.done.items())))
    print(f"  before the load {floor}, after it {left}")
    found = [*load.faults, *verdict(uses, floor, left)]
    if complaint := load.server.stop():
        found.append(complaint)
    print(
        "  " + ("\n  ".join(f"WRONG: {text}" for text in found) or "flat, nothing lost and nothing wrong"), flush=True
    )
    return int(bool(found))


if __name__ == "__main__":
    words = dict(enumerate(sys.argv[1:]))
    if words.get(0) not in LOADS:
        sys.exit(__doc__)
    sys.exit(main(words[0], float(words.get(1, SECONDS)), int(words.get(2, time.time_ns() % 1_000_003))))
