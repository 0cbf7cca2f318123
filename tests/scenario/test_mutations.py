"""Files broken at random: each is refused with a place inside of it or makes cases, and nothing else ever comes out.

What the loader accepts, the schema for editors must accept as well.
"""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from msgspec.json import decode, encode

from harness.case import Case
from harness.errors import InputError
from harness.expand import cases
from harness.load import load
from harness.schema import json_schema
from harness.yamlmarks import read

SAMPLE = (Path(__file__).parent / "refused-twice.toylab.yaml").read_bytes()
DATA = json.loads(json.dumps(read(SAMPLE, "sample").data))
VALIDATOR = Draft202012Validator(json_schema())
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([]), st.just({}), st.just([[]]),
    st.just({"a": 1}),
    st.sampled_from(["client", "10.0.0.1", "5s", "{host}", "S #1", "NXDOMAIN", "target", "\0", "é\n"]),
)  # fmt: skip
KEYS = st.one_of(
    st.text(max_size=6), st.sampled_from(["on", "to", "if", "then", "A", "answer", "ipv4", "family", "<<", "0"])
)
TREES = st.recursive(
    ANYTHING, lambda tree: st.one_of(st.lists(tree, max_size=3), st.dictionaries(KEYS, tree, max_size=3))
)
PLAIN_BYTES = st.sampled_from([b"\t", b"\0", b"\r", b"\n", b" ", b":", b"- ", b"#", b"{", b"}", b"[", b"]", b"'", b'"'])
BYTES = st.one_of(
    st.binary(max_size=3), PLAIN_BYTES, st.sampled_from([b"&a ", b"*a", b"!!x ", b"\xef\xbb\xbf", b"\xff", b"{}"])
)


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory) / "refused-twice.toylab.yaml"


def _judge(path: Path, content: bytes) -> bool:
    """Whether the file is accepted. What is refused has places inside the file; what is accepted becomes cases."""
    path.write_bytes(content)
    try:
        scenario = load(path)
    except InputError as error:
        _check_places(error, content)
        return False
    assert VALIDATOR.is_valid(read(content, "sample").data)
    for case in cases(scenario):
        assert decode(encode(case), type=Case) == case
    return True


def _check_places(error: InputError, content: bytes) -> None:
    lines = content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert error.problems
    for problem in error.problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert problem.message.isprintable()
        assert problem.excerpt.isprintable()


def _containers(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in the data, as its container and the key or number in it."""
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield data, key
        yield from _containers(data[key])


def _written(data: Any) -> bytes:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")


@settings(max_examples=100)
@given(st.data())
def test_a_value_of_another_kind(path: Path, data: st.DataObject) -> None:
    broken = copy.deepcopy(DATA)
    container, key = data.draw(st.sampled_from(list(_containers(broken))))
    container[key] = data.draw(ANYTHING)
    _judge(path, _written(broken))


@settings(max_examples=100)
@given(st.data())
def test_a_key_or_an_item_that_is_gone(path: Path, data: st.DataObject) -> None:
    broken = copy.deepcopy(DATA)
    container, key = data.draw(st.sampled_from(list(_containers(broken))))
    del container[key]
    _judge(path, _written(broken))


@settings(max_examples=100)
@given(st.data())
def test_a_key_of_another_name(path: Path, data: st.DataObject) -> None:
    broken = copy.deepcopy(DATA)
    places = [(container, key) for container, key in _containers(broken) if isinstance(container, dict)]
    container, key = data.draw(st.sampled_from(places))
    container[data.draw(KEYS)] = container.pop(key)
    _judge(path, _written(broken))


@settings(max_examples=50)
@given(st.data())
def test_a_part_in_the_place_of_another(path: Path, data: st.DataObject) -> None:
    broken = copy.deepcopy(DATA)
    places = list(_containers(broken))
    (container, key), (other, part) = data.draw(st.tuples(st.sampled_from(places), st.sampled_from(places)))
    container[key] = copy.deepcopy(other[part])
    _judge(path, _written(broken))


@settings(max_examples=100)
@given(st.integers(0, len(SAMPLE)), BYTES)
def test_bytes_that_are_put_in(path: Path, place: int, bytes_: bytes) -> None:
    _judge(path, SAMPLE[:place] + bytes_ + SAMPLE[place:])


@settings(max_examples=100)
@given(st.integers(0, len(SAMPLE)), st.integers(0, 200))
def test_bytes_that_are_gone(path: Path, place: int, count: int) -> None:
    _judge(path, SAMPLE[:place] + SAMPLE[place + count :])


@settings(max_examples=50)
@given(st.integers(0, len(SAMPLE)))
def test_a_file_that_ends_early(path: Path, place: int) -> None:
    _judge(path, SAMPLE[:place])


@settings(max_examples=75)
@given(st.integers(0, len(SAMPLE.splitlines()) - 1), st.integers(0, len(SAMPLE.splitlines())))
def test_a_line_that_is_there_twice(path: Path, source: int, place: int) -> None:
    lines = SAMPLE.splitlines(keepends=True)
    _judge(path, b"".join([*lines[:place], lines[source], *lines[place:]]))


@settings(max_examples=100)
@given(TREES)
def test_a_file_that_is_no_scenario_at_all(path: Path, data: Any) -> None:
    assert not _judge(path, _written(data))


@settings(max_examples=100)
@given(st.binary(max_size=64))
def test_a_file_of_bytes(path: Path, content: bytes) -> None:
    assert not _judge(path, content)


def test_the_sample_itself_is_accepted(path: Path) -> None:
    assert _judge(path, SAMPLE)
    assert _judge(path, _written(DATA))
