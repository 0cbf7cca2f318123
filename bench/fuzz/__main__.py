"""`python -m bench.fuzz PATH [SECONDS [SEED]]`, and `python -m bench.fuzz PATH --replay FILE`.

SECONDS are of processor time. The seed is printed and tells the whole run; each finding is written as the smallest
inputs that still show it. Exit status 1 if there is any.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from functools import partial
from importlib import import_module
from pathlib import Path as File

from bench.fuzz import case
from bench.fuzz.case import Case
from bench.fuzz.engine import Run, kind_of, troubled
from bench.fuzz.target import Path

PATHS = {
    "http1": "http:HTTP1", "detect": "http:DETECT", "https": "http:HTTPS", "http2": "frames:HTTP2",
    "chat": "chat:LINES", "chat-client": "chat_client:CLIENT", "net-conn": "net_conn:PLAIN", "tls": "tls:TLS",
    "scenario": "scenario:SCENARIO",
}  # fmt: skip
"""The module, and what it calls the path."""


def main() -> int:
    options = _parser().parse_args()
    module, _, name = PATHS[options.path].partition(":")
    path: Path = getattr(import_module(f"bench.fuzz.{module}"), name)
    if options.replay:
        return replay(path, options.replay)
    return fuzz(options.path, path, options.seconds, options.seed, options.output)


def fuzz(name: str, path: Path, seconds: float, seed: int, output: File) -> int:
    run = Run(path, seed, partial(keep, name, seed, output))
    print(f"{name}: seed {seed}, {seconds:g} s of processor time", flush=True)
    begun, cpu_begun = time.monotonic(), time.process_time()
    run.go_on(seconds)
    cpu, wall = time.process_time() - cpu_begun, time.monotonic() - begun
    print(
        f"{run.executions} inputs in {cpu:.0f} s of processor time ({wall:.0f} s): {run.executions / cpu:,.0f} a second"
        f"; {len(run.corpus)} kept, {len(run.coverage)} pairs of lines, {len(run.findings)} found"
    )  # fmt: skip
    return int(bool(run.findings))


def keep(name: str, seed: int, folder: File, kind: str, cases: list[Case]) -> None:
    """A finding, in a file that `--replay` does again."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-{seed}-{len(list(folder.iterdir()))}.jsonl"
    file.write_text(case.written(cases))
    print(f"found: {kind}\n  python -m bench.fuzz {name} --replay {file}", flush=True)


def replay(path: Path, file: File) -> int:
    trouble = None
    for number in range(4):  # pollers take turns
        trouble = trouble or troubled(path, number, iter(case.read(file)))
    if trouble is None:
        print("nothing happens")
        return 0
    traceback.print_exception(trouble)
    print(kind_of(trouble))
    return 1


def _parser() -> argparse.ArgumentParser:
    it = argparse.ArgumentParser(prog="python -m bench.fuzz", description="Fuzz a parser of the toys or of the lab.")
    it.add_argument("path", choices=PATHS)
    it.add_argument("seconds", nargs="?", type=float, default=60.0, help="processor time (default: 60)")
    it.add_argument("seed", nargs="?", type=int, default=time.time_ns() % 1_000_000_007)
    it.add_argument("--output", type=File, default=File("fuzz-findings"), help="a folder for what is found")
    it.add_argument("--replay", type=File, metavar="FILE", help="do this again")
    return it


if __name__ == "__main__":
    sys.exit(main())
