"""A sample scenario that uses most of the format, and files written beside it with one thing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.case import Case
from harness.errors import InputError
from harness.expand import cases
from harness.load import load

collect_ignore = ["refused-twice.toylab.yaml"]
"""It is read here, never run: its expectations contradict each other."""

SAMPLE = Path(__file__).parent / "refused-twice.toylab.yaml"
SMALL = """\
scenario: small
spec: toy9
why: The smallest scenario that there can be.
subject: toy9 connect {host} {port}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file into an empty directory, which becomes the current one."""
    monkeypatch.chdir(tmp_path)

    def written(content: str | bytes, name: str = "small.toylab.yaml") -> Path:
        path = Path(name)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture
def small() -> str:
    return SMALL


@pytest.fixture
def sample() -> Path:
    return SAMPLE


@pytest.fixture
def make(write: Write, small: str) -> Callable[..., list[Case]]:
    """The cases of the small scenario with these lines behind it, or with a subject of its own."""

    def made(lines: str = "", subject: str = "subject: toy9 connect {host} {port}\n") -> list[Case]:
        return cases(load(write(small.replace("subject: toy9 connect {host} {port}\n", subject) + lines)))

    return made


@pytest.fixture
def complaint(write: Write) -> Callable[..., str]:
    """What the loader says of a file; the file must be refused with every position inside of it."""

    def said(content: str | bytes, name: str = "small.toylab.yaml") -> str:
        path = write(content, name)
        with pytest.raises(InputError) as caught:
            load(path)
        lines = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for problem in caught.value.problems:
            assert problem.file == str(path)
            assert 1 <= problem.line <= len(lines)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        return str(caught.value)

    return said
