"""Runs a function as process 1 of a sandbox and brings back what it returned; says what cannot be run here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from netns import sandbox, tracepoint
from netns.errors import GroundError


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


def lacking_tracepoint() -> str:
    """Why the tracepoint cannot be had here; nothing if it can."""
    try:
        tracepoint.try_out()
    except GroundError as error:
        return error.what
    return ""
