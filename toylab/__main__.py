"""The entry point: a run's server is started before anything else is imported, because it warms up meanwhile."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

HELP = frozenset({"-h", "--help"})


def main() -> None:
    """The command `toylab`, and `python -m toylab`."""
    gc.set_threshold(100_000)  # to look through what is being imported finds nothing, and takes a tenth of the time
    if sys.argv[1:2] == ["run"] and not HELP & set(sys.argv):
        from harness.runner import launch

        tracer = None if "--no-strace" in sys.argv else launch.strace()
        with suppress(OSError):  # the run itself will say what stands in its way
            launch.launch_early(tracer, sys.argv[2] if sys.argv[2:] else "")
    from toylab.cli import main as command

    command()


if __name__ == "__main__":
    main()
