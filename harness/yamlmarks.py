"""YAML 1.2 read with PyYAML's C parser, every key and value with its place in the file.

PyYAML speaks YAML 1.1, where `off` is false, `12:30` is 750 and `017` is 15. Here plain scalars follow the core schema
of YAML 1.2 (yaml.org/spec/1.2.2, section 10.3), so all of these stay text; so does a number with a leading zero, which
people read in two ways. Keys are always text. What the parser cannot accept is a Problem, never an exception: broken
syntax, a key twice, a tag, an anchor that grows without end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from harness.errors import Problem
from harness.yamlcore import core
from harness.yamlsyntax import (
    LIMIT_DEPTH,
    PLAIN,
    TAGS,
    TOO_DEEP,
    Mark,
    compose,
    decoded,
    mark_of,
    shown,
    syntax_complaint,
    unfit,
)

LIMIT_NODES = 20_000
LONGEST_EXCERPT = 160

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """A YAML file as data, with the places of its parts. One that cannot be read has no `data` but `problems`."""

    file: str
    lines: list[str]
    data: Any = None
    problems: list[Problem] = field(default_factory=list)
    root: yaml.Node | None = None

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """Where the value at `path` starts, or its key; the nearest part that exists if the file does not go so far.

        The step 0 into a mapping stays at the mapping: one may stand for a list of one.
        """
        node, found = self.root, Mark(1, 1)
        if node is not None:
            found = mark_of(node.start_mark)
        for place, step in enumerate(path, 1):
            if step == 0 and isinstance(node, yaml.MappingNode):
                continue
            pair = _child(node, step)
            if pair is None:
                return found
            at_key = key if place == len(path) else isinstance(step, str)
            node, found = pair[1], mark_of(pair[0 if at_key else 1].start_mark)
        return found

    def problem(self, mark: Mark, message: str, hint: str = "") -> Problem:
        """A Problem at a place, moved into the file if it lies behind its end."""
        line = min(max(mark.line, 1), max(len(self.lines), 1))
        text = self.lines[line - 1] if self.lines else ""
        column = min(max(mark.column, 1), len(text) + 1) if line == mark.line else len(text) + 1
        return Problem(self.file, line, column, _on_one_line(message), _on_one_line(hint), _excerpt(text, column))


def read(raw: bytes, file: str) -> Document:
    """The document in `raw`; with problems in place of data if there is anything wrong with it."""
    text, complaint = decoded(raw)
    document = Document(file, text.removesuffix("\n").split("\n") if complaint is None else shown(raw))
    complaint = complaint or unfit(text)
    if complaint is not None:
        document.problems.append(document.problem(*complaint))
        return document
    try:
        document.root = compose(text)
    except yaml.MarkedYAMLError as error:
        document.problems.append(document.problem(*syntax_complaint(error, document.lines)))
    except (yaml.YAMLError, RecursionError) as error:
        document.problems.append(document.problem(Mark(1, 1), f"this is not YAML: {error}"))
    else:
        _convert(document)
    return document


def _on_one_line(text: str) -> str:
    """A message may quote the file, whose line ends and control characters are shown as they would be written."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _excerpt(text: str, column: int) -> str:
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown[: max(LONGEST_EXCERPT, column)]


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
        document.problems.append(document.problem(mark_of(stop.node.start_mark), stop.message, stop.hint))
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
            raise _Stop(node, *TOO_DEEP)
        if node.tag not in TAGS:
            self.say(node, f"tags such as {node.tag} are not allowed", "write the plain value")
        if isinstance(node, yaml.MappingNode):
            return dict(self.pairs(node, depth + 1))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        return core(node.value) if node.tag == PLAIN else node.value

    def pairs(self, node: yaml.MappingNode, depth: int) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None:
                self.say(key, "a key must be a text", "put it in quotes if it starts with '[' or '{'")
            elif name == "<<" and key.tag == PLAIN:
                self.say(key, "merge keys (<<) are not part of YAML 1.2", "repeat the lines, or vary them with `where`")
            elif name in first:
                self.say(key, f"'{name}' is given twice", f"the first is in line {first[name]}")
            else:
                first[name] = key.start_mark.line + 1
                yield name, self.value(value, depth)

    def say(self, node: yaml.Node, message: str, hint: str) -> None:
        self.document.problems.append(self.document.problem(mark_of(node.start_mark), message, hint))


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value at `step`; an item of a list is its own key."""
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None
