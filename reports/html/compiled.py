"""Keeps compiled templates on the shelf: to compile them takes longer than to write the pages of a small run."""

from __future__ import annotations

from io import BytesIO

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from netns import shelf

SHELF = "template"


class Shelved(BytecodeCache):
    """Our code, which says how templates are read, and Jinja2's release are part of the shelf's own fingerprint."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """The code of the template as it stands; none if it is new here, or the entry was spoilt."""
        kept = shelf.get(SHELF, _makings(bucket))
        if kept is None:
            return
        try:
            bucket.load_bytecode(BytesIO(kept))
        except Exception:  # whatever unpickling makes of what is no pickle
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        code = BytesIO()
        bucket.write_bytecode(code)
        shelf.put(SHELF, _makings(bucket), code.getvalue())


def _makings(bucket: Bucket) -> bytes:
    return f"{bucket.key} {bucket.checksum}".encode()
