"""The command line of chat: `chat server [ADDRESS] [PORT]` and `chat client HOST [PORT]`."""

from __future__ import annotations

import argparse
import os
import resource
import socket
import sys
from collections.abc import Callable, Sequence
from functools import cache

from toys.chat import mutants, tls
from toys.chat.client import Client, Wishes
from toys.chat.doorway import listening
from toys.chat.log import Log
from toys.chat.server import Limits, Server
from toys.chat.terminal import show
from toys.chat.text import LONGEST
from toys.loop import BACKENDS, Loop
from toys.mutants import NoSuchMutant
from toys.net_conn import certificates
from toys.toy9.journal import Journal

PORT = 9090
VARIABLE = "TOYLAB_MUTANT"
TEST = "test"
"""Stands for the authority of the test certificates, wherever it is installed."""
LARGEST_PORT, LARGEST_COUNT = 65_535, 2**31 - 1
CANNOT, INTERRUPTED = 1, 130
"""130 is what a shell makes of a program that SIGINT ended."""
LARGEST_OF_SELECT = 1000
"""select(2) knows descriptors up to 1023, and some of them are no clients."""

EXAMPLES = """\
examples:
  chat server
  chat client localhost --nick anna
  echo hello everyone | chat client localhost
  chat server :: 9090 --tls-cert cert.pem --tls-key key.pem

exit status: 0 ended well, 1 cannot listen or connect, or the connection was lost, 2 usage
"""


def main(arguments: Sequence[str], mutant: str = "") -> int:
    """Runs the command and returns its exit status. `mutant` names a deliberately broken server."""
    options = parser().parse_args(list(arguments))
    command: Callable[[argparse.Namespace, str], int] = options.command
    return command(options, mutant or os.environ.get(VARIABLE, ""))


def warm() -> None:
    """Does what the first command line would: argparse imports half of its helpers only then."""
    parser().parse_args(["server"])
    parser().parse_args(["client", "127.0.0.1"])


@cache
def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="chat", description="A room to talk in, and a client for it.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    _add_server(commands.add_parser("server", help="the room"))
    _add_client(commands.add_parser("client", help="talk in a room"))
    return whole


def _add_server(it: argparse.ArgumentParser) -> None:
    it.set_defaults(command=serve)
    it.add_argument("address", metavar="ADDRESS", nargs="?", default="", help="where to listen (default: everywhere)")
    it.add_argument("port", metavar="PORT", nargs="?", type=_port, default=None, help=f"default: {PORT}")
    it.add_argument("--backend", choices=BACKENDS, default="epoll")
    it.add_argument("--most-clients", metavar="N", type=_count, default=Limits().most_clients)
    it.add_argument(
        "--queue-bytes", metavar="N", type=_count, default=Limits().queue_bytes, help="what may wait for one"
    )
    it.add_argument("--longest-line", metavar="N", type=_count, default=LONGEST, help="in bytes")
    it.add_argument("--send-buffer", metavar="N", type=_count, default=0, help="SO_SNDBUF of each client's socket")
    it.add_argument("--vanished-after", metavar="S", type=_count, default=60, help="silence of a peer's host for S s")
    it.add_argument("--until-empty", action="store_true", help="end when the last client has left")
    it.add_argument("--until-lines", metavar="N", type=_count, default=0, help="end when N lines have been said")
    it.add_argument("--tls-cert", metavar="FILE", help="serve TLS with this certificate")
    it.add_argument("--tls-key", metavar="FILE", default="", help="its key, if that is in a file of its own")
    it.add_argument("--certificate", choices=certificates.NAMES, help="serve TLS with a test certificate")
    it.add_argument("--quiet", action="store_true", help="say no more than where it listens")


