"""The command line of net_conn: `net_conn HOST PORT` connects, `net_conn serve ADDRESS PORT` is the peer."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import cache, partial

from toys.loop import BACKENDS, Loop
from toys.mutants import NoSuchMutant
from toys.net_conn import certificates, engine, errors, mutants, serve
from toys.net_conn.arguments import count, filled, listening_port, port, say, seconds, silence
from toys.net_conn.beside import Crowd
from toys.net_conn.client import UNTIL, Client, Errand, Narrator
from toys.net_conn.connection import Connection, Options
from toys.net_conn.handshake import context_for
from toys.toy9.journal import Journal
from toys.toy9.resolver import FAMILIES
from toys.toy9.sockets import written

VARIABLE = "TOYLAB_MUTANT"
TEST = "test"
"""Stands for the authority of the test certificates, wherever it is installed."""

STATUSES = "\n".join(f"  {row.status}  {row.code} ({row.name})" for row in errors.TABLE)
EXAMPLES = f"""\
examples:
  net_conn 127.0.0.1 80 --send 'hello' --until input
  net_conn localhost 8443 --tls --ca test
  net_conn serve 127.0.0.1 8443 --certificate expired

exit status: 0 ready and ended well, 2 usage, and for each error:
{STATUSES}
  {errors.OTHER_STATUS}  other
"""


def main(arguments: Sequence[str], mutant: str = "") -> int:
    """Runs the command and returns its exit status. `mutant` names a deliberately broken variant."""
    if arguments[:1] == ["serve"]:
        return listen(peer_parser().parse_args(arguments[1:]))
    options = parser().parse_args(list(arguments))
    try:
        variant = mutants.variant(mutant or os.environ.get(VARIABLE, ""))
        authority = str(certificates.AUTHORITY) if options.ca == TEST else options.ca
        context = context_for(authority, tuple(options.alpn)) if options.tls else None
    except (NoSuchMutant, OSError) as error:
        print(f"net_conn: {error}", file=sys.stderr)
        return 2
    how = Options(options.timeout, options.family, context, options.server_name, options.head_start)
    return connect(options, how, variant)


def warm() -> None:
    """Does what the first command line would, and what TLS does once in a process."""
    parser().parse_args(["127.0.0.1", "9", "--tls"])
    peer_parser().parse_args(["127.0.0.1", "9"])
    context_for(str(certificates.AUTHORITY))
    for name in certificates.NAMES:
        engine.context_for(name)


def connect(options: argparse.Namespace, how: Options, variant: type[Connection]) -> int:
    loop, tell = Loop(options.backend), silence if options.quiet else say
    journal = Narrator.from_environment()
    journal.say = tell
    errand = Errand(filled(options.send, options.send_bytes), options.until, options.read_size, options.input_bytes)
    client = Client(errand, journal, tell)
    journal.fact("target", f"{options.host} {options.port}")
    journal.fact("timeout_ms", round(how.timeout_s * 1000))
    journal.fact("head_start_ms", round(how.head_start_s * 1000))
    journal.fact("poller", options.backend)
    journal.fact("secure", "tls" if options.tls else "plain")
    client.crowd = crowd = Crowd(loop, journal, partial(variant, loop, port=options.port, options=how))
    crowd.begin(options.beside, options.apart)
    connection = variant(
        loop, options.host, options.port, options.tls,
        on_ready=client.ready, on_error=client.failed, options=how, journal=journal,
    )  # fmt: skip
    if options.close_after:
        client.patience = loop.after(options.close_after, partial(client.give_up, connection))
    loop.run()
    loop.close()
    return connection.failure.status if connection.failure else 0


def listen(options: argparse.Namespace) -> int:
    """Plays the peer; 30 where the address cannot be had, or what its error says."""
    certificate = "" if options.plain else options.certificate
    text = filled(options.text, options.bytes)
    play = serve.Play(options.behaviour, certificate, text, Journal.from_environment(), say)
    try:
        with serve.listen(options.address, options.port, options.receive_buffer) as listener:
            say(f"listening on {written(listener.getsockname())}")
            serve.serve(listener, play, options.connections)
    except OSError as error:
        failure = errors.of_error(error)
        sys.stderr.write(f"error {failure.code}: {failure.text} ({failure.name})\n")
        return failure.status
    return 0


@cache
def parser() -> argparse.ArgumentParser:
    it = argparse.ArgumentParser(
        prog="net_conn", description="Connect without blocking, with or without TLS. See also `net_conn serve --help`.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    it.add_argument("host", metavar="HOST")
    it.add_argument("port", metavar="PORT", type=port)
    it.add_argument("--tls", action="store_true", help="speak TLS, and check the certificate and its name")
    it.add_argument("--ca", metavar="FILE", help=f"trust these authorities (default: the system's; {TEST}: ours)")
    it.add_argument("--server-name", metavar="NAME", default="", help="whom the certificate is for (default: HOST)")
    it.add_argument("--alpn", metavar="NAME", action="append", default=[], help="offer this protocol, one of several")
    it.add_argument("--timeout", metavar="S", type=seconds, default=10.0, help="be ready within S seconds (10)")
    it.add_argument("--family", choices=FAMILIES, default="any", help="which addresses of a name to use")
    it.add_argument(
        "--head-start", metavar="S", type=seconds, default=0.0,
        help="let the addresses of a name race, each S seconds after the one before (default: one at a time)",
    )  # fmt: skip
    it.add_argument(
        "--beside", metavar="NAME", action="append", default=[],
        help="connect to NAME first, without TLS, and give that up when HOST is done with; may be given again",
    )  # fmt: skip
    it.add_argument("--apart", metavar="S", type=seconds, default=0.0, help="let S seconds pass after each --beside")
    it.add_argument("--backend", choices=BACKENDS, default="epoll")
    it.add_argument("--send", metavar="TEXT", default="", help="what to send when ready")
    it.add_argument("--send-bytes", metavar="N", type=count, default=0, help="N more bytes")
    it.add_argument("--read-size", metavar="N", type=count, default=65_536, help="how much to read at a time")
    it.add_argument("--input-bytes", metavar="N", type=count, default=1, help="how much input is enough (1)")
    it.add_argument("--until", choices=UNTIL, default="eof", help="when to close (default: at the peer's end)")
    it.add_argument("--close-after", metavar="S", type=seconds, help="close after S seconds, in whatever state")
    it.add_argument("--quiet", action="store_true", help="say nothing on stdout")
    return it


@cache
def peer_parser() -> argparse.ArgumentParser:
    it = argparse.ArgumentParser(prog="net_conn serve", description="Be a peer that behaves as asked.")
    it.add_argument("address", metavar="ADDRESS")
    it.add_argument("port", metavar="PORT", type=listening_port, help="0: one that is free")
    it.add_argument("--certificate", metavar="NAME", choices=certificates.NAMES, default="good",
                    help=f"one of {', '.join(certificates.NAMES)}")  # fmt: skip
    it.add_argument("--plain", action="store_true", help="no TLS")
    it.add_argument("--behaviour", choices=[*serve.SCRIPTS, *serve.BROKEN], default="echo")
    it.add_argument("--text", metavar="TEXT", default="", help="what to say first")
    it.add_argument("--bytes", metavar="N", type=count, default=0, help="N more bytes")
    it.add_argument("--receive-buffer", metavar="N", type=count, default=0, help="SO_RCVBUF: a small window")
    it.add_argument("--connections", metavar="N", type=count, default=1, help="how many to serve (default: one)")
    return it
