"""A scenario's sections with the `where` entries that hold laid over them, and the way back to the file.

Mappings are merged key by key, anything else is replaced; a key with nothing as its value is taken away.
"""

from __future__ import annotations

from typing import Any

from harness.yamlmarks import Document, Path
from harness.yamlsyntax import Mark

FIXED = ("scenario", "spec", "catalogue", "matrix", "except", "where")
"""What is the same for every case of a file."""


class Overlay:
    """The data of one document under some of its `where` entries, by their numbers from 0 in the file's order."""

    def __init__(self, document: Document, wheres: tuple[int, ...] = ()) -> None:
        self.document = document
        base = document.data
        self._layers = [(("where", i, "then"), base["where"][i]["then"]) for i in wheres]
        self._marks: dict[tuple[Path, bool], Mark] = {}
        self._base = {key: value for key, value in base.items() if wheres == () or key not in FIXED[2:]}

    def data(self) -> dict[str, Any]:
        """The merged sections. The document's own data is left as it is."""
        merged = self._base
        for _, layer in self._layers:
            merged = _merged(merged, _fitting(layer, merged))
        return merged

    def mark(self, path: Path, key: bool = False) -> Mark:
        """Where the file says what stands at `path`: in the last layer that has a say in it, or in the sections."""
        if (path, key) not in self._marks:
            self._marks[path, key] = self._found(path, key)
        return self._marks[path, key]

    def _found(self, path: Path, key: bool) -> Mark:
        for root, layer in reversed(self._layers):
            if _decides(layer, path):
                return self.document.mark((*root, *path), key=key)
        return self.document.mark(path, key=key)

    def blame(self, path: Path, key: bool = False) -> Mark:
        """The same for a mistake that only the layers can have brought in: never outside of them."""
        reach = [_reach(layer, path) for _, layer in self._layers]
        if not reach:
            return self.document.mark(path, key=key)
        root, _ = self._layers[max(range(len(reach)), key=lambda place: (reach[place], place))]
        return self.document.mark((*root, *path), key=key or not max(reach))


def _merged(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    merged = {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}
    return {key: value for key, value in merged.items() if value is not None}


def _fitting(layer: dict[str, Any], below: dict[str, Any]) -> dict[str, Any]:
    """A subject that the file gives as its bare command becomes the mapping that the layer adds to."""
    subject = below.get("subject")
    if isinstance(subject, str) and isinstance(layer.get("subject"), dict):
        return {**layer, "subject": {"run": subject, **layer["subject"]}}
    return layer


def _reach(layer: Any, path: Path) -> int:
    """How many steps of a path the layer goes along with."""
    for place, step in enumerate(path):
        if isinstance(layer, dict) and step in layer:
            layer = layer[step]
        elif step == 0 and isinstance(layer, dict):
            continue
        elif isinstance(layer, list) and isinstance(step, int) and step < len(layer):
            layer = layer[step]
        else:
            return place
    return len(path)


def _decides(layer: Any, path: Path) -> bool:
    """Whether the layer gives the value at a path, itself or by replacing something around it."""
    for step in path:
        if not isinstance(layer, dict):
            return True
        if step not in layer:
            return False
        layer = layer[step]
    return True
