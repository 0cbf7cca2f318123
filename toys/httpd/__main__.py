"""`python -m toys.httpd`, and the command `httpd`."""

from __future__ import annotations

import sys

from toys.httpd.cli import main


def run() -> None:
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
