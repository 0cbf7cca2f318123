"""`python -m toys.chat`, and the command `chat`."""

from __future__ import annotations

import sys

from toys.chat.cli import main


def run() -> None:
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
