"""The command line of readiness: `readiness client HOST PORT` and `readiness server ADDRESS PORT`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache

from toys.loop import BACKENDS, Loop
from toys.mutants import NoSuchMutant
from toys.readiness import mutants
from toys.readiness.client import Wishes
from toys.readiness.diary import Diary, say, silence
from toys.readiness.server import BACKLOG, Settings
from toys.toy9.journal import Journal

VARIABLE = "TOYLAB_MUTANT"
UNTIL = ("connected", "sent", "input", "eof")
USAGE = 2
LARGEST_PORT = 65_535
EXAMPLES = """\
examples, in two terminals:
  readiness server 127.0.0.1 7070 --echo
  readiness client 127.0.0.1 7070 --send hello --until input

exit status: 0 it went well, 1 there was no connection or no listener, 2 usage
"""


def main(arguments: Sequence[str], mutant: str = "") -> int:
    """Runs the command and returns its exit status. `mutant` names a deliberately broken variant."""
    options = parser().parse_args(list(arguments))
    try:
        variant = mutants.variant(mutant or os.environ.get(VARIABLE, ""))
    except NoSuchMutant as unknown:
        print(f"readiness: {unknown}", file=sys.stderr)
        return USAGE
    loop = Loop(options.backend)
    diary = Diary(Journal.from_environment(), silence if options.quiet else say)
    command: Callable[[argparse.Namespace, mutants.Variant, Loop, Diary], int] = options.command
    try:
        return command(options, variant, loop, diary)
    finally:
        loop.close()


def warm() -> None:
    """Does what the first command line would: argparse imports half of its helpers only then."""
    parser().parse_args(["client", "127.0.0.1", "9"])


@cache
def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="readiness", description="Tell what the poller says of a connection's sockets, and when.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    _add_client(commands.add_parser("client", help="connect to HOST at PORT"))
    _add_server(commands.add_parser("server", help="listen on ADDRESS at PORT"))
    return whole


def _add_client(it: argparse.ArgumentParser) -> None:
    it.set_defaults(command=client)
    it.add_argument("host", metavar="HOST", help="an address; names are not looked up")
    it.add_argument("port", metavar="PORT", type=_port)
    it.add_argument("--send", metavar="TEXT", default="", help="what to send")
    it.add_argument("--fast-open", action="store_true", help="send it with the SYN, where the kernel may (RFC 7413)")
    it.add_argument("--until", choices=UNTIL, default="eof", help="when to close (default: at the peer's end)")
    _add_common(it)


def _add_server(it: argparse.ArgumentParser) -> None:
    it.set_defaults(command=server)
    it.add_argument("address", metavar="ADDRESS")
    it.add_argument("port", metavar="PORT", type=_port)
    it.add_argument("--backlog", metavar="N", type=int, default=BACKLOG, help="of listen(2)")
    it.add_argument("--defer-accept", metavar="S", type=int, default=0, help="TCP_DEFER_ACCEPT: wake up for data only")
    it.add_argument("--fast-open", metavar="N", type=int, default=0, help="TCP_FASTOPEN: so many may be unconfirmed")
    it.add_argument("--send", metavar="TEXT", default="", help="what to send to whoever connects")
    it.add_argument("--echo", action="store_true", help="send back what arrives")
    it.add_argument("--connections", metavar="N", type=int, default=0, help="close after so many (default: never)")
    it.add_argument("--after-datagram", action="store_true", help="accept nobody before a datagram came to the port")
    _add_common(it)


def _add_common(it: argparse.ArgumentParser) -> None:
    it.add_argument("--backend", choices=BACKENDS, default="epoll")
    it.add_argument("--quiet", action="store_true", help="say nothing on stdout")


def client(options: argparse.Namespace, variant: mutants.Variant, loop: Loop, diary: Diary) -> int:
    wishes = Wishes(send=options.send.encode(), fast_open=options.fast_open, until=options.until)
    it = variant.client(loop, diary, wishes)
    it.start(options.host, options.port)
    loop.run()
    return int(it.failed)


def server(options: argparse.Namespace, variant: mutants.Variant, loop: Loop, diary: Diary) -> int:
    settings = Settings(
        backlog=options.backlog, defer_accept_s=options.defer_accept, fast_open=options.fast_open,
        send=options.send.encode(), echo=options.echo, connections=options.connections,
        after_datagram=options.after_datagram,
    )  # fmt: skip
    try:
        variant.server(loop, diary, settings).listen(options.address, options.port)
    except OSError as error:
        sys.stderr.write(f"readiness: {error.strerror}\n")
        return 1
    loop.run()
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)
