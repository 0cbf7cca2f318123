"""Every way in which a connection can fail: toy9's table for names and TCP, and rows of its own for TLS.

Codes, sentences and statuses are promises: scripts compare them.
"""

from __future__ import annotations

import errno
import socket
import ssl

from toys.toy9 import errors as tcp
from toys.toy9.errors import Failure

TLS: tuple[Failure, ...] = (
    Failure("TLS_UNTRUSTED", "certificate-untrusted", "nobody that is trusted has signed the certificate", 40),
    Failure("TLS_EXPIRED", "certificate-expired", "the certificate has expired", 41),
    Failure("TLS_WRONG_HOST", "certificate-for-another-host", "the certificate is for another host", 42),
    Failure("TLS_CUT", "tls-cut", "the peer ended TCP without ending TLS", 43),
    Failure("TLS_FAILED", "tls-failed", "this is no TLS that can be spoken here", 44),
)
UNTRUSTED, EXPIRED, WRONG_HOST, CUT, FAILED = TLS

TABLE = (*tcp.TABLE, *TLS)
OTHER_STATUS = tcp.OTHER_STATUS

BY_VERIFY_CODE = {10: EXPIRED, 62: WRONG_HOST, 64: WRONG_HOST}
"""X509_V_ERR_CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH; every other code is a chain that does not
hold, see x509_vfy.h."""

of_name, of_errno = tcp.of_name, tcp.of_errno


def of_stream(error: OSError, sock: socket.socket) -> Failure:
    """The failure of reading or writing.

    Python says of a reset in SSL_read() or SSL_write() what it says of a FIN, SSLEOFError; but a FIN is seen by OpenSSL
    itself, which gives a reason, and a socket that was reset has no peer any more. The kernel says EPIPE of a reset
    that follows the peer's FIN (tcp_reset() in net/ipv4/tcp_input.c).
    """
    if isinstance(error, (ssl.SSLEOFError, BrokenPipeError)) and not _is_fin(error) and not _has_peer(sock):
        return of_errno(errno.ECONNRESET)
    return of_error(error)


def _is_fin(error: OSError | ValueError) -> bool:
    """Whether OpenSSL itself met the end of TCP; before Python 3.11.3 that is no SSLEOFError."""
    return getattr(error, "reason", None) == "UNEXPECTED_EOF_WHILE_READING"


def _has_peer(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


def of_error(error: OSError | ValueError) -> Failure:
    """The failure of an exception of sockets, of the resolver or of TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return BY_VERIFY_CODE.get(error.verify_code, UNTRUSTED)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or _is_fin(error):
        return CUT
    if isinstance(error, (ssl.SSLError, ValueError)):  # a name that no certificate can be for is a ValueError
        return FAILED
    # Some versions of Python tell of a FIN within a handshake as of a system call that failed without an errno.
    return tcp.of_error(error) if error.errno else CUT
