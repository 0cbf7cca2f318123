"""Every mutant runs, and does something that the honest program does not.

That each is convicted, by exactly its clauses, is the kill matrix' affair.
"""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from tests.toys.scenes import SCENES, Ports, Seen, play
from toys.toy9 import mutants

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

SHOWN_BY = {
    "aborts-on-close": "banner",
    "accepts-itself": "itself",
    "announces-input-twice": "banner",
    "announces-the-wrong-error": "at-once",
    "announces-twice": "echo",
    "asks-a-denied-name-again": "no-server",
    "asks-again-at-once": "large",
    "asks-so-error-out-of-turn": "banner",
    "asks-the-same-all-day": "echo",
    "believes-an-old-address": "named",
    "believes-the-second-reading": "refused",
    "calls-back-after-the-end": "banner",
    "closes-on-a-hang-up": "banner",
    "closes-with-its-output": "half-close",
    "connects-blocking": "refused",
    "connects-from-elsewhere": "elsewhere",
    "connects-too-early": "refused",
    "dials-a-dead-socket": "refused",
    "dials-after-the-error": "refused",
    "dials-again": "refused",
    "dies-of-sigpipe": "reset-with-output",
    "drops-the-rest": "large",
    "exits-well-after-an-error": "refused",
    "fires-early": "alarm",
    "forgets-its-books": "echo",
    "forgets-nonblocking": "echo",
    "forgets-to-unwatch": "refused",
    "gives-no-reason": "refused",
    "hands-the-wake-up-on": "another",
    "has-two-outcomes": "echo",
    "ignores-error-alone": "silence",
    "ignores-input": "banner",
    "keeps-the-registration": "another",
    "keeps-the-timer": "patience",
    "leaks-the-socket": "refused",
    "leaves-a-child": "banner",
    "leaves-out-armed": "banner",
    "looks-up-literals": "refused",
    "misnames-a-dns-failure": "no-server",
    "names-endpoints-of-a-failure": "refused",
    "never-asks-for-room": "large",
    "never-asks-for-the-names": "echo",
    "never-tells": "echo",
    "never-tells-sent": "echo",
    "never-waits": "refused",
    "polls-without-waiting": "silence",
    "reads-before-connected": "refused",
    "reads-on-after-the-end": "banner",
    "reads-once-on-an-edge": "banner-edge",
    "reads-so-error-twice": "refused",
    "resolves-in-the-loop": "name",
    "revives-after-the-timeout": "silence",
    "says-connecting-late": "no-server",
    "sends-the-rest-twice": "large",
    "takes-a-reset-for-a-refusal": "reset",
    "takes-a-signal-for-an-error": "alarm",
    "takes-eagain-for-an-error": "large",
    "takes-reset-for-the-end": "reset",
    "takes-the-end-for-a-reset": "banner",
    "tells-a-turn-late": "echo",
    "tells-before-it-is-true": "echo",
    "tells-sent-too-early": "echo",
    "trusts-readiness": "refused",
    "waits-for-ever": "silence",
    "waits-for-input": "echo",
    "waits-on": "refused",
    "wakes-to-look": "silence",
    "watches-a-failed-connect": "at-once",
    "watches-again": "banner",
    "watches-before-connect": "refused",
    "writes-after-its-end": "half-close",
    "writes-before-connected": "refused",
}


@pytest.fixture
def ports(closed_port: int, full_port: int, listener: socket.socket) -> Ports:
    return Ports(closed_port, full_port, listener.getsockname()[1])


HONEST: dict[str, Seen] = {}


@pytest.fixture
def honest(request: pytest.FixtureRequest, ports: Ports, listener: socket.socket, tmp_path: Path) -> Seen:
    """What the honest program does in the same scene, seen once."""
    scene = SHOWN_BY.get(request.node.callspec.params.get("name", ""), request.node.callspec.params.get("scene", ""))
    if scene not in HONEST:
        HONEST[scene] = play(scene, "", ports, listener, tmp_path / "honest.txt")
    return HONEST[scene]


def test_each_mutant_has_its_scene() -> None:
    assert list(SHOWN_BY) == mutants.names()
    assert set(SHOWN_BY.values()) == set(SCENES)


@pytest.mark.parametrize("scene", SCENES)
def test_the_honest_program_does_the_same_again(
    honest: Seen, scene: str, ports: Ports, listener: socket.socket, tmp_path: Path
) -> None:
    assert play(scene, "", ports, listener, tmp_path / "again.txt") == honest


@pytest.mark.parametrize("name", SHOWN_BY)
def test_a_mutant_runs_and_differs(
    honest: Seen, name: str, ports: Ports, listener: socket.socket, tmp_path: Path
) -> None:
    seen = play(SHOWN_BY[name], name, ports, listener, tmp_path / "mutant.txt")
    assert seen != honest
    assert "Traceback" not in seen.stderr
    assert seen.said, "a mutant keeps a journal as the honest program does"


def test_the_honest_code_knows_of_no_mutant() -> None:
    honest_files = [file for file in Path(mutants.__file__).parents[1].glob("*.py") if file.name != "cli.py"]
    assert [file.name for file in honest_files if "mutant" in file.read_text(encoding="utf-8").lower()] == []


def test_a_mutant_is_named_after_its_file_and_says_its_sin_first() -> None:
    for name in mutants.names():
        module = mutants.load(name)
        assert (module.__doc__ or "").strip() == module.SIN
        assert len(module.CONVICTED_BY) == len(set(module.CONVICTED_BY))
