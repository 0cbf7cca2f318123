"""What the server needs and may not find: said clearly, with how to get it."""

from __future__ import annotations

import importlib
from types import ModuleType


class Missing(Exception):
    """A library is not installed; the text says which, and how to get it."""


def import_or_explain(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Missing(f"{name} is not installed; get it with: pip install 'toylab[http]'") from None
