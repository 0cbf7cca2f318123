"""The server's lines on stdout, where stdout is a file that others write to, or a pipe that nobody reads."""

from __future__ import annotations

import os
from pathlib import Path

from toys.chat.log import MOST_BYTES, Log


def test_who_shares_a_file_with_the_log_writes_behind_it_and_not_over_it(tmp_path: Path) -> None:
    shared = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    log = Log(lambda flush: None, shared)
    os.write(shared, b"a shell\n")
    log.tell("the server")
    log.flush()
    os.write(shared, b"a client\n")
    os.close(shared)
    assert (tmp_path / "log").read_text() == "a shell\nthe server\na client\n"


def test_a_pipe_that_nobody_reads_blocks_nobody_and_is_told_how_much_was_left_out() -> None:
    reads, writes = os.pipe()
    log = Log(lambda flush: None, writes)
    line = "x" * 1023
    for _ in range(3 * MOST_BYTES // 1024):
        log.tell(line)
        log.flush()
    assert os.get_blocking(writes), "whoever shares the pipe is not made to be non-blocking"
    heard = os.read(reads, MOST_BYTES)
    log.flush()
    heard += os.read(reads, 2 * MOST_BYTES)
    log.flush()
    log.flush()
    heard += os.read(reads, 2 * MOST_BYTES)
    *lines, last = heard.decode().splitlines()
    assert set(lines) == {line}
    assert last == f"[Server] {3 * MOST_BYTES // 1024 - len(lines)} lines were left out"
