"""YAML text before it becomes data: what is unfit for the parser, the parser, and its complaints in plain words."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

LIMIT_BYTES = 128 * 1024
LIMIT_DEPTH = 32
SAFE_BRACKETS = 1_000
"""PyYAML's C composer recurses without a check and dies at some ten thousand levels: above this, count levels first."""
TOO_DEEP = (f"this is nested more than {LIMIT_DEPTH} levels deep", "no scenario needs so many")

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mark(NamedTuple):
    """A place in the file, line and column from 1."""

    line: int
    column: int


Complaint = tuple[Mark, str, str]
"""Where, what, and a hint."""


def mark_of(mark: Any) -> Mark:
    """The parser's mark, counted from 1."""
    return Mark(mark.line + 1, mark.column + 1)


_UNFIT = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Also U+0085, U+2028 and U+2029, which end a line for the parser and for no editor."""


def decoded(raw: bytes) -> tuple[str, Complaint | None]:
    if len(raw) > LIMIT_BYTES:
        return "", (Mark(1, 1), f"the file is larger than {LIMIT_BYTES // 1024} KiB", "is this a scenario?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        return "", (_place(before), f"byte 0x{raw[error.start]:02x} is not UTF-8", "save the file as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n"), None


def unfit(text: str) -> Complaint | None:
    if junk := _UNFIT.search(text):
        return _place(text[: junk.start()]), f"character U+{ord(junk.group()):04X} is not allowed here", "remove it"
    if not text.strip():
        return Mark(1, 1), "the file is empty", "a scenario needs at least scenario, spec, why and subject"
    indent = max(len(line) - len(line.lstrip(" -?:\t!&*")) for line in text.splitlines())
    if text.count("[") + text.count("{") + 2 * indent > SAFE_BRACKETS:
        return _too_deep(text)
    return None


def _too_deep(text: str) -> Complaint | None:
    """Counts levels event by event, without recursion; broken syntax is left for the composer to report."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > LIMIT_DEPTH:
                return mark_of(event.start_mark), *TOO_DEEP
    except yaml.YAMLError:
        pass
    return None


def _place(before: str) -> Mark:
    start = max(before.rfind(end) for end in ("\n", "\r")) + 1
    return Mark(len(before.replace("\r\n", "\n").replace("\r", "\n").split("\n")), len(before) - start + 1)


def shown(raw: bytes) -> list[str]:
    return raw[:LIMIT_BYTES].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")


PLAIN, _TEXT, _COLLECTION = "plain", "tag:yaml.org,2002:str", "collection"
TAGS = {PLAIN, _TEXT, _COLLECTION, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


class _Loader(_Base):  # type: ignore[misc]
    """Resolves nothing: a plain scalar is marked as plain, and read by the core schema afterwards."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return _COLLECTION
        return PLAIN if implicit[0] else _TEXT


def compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    finally:
        loader.dispose()


_SYNTAX = {
    "mapping values are not allowed in this context": (
        "a ':' stands where no key can be",
        "put a text that contains ': ' in quotes, or check the indentation",
    ),
    "did not find expected key": (
        "the indentation does not fit the lines above",
        "the keys of a mapping stand in one column",
    ),
    "did not find expected '-' indicator": ("the indentation does not fit the list above", "an item starts with '- '"),
    "did not find expected ',' or ']'": ("a list opened with '[' is not closed", "separate by ', ', close with ']'"),
    "did not find expected ',' or '}'": ("a mapping opened with '{' is not closed", "separate by ', ', close with '}'"),
    "could not find expected ':'": ("a key without ':'", "write `key: value`"),
    "found unexpected end of stream": ("a quote that is opened here is never closed", ""),
    "found undefined alias": ("this alias has no anchor above it", "put a text that starts with '*' in quotes"),
    "but found another document": ("the file holds more than one document", "one file, one scenario: remove the `---`"),
    "found a tab character that violates indentation": ("a tab is used for indentation", "indent with blanks"),
    "found unexpected ':'": ("a ':' without a value behind it", 'write a value, such as ""'),
    "found unknown escape character": (
        "an unknown escape in a quoted text",
        "double the backslash, or use single quotes",
    ),
}


_AT_THE_START = (
    "found unexpected end of stream",
    "did not find expected ',' or ']'",
    "did not find expected ',' or '}'",
)
"""Things that are opened and never closed are shown where they start."""


def syntax_complaint(error: yaml.MarkedYAMLError, lines: list[str]) -> Complaint:
    """What the parser stumbled over."""
    said = (error.problem or "this is not YAML").strip()
    place = error.problem_mark or error.context_mark
    if said in _AT_THE_START:
        place = error.context_mark or place
    mark = mark_of(place) if place else Mark(1, 1)
    if said in _AT_THE_START and " #" in _line(lines, mark):
        return mark, _SYNTAX[said][0], "' #' starts a comment: put a text that holds it in quotes"
    if "cannot start any token" in said:
        return mark, *_cannot_start(lines, mark)
    return mark, *_SYNTAX.get(said, (f"this is not YAML: {said}", ""))


def _line(lines: list[str], mark: Mark) -> str:
    return lines[mark.line - 1] if mark.line <= len(lines) else ""


def _cannot_start(lines: list[str], mark: Mark) -> tuple[str, str]:
    character = _line(lines, mark)[mark.column - 1 : mark.column]
    if character == "\t":
        return "a tab stands where only blanks are allowed", "indent with blanks"
    return f"a text cannot start with '{character}'", "put it in quotes"