def _add_client(it: argparse.ArgumentParser) -> None:
    it.set_defaults(command=talk)
    it.add_argument("host", metavar="HOST")
    it.add_argument("port", metavar="PORT", nargs="?", type=_port, default=PORT, help=f"default: {PORT}")
    it.add_argument("--nick", metavar="NAME", help="what to be called")
    for kind, text in SCRIPT.items():
        it.add_argument(f"--{kind}", metavar="TEXT", dest="script", action="append", type=_step(kind), help=text)
    it.add_argument("--stay", action="store_true", help="the end of stdin is not the end")
    it.add_argument("--backend", choices=BACKENDS, default="epoll")
    it.add_argument("--tls", action="store_true", help="talk TLS")
    it.add_argument("--ca", metavar="FILE", default="", help=f"trust these (default: the system's; {TEST}: ours)")
    it.add_argument("--server-name", metavar="NAME", help="whom the certificate is for (default: HOST)")


SCRIPT = {
    "say": "a line, before stdin is read",
    "send": "as --say, but without an end of line, and with escapes such as \\n and \\x1b",
    "fill": "so many numbered lines of 100 bytes",
    "expect": "go on with what comes next when a line has this in it; these are done in order",
}


def serve(options: argparse.Namespace, mutant: str) -> int:
    try:
        parts = mutants.parts(mutant)
    except NoSuchMutant as unknown:
        return _say(str(unknown), status=2)
    address, port = _endpoint(options)
    try:
        certificate = str(certificates.path(options.certificate)) if options.certificate else options.tls_cert
        context = tls.serving(certificate, options.tls_key) if certificate else None
        listener = listening(address, port, parts.vigilance(options.vanished_after), send_buffer=options.send_buffer)
    except OSError as error:
        return _say(f"cannot listen on {address or 'any address'}, port {port}: {error.strerror or error}")
    _raise_the_limit()
    most = min(options.most_clients, LARGEST_OF_SELECT) if options.backend == "select" else options.most_clients
    limits = Limits(
        most_clients=most, queue_bytes=options.queue_bytes, tls=context, until_empty=options.until_empty,
        until_lines=options.until_lines, longest_line=options.longest_line,
    )  # fmt: skip
    loop, journal = Loop(options.backend), Journal.from_environment()
    _tell(journal, limits, options.backend)
    server = Server(loop, limits, Log(loop.soon, 1, is_quiet=options.quiet), journal, parts)
    server.open(listener)
    server.run()
    loop.close()
    return 0


def _tell(journal: Journal, limits: Limits, backend: str) -> None:
    """What the server goes by, for whoever judges it."""
    journal.fact("backend", backend)
    journal.fact("queue_bytes", limits.queue_bytes)
    journal.fact("longest_line", limits.longest_line)
    journal.fact("sealed", str(limits.tls is not None).lower())


def _raise_the_limit() -> None:
    """As many descriptors as this process may have: the usual limit, 1024, is for programs that use select(2)."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def talk(options: argparse.Namespace, _: str) -> int:
    steps = [*([("say", f"/nick {options.nick}")] if options.nick else []), *(options.script or [])]
    try:
        found = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)
        authority = str(certificates.AUTHORITY) if options.ca == TEST else options.ca
        context = tls.asking(authority) if options.tls else None
    except OSError as error:
        return _say(f"{options.host}: {error.strerror or error}")
    loop = Loop(options.backend)
    wishes = Wishes(host=options.server_name or options.host, tls=context, script=steps, stay=options.stay)
    client = Client(loop, wishes, show, Journal.from_environment())
    client.dial([(family, address) for family, _, _, _, address in found])
    try:
        loop.run()
    except KeyboardInterrupt:
        return INTERRUPTED
    loop.close()
    return client.status


def _say(text: str, *, status: int = CANNOT) -> int:
    print(f"chat: {text}", file=sys.stderr)
    return status


def _endpoint(options: argparse.Namespace) -> tuple[str, int]:
    """`chat server 9090` means the port."""
    if options.port is None and options.address.isdecimal():
        return "", _port(options.address)
    return options.address, PORT if options.port is None else options.port


def _step(kind: str) -> Callable[[str], tuple[str, str]]:
    def step(text: str) -> tuple[str, str]:
        return kind, text

    return step


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to {LARGEST_PORT})")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= LARGEST_COUNT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {LARGEST_COUNT}")
    return int(text)
