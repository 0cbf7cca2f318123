"""The command of a fresh Python process of ours: one that imports all it needs, and then forks."""

from __future__ import annotations

import sys


def command(module: str, *arguments: str) -> list[str]:
    """Calls `main(arguments)` of the module, and exits with what that returns.

    Nothing is collected before `main` says so: what modules are made of stays, and to look through it again and again
    takes a tenth of the time that they need.
    """
    code = f"import gc, sys; gc.disable(); from {module} import main; sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-P", "-c", code, *arguments]
