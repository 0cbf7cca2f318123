"""The command line of calls: every argument is a call."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from toys.calls.desk import Desk
from toys.calls.script import Mistake, Step, read
from toys.calls.verbs import VERBS, call

USAGE = 2
HELP = """\
usage: calls CALL...

Makes these system calls, one after the other, and prints what each returned.

{verbs}

NAME is any word; it stands for the same socket from then on. MASK is epoll's bits joined by |, such as IN|OUT|RDHUP|ET.
Times are in milliseconds. TEXT may hold \\r, \\n and \\x00; '3x CALL' makes a call three times.

example:
  calls 'socket a ipv4' 'connect a 127.0.0.1 9' 'watch a IN|OUT' 'wait 100' 'getsockopt a SO_ERROR'

exit status: 0 every call was made, whatever it returned; 2 a call that is none
"""


def main(arguments: Sequence[str], mutant: str = "") -> int:
    """Makes the calls; 2 before any is made if one of them cannot be understood. It has no mutants."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(HELP.format(verbs="\n".join(f"  {verb.usage:<46} {verb.says}" for verb in VERBS.values())))
        return 0 if arguments else USAGE
    try:
        steps = [read(line, VERBS) for line in arguments]
    except Mistake as mistake:
        print(f"calls: {mistake}", file=sys.stderr)
        return USAGE
    play(steps)
    return 0


def play(steps: Sequence[Step]) -> None:
    """Sockets are left open: the end of the process closes them, as it does for any program."""
    desk = Desk()
    for step in steps:
        for _ in range(step.times):
            print(f"{step.line} = {call(desk, step)}", flush=True)
    desk.leave()


def warm() -> None:
    """There is nothing that a first use would have to import."""
