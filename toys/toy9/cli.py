"""The command line of toy9: `toy9 connect HOST PORT` and `toy9 listen [ADDRESS] PORT`."""

from __future__ import annotations

import argparse
import io
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from functools import cache
from typing import Any

from toys.mutants import NoSuchMutant
from toys.toy9 import errors, mutants
from toys.toy9.client import Client
from toys.toy9.journal import Journal
from toys.toy9.listen import Server
from toys.toy9.pollers import POLLERS, Poller
from toys.toy9.resolver import FAMILIES, literal
from toys.toy9.sockets import Wishes
from toys.toy9.user import UNTIL, User

VARIABLE = "TOYLAB_MUTANT"
LARGEST_PORT, LARGEST_COUNT = 65_535, 2**31 - 1
FILLER = b"0123456789abcdef"
STATUSES = "\n".join(f"  {f.status}  {f.code} ({f.name})" for f in (*errors.TABLE, errors.CONNECTED_TO_ITSELF))
EXAMPLES = f"""\
examples:
  toy9 connect 127.0.0.1 80 --timeout 2
  toy9 connect good.lab 7 --queue hello --until input
  toy9 connect 10.0.0.2 7 --timeout 1 --then 10.0.0.3 7
  toy9 listen 127.0.0.1 7 --echo

exit status: 0 connected and ended well, 2 usage, and for each error (the first, if there are several):
{STATUSES}
  {errors.OTHER_STATUS}  other
"""


def main(arguments: Sequence[str], mutant: str = "") -> int:
    """Runs the command and returns its exit status. `mutant` names a deliberately broken variant."""
    options = parser().parse_args(list(arguments))
    try:
        variant = mutants.variant(mutant or os.environ.get(VARIABLE, ""))
    except NoSuchMutant as unknown:
        print(f"toy9: {unknown}", file=sys.stderr)
        return 2
    command: Callable[[argparse.Namespace, mutants.Variant], int] = options.command
    return command(options, variant)


def warm() -> None:
    """Does what the first connection would, short of a packet: no socket of IPv4 can be bound to an address of IPv6.

    What Python makes at the first use of its own objects, each of the processes forked from this one has then.
    """
    with redirect_stderr(io.StringIO()):
        main(["connect", "127.0.0.1", "9", "--poller", "epoll", "--bind", "::1", "--quiet"])


@cache
def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="toy9", description="Connect without blocking, and tell what came of it.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = whole.add_subparsers(required=True, metavar="COMMAND", prog=whole.prog)
    _add_connect(commands.add_parser("connect", help="connect to HOST at PORT"))
    _add_listen(commands.add_parser("listen", help="accept one connection"))
    return whole


def _add_connect(it: argparse.ArgumentParser) -> None:
    it.set_defaults(command=connect)
    it.add_argument("host", metavar="HOST")
    it.add_argument("port", metavar="PORT", type=_port)
    it.add_argument(
        "--timeout", metavar="S", type=_milliseconds, default=0, help="give up after S seconds (default: never)"
    )
    it.add_argument(
        "--then", nargs=2, metavar=("HOST", "PORT"), action=_Targets, default=[],
        help="connect there as well when this is over, however it ended; may be given again",
    )  # fmt: skip
    it.add_argument("--blocking", action="store_true", help="let connect() block; states and callbacks are the same")
    it.add_argument("--queue", metavar="TEXT", action="append", default=[], help="output to queue before connecting")
    it.add_argument("--queue-bytes", metavar="N", type=_count, default=0, help="queue N more bytes")
    it.add_argument("--until", choices=UNTIL, default="eof", help="when to close (default: at the peer's end)")
    it.add_argument("--half-close", action="store_true", help="shut the sending side when everything is sent")
    it.add_argument("--alarm", metavar="S", type=_milliseconds, default=0, help="let SIGALRM come after S seconds")
    it.add_argument("--poller", choices=POLLERS, default="epoll")
    it.add_argument("--bind", metavar="ADDR[:PORT]", type=_endpoint, help="the local address to connect from")
    it.add_argument("--family", choices=FAMILIES, default="any", help="which addresses of a name to use")
    it.add_argument("--send-buffer", metavar="N", type=_count, default=0, help="SO_SNDBUF")
    it.add_argument("--user-timeout", metavar="MS", type=_count, default=0, help="TCP_USER_TIMEOUT")
    it.add_argument("--mptcp", action="store_true", help="use Multipath TCP, if the other side knows it too")
    it.add_argument("--quiet", action="store_true", help="say nothing on stdout")


