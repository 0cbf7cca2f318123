"""Runs a function as process 1 of a sandbox and brings back what it returned."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from netns import sandbox


def in_sandbox(play: Callable[[], Any]) -> Any:
    """What `play` returned, through JSON; AssertionError if the sandbox did not end well."""
    read, write = os.pipe()

    def main() -> int:
        os.close(read)
        os.write(write, json.dumps(play()).encode())
        return 0

    pid = sandbox.spawn(main)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return json.loads(said)
