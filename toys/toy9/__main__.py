"""`python -m toys.toy9`, and the command `toy9`."""

from __future__ import annotations

import sys

from toys.toy9.cli import main


def run() -> None:
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
