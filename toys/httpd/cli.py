"""The command line of httpd: `httpd ADDRESS PORT`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import cache

from toys.httpd import log, mutants
from toys.httpd.demo import add_routes
from toys.httpd.limits import Limits
from toys.httpd.listener import Made
from toys.httpd.missing import Missing, import_or_explain
from toys.httpd.server import Server
from toys.loop import BACKENDS
from toys.mutants import NoSuchMutant
from toys.toy9.journal import VARIABLE as JOURNAL
from toys.toy9.journal import Journal

VARIABLE = "TOYLAB_MUTANT"
NEEDED = ("httptools",)
FAILED, USAGE, MISSING = 1, 2, 3
EXAMPLES = """\
examples:
  httpd 127.0.0.1 8080
  httpd :: 8080 --most-connections 10000 --idle-timeout 30
  httpd 127.0.0.1 8443 --tls cert.pem key.pem
  curl http://127.0.0.1:8080/api/status

routes: /, /api/status, /api/data, POST /echo, /slow?ms=N, /bytes?n=N

exit status: 0 stopped in order, 1 the address cannot be had, 2 usage, 3 a library is missing
"""


def main(arguments: Sequence[str], mutant: str = "") -> int:
    """Serves until it is told to stop. `mutant` names a deliberately broken variant."""
    options = parser().parse_args(list(arguments))
    try:
        variant = mutants.variant(mutant or os.environ.get(VARIABLE, ""))
        for name in NEEDED:
            import_or_explain(name)
        server = _server(options, variant)
    except NoSuchMutant as unknown:
        return _failed(str(unknown), USAGE)
    except Missing as missing:
        return _failed(str(missing), MISSING)
    except OSError as error:
        return _failed(f"{' '.join(options.tls)}: {error.strerror or error}", USAGE)
    try:
        server.start()
    except OSError as error:
        return _failed(f"cannot listen on {options.address} port {options.port}: {error.strerror or error}", FAILED)
    server.run()
    return 0


def _failed(text: str, status: int) -> int:
    print(f"httpd: {text}", file=sys.stderr)
    return status


def warm() -> None:
    """Does what the first command line and the first requests would; what is not installed is missed later."""
    parser().parse_args(["127.0.0.1", "80"])
    for name in ("httptools", "h2.connection", "toys.httpd.http2", "toys.httpd.tls"):
        try:
            import_or_explain(name)
        except Missing:
            return


def _server(options: argparse.Namespace, variant: mutants.Variant) -> Server:
    limits = Limits(
        connections=options.most_connections, idle_s=options.idle_timeout, head_s=options.header_timeout,
        body_s=options.body_timeout, body_bytes=options.most_body, linger_s=options.linger, grace_s=options.grace,
    )  # fmt: skip
    connection: Made = variant.connection
    if options.tls:
        from toys.httpd.tls import connection_with

        certificate, key = options.tls
        connection = connection_with(certificate, key, variant.tls or variant.connection)
    server = variant.server(
        options.address, options.port, backend=options.backend, limits=limits,
        say=log.silence if options.quiet else log.info, is_verbose=options.verbose and not options.quiet,
        journal=Journal.from_environment() if os.environ.get(JOURNAL) else None,
        listener=variant.listener, connection=connection,
    )  # fmt: skip
    server.context.tell("secure", "tls" if options.tls else "plain")
    add_routes(server)
    server.stop_after(requests=options.requests, connections=options.connections, seconds=options.stop_after)
    return server


@cache
def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="httpd", description="Serve HTTP/1.1 and HTTP/2 in one thread.", epilog=EXAMPLES,
        formatter_class=_formatter, allow_abbrev=False,
    )  # fmt: skip
    standard = Limits()
    whole.add_argument("address", help="an IPv4 or IPv6 address of this machine; :: is all of them")
    whole.add_argument("port", type=_port, help="0 is any free one")
    whole.add_argument("--backend", choices=list(BACKENDS), default="epoll-et", help="default: %(default)s")
    whole.add_argument("--most-connections", type=_connections, default=standard.connections, metavar="N",
                       help="at once, up to 10000; others wait (default: %(default)s)")  # fmt: skip
    for name, value, text in (
        ("idle", standard.idle_s, "a connection with nothing under way is closed"),
        ("header", standard.head_s, "the head of a request must be there, 408 otherwise"),
        ("body", standard.body_s, "the body of a request must be there, 408 otherwise"),
    ):
        whole.add_argument(f"--{name}-timeout", type=_seconds, default=value, metavar="S",
                           help=f"seconds after which {text} (default: %(default)g)")  # fmt: skip
    whole.add_argument("--most-body", type=_count, default=standard.body_bytes, metavar="N",
                       help="bytes that the body of a request may have, 413 beyond (default: %(default)s)")  # fmt: skip
    whole.add_argument("--linger", type=_seconds, default=standard.linger_s, metavar="S",
                       help="how long a refused request's rest is thrown away (default: %(default)g)")  # fmt: skip
    whole.add_argument("--grace", type=_seconds, default=standard.grace_s, metavar="S",
                       help="how long what was begun may take at the end (default: %(default)g)")  # fmt: skip
    whole.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), default=(), help="PEM files; HTTP/2 by ALPN")
    whole.add_argument("--certificate", dest="tls", type=_test_certificate, metavar="NAME",
                       help="TLS with a test certificate, whose key everybody has")  # fmt: skip
    whole.add_argument("--requests", type=_count, default=0, metavar="N", help="stop after so many answers")
    whole.add_argument("--connections", type=_count, default=0, metavar="N", help="stop when so many have ended")
    whole.add_argument("--for", type=_seconds, default=0, metavar="S", dest="stop_after", help="stop after this time")
    whole.add_argument("--verbose", action="store_true", help="a line for each request")
    whole.add_argument("--quiet", action="store_true", help="say nothing on stdout")
    return whole


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Of a fixed width: asking the terminal for it would import what takes a megabyte."""
    return argparse.RawDescriptionHelpFormatter(prog, width=110)


def _test_certificate(name: str) -> tuple[str, str]:
    """Certificate and key, which are in one file."""
    from toys.net_conn import certificates

    try:
        return (str(certificates.path(name)),) * 2
    except KeyError:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(certificates.NAMES)}") from None


def _port(text: str) -> int:
    return _whole(text, 0, 65_535, "a port (0 to 65535)")


def _connections(text: str) -> int:
    return _whole(text, 1, 10_000, "a number of connections (1 to 10000)")


def _count(text: str) -> int:
    return _whole(text, 1, 2**31 - 1, "a whole number above 0")


def _whole(text: str, low: int, high: int, what: str) -> int:
    if not text.isdecimal() or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 < value < 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds")
    return value
