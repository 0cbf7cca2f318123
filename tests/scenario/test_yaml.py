"""YAML 1.2 and nothing else: what its scalars mean, what of it is refused, and what no file may do to the loader."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.expand import cases
from harness.load import load
from harness.yamlmarks import read

Complaint = Callable[..., str]
Write = Callable[..., Path]

CORE: dict[str, Any] = {
    "yes": "yes", "no": "no", "on": "on", "off": "off", "y": "y",
    "true": True, "True": True, "TRUE": True, "tRue": "tRue",
    "false": False, "null": None, "~": None, "": None, "Null": None, "nULL": "nULL",
    "12:30": "12:30", "1:2:3": "1:2:3", "017": "017", "0o17": 15, "0x1F": 31, "0b11": "0b11", "1_000": "1_000",
    "+5": 5, "-5": -5, "-0": 0, "1.5": 1.5, ".5": 0.5, "5.": 5.0, "1e3": 1000.0, "1.10": 1.1,
    ".inf": math.inf, "-.inf": -math.inf,
    "inf": "inf", "nan": "nan", "2026-11-21": "2026-11-21", "10.0.0.1": "10.0.0.1", "fd00::1": "fd00::1", "=": "=",
    "99999999999999999999": "99999999999999999999", '"5"': "5", "'true'": "true", "é": "é", "1,000": "1,000",
}  # fmt: skip


@pytest.mark.parametrize("text", CORE)
def test_a_plain_scalar_means_what_the_core_schema_says(text: str) -> None:
    value = read(f"a: {text}\n".encode(), "x").data["a"]
    assert value == CORE[text]
    assert isinstance(value, type(CORE[text]))


@pytest.mark.parametrize("written", ["+1000", "1.10", "0x1f", "1e3", "-0", "5"])
def test_a_number_where_a_text_is_wanted_is_the_text_as_written(written: str, write: Write) -> None:
    text = f"subject: {{run: toy9 connect, environment: {{N: {written}}}}}\n"
    [case] = cases(load(write(f"scenario: small\nspec: toy9\nwhy: Numbers become texts.\n{text}")))
    assert case.subject.environment == {"N": written}


@pytest.mark.parametrize("prefix", ["\ufeff", "# a comment\n", "---\n", "%YAML 1.2\n---\n", "\n\n", "\ufeff---\n"])
def test_what_may_stand_before_the_scenario(prefix: str, small: str, write: Write) -> None:
    assert load(write(prefix + small)).scenario == "small"


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_lines_may_end_in_any_way(line_end: str, small: str, complaint: Complaint, write: Write) -> None:
    assert load(write(small.replace("\n", line_end))).why == "The smallest scenario that there can be."
    said = complaint((small + "tagz: []\n").replace("\n", line_end))
    assert said.startswith("small.toylab.yaml:5:1: 'tagz' is not known here")
    assert "    5 | tagz: []\n        ^" in said


def test_anchors_say_things_twice(small: str, write: Write) -> None:
    rules = "wire:\n  - {on: S, do: &late {delay: 10ms}}\n  - {on: SA, do: *late}\n"
    [case] = cases(load(write(small + rules)))
    assert [rule.delay_ms for rule in case.plan.rules] == [10, 10]


def test_a_mistake_in_an_anchor_is_told_where_it_is_written(small: str, complaint: Complaint) -> None:
    said = complaint(small + "wire:\n  - {on: S, do: &late {delay: 10}}\n  - {on: SA, do: *late}\n")
    assert said.count("small.toylab.yaml:6:31: a duration needs its unit") == 1


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "an empty file": ("", "1:1: the file is empty"),
    "blanks alone": ("  \n\n", "1:1: the file is empty"),
    "comments alone": ("# nothing\n", "1:1: the file holds only comments"),
    "a document without content": ("---\n", "1:1: a scenario is a mapping"),
    "a list": ("- a\n- b\n", "1:1: a scenario is a mapping"),
    "a text": ("hello\n", "1:1: a scenario is a mapping"),
    "a number": ("5\n", "1:1: a scenario is a mapping"),
    "an empty mapping": ("{}\n", "1:1: `scenario` is missing"),
    "two documents": ("SMALL---\na: 1\n", "5:1: the file holds more than one document"),
    "a key twice": ("SMALLspec: toy9\n", "5:1: 'spec' is given twice; the first is in line 2"),
    "a key twice inside": ("SMALLtarget: {port: 1, port: 2}\n", "5:19: 'port' is given twice; the first is in line 5"),
    "a key twice in quotes": ('SMALL"spec": toy9\n', "5:1: 'spec' is given twice"),
    "a tab": ("SMALLtarget:\n\tport: 9\n", "6:1: a tab stands where only blanks are allowed; indent with blanks"),
    "a tab behind blanks": ("SMALLtarget:\n  port: 9\n \thost: server\n", "7:"),
    "a merge key": (
        "SMALLtarget: &t {port: 9}\nresolver: {<<: *t}\n",
        "6:12: merge keys (<<) are not part of YAML 1.2",
    ),
    "a tag of Python": ("SMALLtags: !!python/name:os.system\n", "5:7: tags such as"),
    "a tag that runs things": ("SMALLtags: !!python/object/apply:os.system [ls]\n", "5:7: tags such as"),
    "an own tag": ("SMALLtags: !mine [a]\n", "5:7: tags such as !mine are not allowed; write the plain value"),
    "a set": ("SMALLtags: !!set {a, b}\n", "5:7: tags such as"),
    "a date by its tag": ("SMALLdeadline: !!timestamp 2026-11-21\n", "5:11: tags such as"),
    "a key that is a list": ("SMALL? [a, b]\n: c\n", "5:3: a key must be a text"),
    "a key that is a mapping": ("SMALL{a: b}: c\n", "5:1: a key must be a text"),
    "an alias without an anchor": ("SMALLtags: *nothing\n", "5:7: this alias has no anchor above it"),
    "an anchor inside itself": ("SMALLtags: &a [*a]\n", "5:"),
    "an alias bomb": (BOMB, "anchors multiply this to more than 20000 values"),
    "nested lists": ("SMALLtags: " + "[" * 100 + "]" * 100 + "\n", "5:"),
    "very deeply nested lists": ("SMALLtags: " + "[" * 50_000 + "\n", "5:"),
    "very deeply nested mappings": ("SMALLtags: " + "{a: " * 30_000 + "\n", "5:"),
    "very deeply nested lines": (
        "SMALLtags:\n" + "".join(f"{' ' * n}-\n" for n in range(1, 400)),
        "more than 32 levels",
    ),
    "very deeply nested dashes": ("SMALLtags:\n " + "- " * 50_000 + "a\n", "6:"),
    "very deeply nested questions": ("SMALLtags:\n " + "? " * 50_000 + "a\n", "6:"),
    "a list without an end": ("SMALLtags: [a, b\n", "5:7: a list opened with '[' is not closed"),
    "a mapping without an end": ("SMALLtarget: {port: 9\n", "5:9: a mapping opened with '{' is not closed"),
    "a quote without an end": ('SMALLtags: ["a]\n', "5:8: a quote that is opened here is never closed"),
    "a single quote without an end": ("SMALLtags: ['a]\n", "5:8: a quote that is opened here is never closed"),
    "two colons": ("SMALLtarget: port: 9\n", "5:13: a ':' stands where no key can be"),
    "a key without a colon": ("SMALLtarget\n", "5:7: a key without ':'"),
    "a key out of line": ("SMALLtarget:\n    port: 9\n  host: server\n", "7:3: the indentation does not fit"),
    "an item out of line": ("SMALLtags:\n    - a\n  - b\n", "7:3: the indentation does not fit"),
    "an unknown escape": ('SMALLtags: ["\\q"]\n', "5:9: an unknown escape in a quoted text"),
    "an at sign": ("SMALLtags: [@a]\n", "5:8: a text cannot start with '@'"),
    "a backtick": ("SMALLtags: [`a]\n", "5:8: a text cannot start with '`'"),
    "a percent sign": ("SMALLtags: [%a]\n", "5:8: a text cannot start with '%'"),
    "a null byte": (b"SMALLtags: [a\0b]\n", "5:9: character U+0000 is not allowed here"),
    "a bell": ("SMALLtags: [a\a]\n", "5:9: character U+0007 is not allowed here"),
    "an escape sequence": ("SMALLtags: [\x1b[31m]\n", "5:8: character U+001B is not allowed here"),
    "a next line of IBM": ("SMALLtags: [\x85a]\n", "5:8: character U+0085 is not allowed here"),
    "a line separator": ("SMALLtags: [\u2028a]\n", "5:8: character U+2028 is not allowed here"),
    "a paragraph separator": ("SMALLtags: [\u2029a]\n", "5:8: character U+2029 is not allowed here"),
    "a byte order mark inside": ("SMALLtags: [\ufeffa]\n", "5:8: "),
    "Latin-1": (b"SMALLtags: [caf\xe9]\n", "5:11: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    "UTF-16": ("scenario: small\n".encode("utf-16"), "1:1: byte 0xff is not UTF-8"),
    "half a character": (b"SMALLtags: [\xc3]\n", "5:8: byte 0xc3 is not UTF-8"),
    "half of a surrogate pair": (b"SMALLtags: [\xed\xa0\x80]\n", "5:8: byte 0xed is not UTF-8"),
    "an escaped surrogate": ('SMALLtags: ["\\ud800"]\n', "5:"),
    "random bytes": (bytes(range(128, 256)), "1:1: byte 0x80 is not UTF-8"),
    "a large file": ("SMALL" + "# filler\n" * 20_000, "1:1: the file is larger than 128 KiB"),
    "a long number": ("SMALLtarget: {port: " + "9" * 5_000 + "}\n", "5:16: a whole number was expected"),
    "a long key": ("SMALL" + "k" * 5_000 + ": 1\n", "5:"),
    "a directive": ("%TAG ! tag:example.com,2026:\n---\nSMALLtags: [!a b]\n", "7:8: tags such as"),
    "a wrong version": ("%YAML 3.0\n---\nSMALL", "1:"),
    "a stray brace": ("SMALL}\n", "5:1: "),
    "a JSON file that is cut": ('{"scenario": "small", "spec"', "1:"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what: str, small: str, complaint: Complaint) -> None:
    content, expected = REFUSED[what]
    filled = content.replace("SMALL", small) if isinstance(content, str) else content.replace(b"SMALL", small.encode())
    assert expected in complaint(filled)


def test_a_scenario_may_be_written_as_json(write: Write) -> None:
    text = (
        '{"scenario": "small", "spec": "toy9", "why": "JSON is YAML, too.",\n\t"subject": "toy9 connect {host} {port}"}'
    )
    [case] = cases(load(write(text)))
    assert case.subject.argv == ("toy9", "connect", "10.0.0.2", "7")
