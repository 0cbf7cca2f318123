"""What the arguments of the command line may be, and how the program speaks."""

from __future__ import annotations

import argparse
import os
import sys

LARGEST_PORT, LARGEST_COUNT, LARGEST_S = 65_535, 2**31 - 1, 1_000_000
FILLER = b"0123456789abcdef"


def port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to {LARGEST_PORT})")
    return int(text)


def listening_port(text: str) -> int:
    return 0 if text == "0" else port(text)


def count(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_COUNT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number up to {LARGEST_COUNT}")
    return int(text)


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 < value < LARGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds")
    return value


def filled(text: str, size: int) -> bytes:
    """The text, followed by `size` bytes of filler."""
    return text.encode() + (FILLER * (size // len(FILLER) + 1))[:size]


def say(text: str) -> None:
    """One line on stdout, now. Where nobody reads any more, nothing, and the connection goes on."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), sys.stdout.fileno())


def silence(text: str) -> None:
    """--quiet."""
