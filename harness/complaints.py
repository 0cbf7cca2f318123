"""What a model refuses, said in plain words at its place in the file.

pydantic names errors by type and places by a tuple in which the branches of unions stand as tags; here each becomes a
Problem with what was expected, what was found, and the nearest thing that would have been right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from harness.errors import Problem
from harness.fields import MEANINGS, TAGS, nearest
from harness.yamlmarks import Document, Path
from harness.yamlsyntax import Mark

LONGEST_QUOTE = 40
_TAGS = frozenset(TAGS.values())
_KEY = "[key]"
_Said = tuple[str, str]

Finder = Callable[[Path, bool], Mark]
"""Finds the mark of a path, of the key if the second argument says so."""


class Complaints:
    """The problems of one file in the order of their places, each said once however many cases run into it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._said: dict[tuple[Mark, str], Problem] = {}

    def say(self, mark: Mark, message: str, hint: str = "") -> None:
        self._said.setdefault((mark, message), self.document.problem(mark, message, hint))

    @property
    def problems(self) -> list[Problem]:
        return [self._said[place] for place in sorted(self._said)]


def complain(
    error: ValidationError, model: type[BaseModel], find: Finder, complaints: Complaints, said: Set[Path] = frozenset()
) -> None:
    """Says everything that pydantic found, but of the paths in `said`, of which enough was said."""
    for detail in error.errors(include_url=False):
        location, is_strange = detail["loc"], detail["type"] == "extra_forbidden"
        path = (*path_of(location[:-1]), location[-1]) if is_strange else path_of(location)
        if path in said:
            continue
        at_key = is_strange or location[-1:] == (_KEY,)
        message, hint = _said(detail, path, model)
        complaints.say(find(path, at_key), message, hint)


def complain_of_blanks(data: Any, find: Finder, complaints: Complaints) -> set[Path]:
    """Says which values are missing or hold what no program can be given, and returns their paths."""
    found = set()
    for path, message, hint in _blanks(data, ()):
        complaints.say(find(path, True), message, hint)
        found.add(path)
    return found


def path_of(location: tuple[str | int, ...]) -> Path:
    """The place in the file: pydantic's without the tags of unions and the mark of keys."""
    return tuple(step for step in location if step not in _TAGS and step != _KEY)


def shown(value: Any) -> str:
    """A value as people call it: `the number 5`, `'abc'`, `a list`."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the word {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"'{value}'" if len(value) <= LONGEST_QUOTE else f"'{value[:LONGEST_QUOTE]}...'"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _blanks(data: Any, path: Path) -> Iterator[tuple[Path, str, str]]:
    if data is None:
        yield path, f"`{_name(path)}` has no value", "write one, or remove the line"
    elif isinstance(data, str):
        yield from _unfit(data, path)
    elif isinstance(data, list):
        for place, item in enumerate(data):
            yield from _blanks(item, (*path, place))
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _unfit(key, (*path, key))
            # In a `where`, nothing means that what the file says elsewhere is taken away.
            if value is not None or (path[:1], path[2:3]) != (("where",), ("then",)):
                yield from _blanks(value, (*path, key))


def _unfit(text: str, path: Path) -> Iterator[tuple[Path, str, str]]:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        yield path, "a text holds a character that no program can be given", "remove \\0 and halves of surrogate pairs"


def _said(detail: Any, path: Path, model: type[BaseModel]) -> _Said:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail.get("input")
    if kind in ("said", "shape"):
        return _as_said(kind, detail, context, value)
    if kind in ("missing", "extra_forbidden"):
        return _of_key(kind, path, keys_at(model, detail["loc"][:-1]))
    if kind == "literal_error":
        return _literal(context["expected"], value)
    if kind == "string_pattern_mismatch":
        meaning, hint = MEANINGS[context["pattern"]]
        return f"{shown(value)} {meaning}", hint
    if kind in _WANTED:
        return _wanted(_WANTED[kind], value)
    return _bounds(kind, context, value, path) or (str(detail["msg"]).lower(), "")


def _as_said(kind: str, detail: Any, context: Mapping[str, Any], value: Any) -> _Said:
    if kind == "shape":
        return _wanted(detail["msg"], value)
    return str(context["message"]), str(context["hint"])


_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_WRITE = {
    "a list": "write [A, B], or one `- ` line for each",
    "a mapping": "write {key: value}, or one `key: value` line for each",
    "true or false": "write true or false without quotes",
    "a whole number": "write digits without quotes",
}


def _wanted(wanted: str, value: Any) -> _Said:
    is_plain = isinstance(value, bool | int | float)
    hint = "put it in quotes" if wanted.startswith("a text") and is_plain else _WRITE.get(wanted, "")
    if wanted == "a text" and isinstance(value, dict | list):
        hint = "put a text that starts with '{' or '[' in quotes"
    return f"{wanted} was expected, found {shown(value)}", hint


def _of_key(kind: str, path: Path, known: Mapping[str, bool]) -> _Said:
    name = str(path[-1])
    if kind == "missing":
        return f"`{name}` is missing", f"write `{name}: ...` here"
    return f"'{name}' is not known here", nearest(name, known)


def _literal(expected: str, value: Any) -> _Said:
    words = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    close = nearest(str(value), words)
    listed = f"one of {', '.join(words)}" if len(words) > 1 else words[0]
    return f"{listed} was expected, found {shown(value)}", close if close.startswith("did") else ""


def _bounds(kind: str, context: Mapping[str, Any], value: Any, path: Path) -> _Said | None:
    name, unit = _name(path), "ms" if isinstance(value, str) else ""
    match kind:
        case "greater_than_equal":
            return f"{shown(value)} is too small", f"`{name}` is at least {context['ge']}{unit}"
        case "less_than_equal":
            return f"{shown(value)} is too large", f"`{name}` is at most {context['le']}{unit}"
        case "too_short" | "string_too_short":
            return f"`{name}` is too short", f"it has at least {_counted(kind, context['min_length'])}"
        case "too_long" | "string_too_long":
            return f"`{name}` is too long", f"it has at most {_counted(kind, context['max_length'])}"
    return None


def _counted(kind: str, number: int) -> str:
    thing = "character" if kind.startswith("string") else "item"
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _name(path: Path) -> str:
    """The innermost key of a path, with the numbers behind it: `states[1]`."""
    behind = ""
    for step in reversed(path):
        if isinstance(step, str):
            return step + behind
        behind = f"[{step}]{behind}"
    return "the file" + behind


def keys_at(model: type[BaseModel], location: tuple[str | int, ...]) -> dict[str, bool]:
    """The keys that the model at a place knows, by their names in the file, and whether each is required."""
    reached: list[Any] = [model]
    for step in location:
        if step not in _TAGS:
            reached = [inner for annotation in reached for inner in _inside(annotation, step)]
    models = [annotation for annotation in reached if _is_model(annotation)]
    return {field.alias or name: field.is_required() for found in models for name, field in found.model_fields.items()}


def _inside(annotation: Any, step: str | int) -> list[Any]:
    """What may stand at a step into a value of this type, unions and annotations unfolded."""
    if _is_model(annotation):
        fields = annotation.model_fields.items()
        found = [field.annotation for name, field in fields if (field.alias or name) == step]
        return [plain for choice in found for plain in _plain(choice)]
    wanted = str if get_origin(annotation) is dict else int
    return _plain(get_args(annotation)[-1]) if get_args(annotation) and isinstance(step, wanted) else []


def _plain(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [plain for choice in get_args(annotation) for plain in _plain(choice)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
