"""YAML 1.2 read with PyYAML's C parser, every key and value with its place in the file.

PyYAML speaks YAML 1.1, where `off` is false, `12:30` is 750 and `017` is 15. Here plain scalars follow the core schema of
YAML 1.2 (yaml.org/spec/1.2.2, section 10.3), so all of these stay text; so does a number with a leading zero, which people
read in two ways. Keys are always text. What the parser cannot accept is a Problem, never an exception: broken syntax, a key
twice, a tag, an anchor that grows without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from harness.errors import Problem

LIMIT_BYTES = 128 * 1024
LIMIT_DEPTH = 32
LIMIT_NODES = 20_000
SAFE_BRACKETS = 1_000
"""PyYAML's C composer recurses without a check and dies at about ten thousand levels: above this, count levels first."""
LONGEST_EXCERPT = 160

Path = tuple[str | int, ...]
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mark(NamedTuple):
    """A place in the file, line and column from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Document:
    """A YAML file as data, with the places of its parts; `data` is None and `problems` says why if it cannot be read."""

    file: str
    lines: list[str]
    data: Any = None
    problems: list[Problem] = field(default_factory=list)
    root: yaml.Node | None = None

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """Where the value at `path` starts, or its key; the nearest part that exists if the file does not go so far."""
        node, found = self.root, Mark(1, 1)
        if node is not None:
            found = _mark(node.start_mark)
        for place, step in enumerate(path, 1):
            pair = _child(node, step)
            if pair is None:
                return found
            at_key = key if place == len(path) else isinstance(step, str)
            node, found = pair[1], _mark(pair[0 if at_key else 1].start_mark)
        return found

    def problem(self, mark: Mark, message: str, hint: str = "") -> Problem:
        """A Problem at a place, moved into the file if it lies behind its end."""
        line = min(max(mark.line, 1), max(len(self.lines), 1))
        text = self.lines[line - 1] if self.lines else ""
        column = min(max(mark.column, 1), len(text) + 1) if line == mark.line else len(text) + 1
        return Problem(self.file, line, column, message, hint, _excerpt(text, column))


def read(raw: bytes, file: str) -> Document:
    """The document in `raw`; with problems in place of data if there is anything wrong with it."""
    text, complaint = _decoded(raw)
    document = Document(file, text.splitlines() if complaint is None else _shown(raw))
    complaint = complaint or _unfit(text)
    if complaint is not None:
        document.problems.append(document.problem(*complaint))
        return document
    try:
        document.root = _compose(text)
    except yaml.MarkedYAMLError as error:
        document.problems.append(_syntax_problem(document, error))
    except (yaml.YAMLError, RecursionError) as error:
        document.problems.append(document.problem(Mark(1, 1), f"this is not YAML: {error}"))
    else:
        _convert(document)
    return document


# -- before the parser: what it would choke on -----------------------------------------------------------------------------

_Complaint = tuple[Mark, str, str]
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _decoded(raw: bytes) -> tuple[str, _Complaint | None]:
    if len(raw) > LIMIT_BYTES:
        return "", (Mark(1, 1), f"the file is larger than {LIMIT_BYTES // 1024} KiB", "is this a scenario?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        return "", (_place(before), f"byte 0x{raw[error.start]:02x} is not UTF-8", "save the file as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n"), None


def _unfit(text: str) -> _Complaint | None:
    if junk := _UNPRINTABLE.search(text):
        return _place(text[: junk.start()]), f"character U+{ord(junk.group()):04X} is not allowed in YAML", "remove it"
    if not text.strip():
        return Mark(1, 1), "the file is empty", "a scenario needs at least scenario, spec, why and subject"
    indent = max(len(line) - len(line.lstrip(" -?:\t!&*")) for line in text.splitlines())
    if text.count("[") + text.count("{") + 2 * indent > SAFE_BRACKETS:
        return _too_deep(text)
    return None


def _too_deep(text: str) -> _Complaint | None:
    """Counts levels event by event, without recursion; broken syntax is left for the composer to report."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > LIMIT_DEPTH:
                return _mark(event.start_mark), *_DEPTH
    except yaml.YAMLError:
        pass
    return None


_DEPTH = (f"this is nested more than {LIMIT_DEPTH} levels deep", "no scenario needs so many")


def _place(before: str) -> Mark:
    start = max(before.rfind(end) for end in ("\n", "\r")) + 1
    return Mark(len(before.replace("\r\n", "\n").replace("\r", "\n").split("\n")), len(before) - start + 1)


def _shown(raw: bytes) -> list[str]:
    return raw[:LIMIT_BYTES].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _excerpt(text: str, column: int) -> str:
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown[: max(LONGEST_EXCERPT, column)]


# -- the parser --------------------------------------------------------------------------------------------------------------

