"""The table of errors is a promise: codes, sentences and statuses as scripts compare them."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from toys.toy9 import errors

PROMISED = """
ECONNREFUSED   refused                       10  connection refused
ENETUNREACH    network-unreachable           11  network unreachable
EHOSTUNREACH   host-unreachable              12  host unreachable
EACCES         prohibited                    13  prohibited on the way
ETIMEDOUT      timed-out                     14  timed out
EAI_NONAME     name-not-found                15  name not found
EAI_AGAIN      name-temporarily-unavailable  16  name temporarily unavailable
EAI_NODATA     no-address                    17  the name has no address
EADDRNOTAVAIL  address-not-available         18  address not available
ECONNRESET     reset                         19  connection reset
"""


def test_the_table_says_what_was_promised() -> None:
    rows = [line.split(None, 3) for line in PROMISED.strip().splitlines()]
    assert [(f.name, f.code, str(f.status), f.text) for f in errors.TABLE] == [tuple(row) for row in rows]
    assert errors.CONNECTED_TO_ITSELF == ("ECONNREFUSED", "connected-to-itself", "connected to itself", 20)


def test_an_error_without_a_row_is_other_in_the_c_librarys_words() -> None:
    failure = errors.of_errno(errno.EMFILE)
    assert failure == ("EMFILE", "other", os.strerror(errno.EMFILE).lower(), 30)
    assert errors.of_errno(9999).name == "E9999"


@pytest.mark.parametrize("name", ["EOPNOTSUPP", "EDEADLK", "EAGAIN", "ECONNREFUSED"])
def test_of_two_names_for_one_number_the_manuals_is_announced(name: str) -> None:
    assert errors.of_errno(getattr(errno, name)).name == name


@pytest.mark.parametrize("name", ["EAI_NONAME", "EAI_AGAIN", "EAI_NODATA", "EAI_FAIL"])
def test_the_resolvers_numbers_are_not_taken_for_the_kernels(name: str) -> None:
    raised = socket.gaierror(getattr(socket, name), "as the C library says it")
    assert errors.of_error(raised).name == name
    assert errors.of_error(OSError(errno.ECONNRESET, "")).code == "reset"
