"""The scenario loader under the fuzzer: whatever a file holds, it is a scenario or an InputError, and never a crash."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path as File

from bench.fuzz.case import Case
from bench.fuzz.coverage import ROOT
from bench.fuzz.mutation import Grammar, tweak
from bench.fuzz.target import Path, Trouble
from harness.errors import InputError
from harness.load import load

LARGEST_SEED = 1200
WORDS = (
    b"\n", b": ", b"- ", b"{", b"}", b"[", b"]", b", ", b'"', b"'", b"|\n", b">-\n", b"&a ", b"*a", b"<<: *a\n",
    b"!!int ", b"!!python/object ", b"? ", b"%YAML 1.1\n", b"---\n", b"...\n", b"\t", b"#", b"null", b"~", b"true",
    b"off", b"12:30", b"0o17", b".nan", b".inf", b"1e400", b"-0", b"2026-01-01", b"\x00", b"\xff", b"\xef\xbb\xbf",
    "\u2028".encode(), b"x" * 5000, b"[" * 500, b"matrix:\n  family: [ipv4, ipv6]\n", b"hosts:\n  a: {}\n", b"wire:\n",
    b"  - {on: 'SYN #1', do: drop}\n", b"expect:\n", b"{delay: 1h}", b"clauses: {T9-01: pass}\n", b"{family}",
    b"{server}", b"{", b"${", b"subject: {run: toy9}\n", b"20ms", b"-20ms", b"slow: true\n",
)  # fmt: skip


class Loader:
    def __init__(self, number: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._file = File(self._folder.name) / "refused.yaml"

    def run(self, case: Case) -> None:
        self._file.write_bytes(case.data)
        try:
            load(self._file)
        except InputError as error:
            if not error.problems or not all(problem.line > 0 and problem.column > 0 for problem in error.problems):
                raise Trouble("a mistake has no place") from None
            str(error)

    def check(self) -> None:
        """Nothing is kept between two files."""

    def close(self) -> None:
        self._folder.cleanup()


def split(data: bytes) -> list[bytes]:
    return re.findall(rb"\n *|[\w.-]+|[^\w\n]", data, re.DOTALL)


def seeds() -> tuple[bytes, ...]:
    """Small scenarios of every spec, under one name."""
    files = sorted((ROOT / "scenarios").glob("*/*.yaml"))
    texts = [file.read_bytes() for file in files if file.stat().st_size < LARGEST_SEED]
    return tuple(re.sub(rb"(?m)^scenario: .*$", b"scenario: refused", text) for text in texts[::4])


SCENARIO = Path(Grammar(seeds(), split, WORDS, tweak), Loader, ("harness",))