def _add_listen(it: argparse.ArgumentParser) -> None:
    it.set_defaults(command=listen)
    it.add_argument("address", metavar="ADDRESS", nargs="?", default="0.0.0.0")
    it.add_argument("port", metavar="PORT", type=_port)
    it.add_argument("--reuse-address", action=argparse.BooleanOptionalAction, default=True, help="SO_REUSEADDR")
    it.add_argument("--echo", action="store_true", help="send back what arrives")
    it.add_argument("--poller", choices=POLLERS, default="epoll")
    it.add_argument("--quiet", action="store_true", help="say nothing on stdout")


def connect(options: argparse.Namespace, variant: mutants.Variant) -> int:
    poller: Poller = POLLERS[options.poller]()
    journal = Journal.from_environment()
    _set_alarm(options.alarm)
    clients: list[Client] = []
    for host, port in ((options.host, options.port), *options.then):
        if clients:
            journal.state(clients[-1].state, "idle")
        clients.append(variant.client(poller, journal))
        _run(clients[-1], options, variant, host, port)
    poller.close()
    return next((client.failure.status for client in clients if client.failure), 0)


def _run(client: Client, options: argparse.Namespace, variant: mutants.Variant, host: str, port: int) -> None:
    """Its one connection, from the name to the end."""
    user = User(client, until=options.until, half_close=options.half_close, say=_silence if options.quiet else _say)
    client.tell_with(user.callbacks())
    _prepare(client, options, host, port)
    dial = variant.dial(client, client.poller, host, port, timeout_ms=options.timeout, family=options.family)
    dial.run(options.blocking)


def _prepare(client: Client, options: argparse.Namespace, host: str, port: int) -> None:
    journal = client.journal
    journal.fact("target", f"{host} {port}")
    journal.fact("timeout_ms", options.timeout)
    journal.fact("mode", "blocking" if options.blocking else "async")
    journal.fact("poller", options.poller)
    client.wishes = Wishes(
        bind_to=options.bind, send_buffer=options.send_buffer, user_timeout_ms=options.user_timeout,
        protocol=socket.IPPROTO_MPTCP if options.mptcp else 0,
    )  # fmt: skip
    for text in options.queue:
        client.send(text.encode())
    if options.queue_bytes:
        client.send((FILLER * (options.queue_bytes // len(FILLER) + 1))[: options.queue_bytes])


def _set_alarm(after_ms: int) -> None:
    """A signal that means nothing, and that no call is restarted after: what it interrupts says EINTR."""
    if after_ms:
        signal.signal(signal.SIGALRM, lambda number, frame: None)
        signal.setitimer(signal.ITIMER_REAL, after_ms / 1000)


def listen(options: argparse.Namespace, variant: mutants.Variant) -> int:
    poller: Poller = POLLERS[options.poller]()
    server = Server(poller, Journal.from_environment(), _silence if options.quiet else _say, echo=options.echo)
    try:
        listener = server.listen(options.address, options.port, reuse_address=options.reuse_address)
    except OSError as error:
        failure = errors.of_error(error)
        sys.stderr.write(f"error {failure.code}: {failure.text} ({failure.name})\n")
        return failure.status
    server.serve(listener)
    poller.close()
    return 0


def _say(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:  # nobody reads any more: what is still to be said goes nowhere, and the connection goes on
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), sys.stdout.fileno())


def _silence(text: str) -> None:
    """--quiet."""


class _Targets(argparse.Action):
    """One more of the places to connect to: a host and a port each time."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        host, port = values
        try:
            known = [*getattr(namespace, self.dest), (host, _port(port))]
        except argparse.ArgumentTypeError as refusal:
            raise argparse.ArgumentError(self, str(refusal)) from None
        setattr(namespace, self.dest, known)


def _port(text: str) -> int:
    """0 is left to the kernel: it refuses to connect there, and listens at a port of its choice."""
    if not text.isdecimal() or int(text) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to {LARGEST_PORT})")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_COUNT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number up to {LARGEST_COUNT}")
    return int(text)


def _milliseconds(text: str) -> int:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 < value < 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds")
    return max(1, round(value * 1000))


def _endpoint(text: str) -> tuple[str, int]:
    """`10.0.0.1`, `10.0.0.1:40000`, `fd00::1`, `[fd00::1]:40000`; a name would have to be looked up."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]:")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, "0"
    if literal(host, 0) is None or not port.isdecimal() or int(port) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address with or without a port")
    return host, int(port)