_PLAIN, _TEXT, _COLLECTION = "plain", "tag:yaml.org,2002:str", "collection"
_TAGS = {_PLAIN, _TEXT, _COLLECTION, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


class _Loader(_Base):  # type: ignore[misc]
    """Resolves nothing: a plain scalar is marked as plain, and read by the core schema afterwards."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return _COLLECTION
        return _PLAIN if implicit[0] else _TEXT


def _compose(text: str) -> yaml.Node | None:
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
    "did not find expected key": ("the indentation does not fit the lines above", "keys of one mapping start in one column"),
    "did not find expected '-' indicator": ("the indentation does not fit the list above", "each item starts with '- '"),
    "did not find expected ',' or ']'": ("a list opened with '[' is not closed", "separate items by ', ', close with ']'"),
    "did not find expected ',' or '}'": ("a mapping opened with '{' is not closed", "separate by ', ', close with '}'"),
    "could not find expected ':'": ("a key without ':'", "write `key: value`"),
    "found unexpected end of stream": ("a quote that is opened here is never closed", ""),
    "found undefined alias": ("this alias has no anchor above it", "put a text that starts with '*' in quotes"),
    "but found another document": ("the file holds more than one document", "one file, one scenario: remove the `---`"),
    "found a tab character that violates indentation": ("a tab is used for indentation", "indent with blanks"),
    "found unknown escape character": ("an unknown escape in a quoted text", "double the backslash, or use single quotes"),
}


def _syntax_problem(document: Document, error: yaml.MarkedYAMLError) -> Problem:
    said = (error.problem or "this is not YAML").strip()
    place = error.problem_mark or error.context_mark
    if said == "found unexpected end of stream":
        place = error.context_mark or place
    mark = _mark(place) if place else Mark(1, 1)
    if "cannot start any token" in said:
        return document.problem(mark, *_cannot_start(document, mark))
    message, hint = _SYNTAX.get(said, (f"this is not YAML: {said}", ""))
    return document.problem(mark, message, hint)


def _cannot_start(document: Document, mark: Mark) -> tuple[str, str]:
    line = document.lines[mark.line - 1] if mark.line <= len(document.lines) else ""
    character = line[mark.column - 1 : mark.column]
    if character == "\t":
        return "a tab stands where only blanks are allowed", "indent with blanks"
    return f"a text cannot start with '{character}'", "put it in quotes"


# -- from nodes to data --------------------------------------------------------------------------------------------------------

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_BASED = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}")
_FLOAT = re.compile(r"[-+]?(?=\.?[0-9])(?:0|[1-9][0-9]{0,17})?(?:\.[0-9]{0,18})?(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}


def core(text: str) -> Any:
    """What a plain scalar means in the core schema: None, a bool, an int, a float, or the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


class _Stop(Exception):
    """Reading on would not help: the document is too deep or too large, or turns in a circle."""

    def __init__(self, node: yaml.Node, message: str, hint: str) -> None:
        self.node, self.message, self.hint = node, message, hint


def _convert(document: Document) -> None:
    if document.root is None:
        document.problems.append(document.problem(Mark(1, 1), "the file holds only comments", "see `toylab schema`"))
        return
    try:
        document.data = _Reading(document).value(document.root, 0)
    except _Stop as stop:
        document.problems.append(document.problem(_mark(stop.node.start_mark), stop.message, stop.hint))
    if document.problems:
        document.data = None


@dataclass(slots=True)
class _Reading:
    document: Document
    nodes: int = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > LIMIT_NODES:
            raise _Stop(node, f"anchors multiply this to more than {LIMIT_NODES} values", "write less")
        if depth > LIMIT_DEPTH:
            raise _Stop(node, *_DEPTH)
        if node.tag not in _TAGS:
            self.say(node, f"tags such as {node.tag} are not allowed", "write the plain value")
        if isinstance(node, yaml.MappingNode):
            return dict(self.pairs(node, depth + 1))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        return core(node.value) if node.tag == _PLAIN else node.value

    def pairs(self, node: yaml.MappingNode, depth: int) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None:
                self.say(key, "a key must be a text", "put it in quotes if it starts with '[' or '{'")
            elif name == "<<" and key.tag == _PLAIN:
                self.say(key, "merge keys (<<) are not part of YAML 1.2", "repeat the lines, or vary them with `where`")
            elif name in first:
                self.say(key, f"'{name}' is given twice", f"the first is in line {first[name]}")
            else:
                first[name] = key.start_mark.line + 1
                yield name, self.value(value, depth)

    def say(self, node: yaml.Node, message: str, hint: str) -> None:
        self.document.problems.append(self.document.problem(_mark(node.start_mark), message, hint))


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value at `step`; an item of a list is its own key."""
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None
