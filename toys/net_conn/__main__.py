"""`python -m toys.net_conn`, and the command `net_conn`."""

from __future__ import annotations

import sys

from toys.net_conn.cli import main

INTERRUPTED = 130
"""What a shell makes of a program that SIGINT ended."""


def run() -> None:
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    run()
