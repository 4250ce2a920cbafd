"""Text and metadata that every database takes."""

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["clean", "jsonable"]

DEPTH = 16
"""How deep metadata may nest; what is deeper is kept as text."""


def clean(text: str, size: int | None = None) -> str:
    """Cut to `size`, and replace what no database stores: NUL and lone surrogates."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if size is None else text[:size]


def jsonable(value: object, depth: int = DEPTH) -> Any:
    """A value as JSON has it; what JSON has no form for as its text."""
    if value is None or value is True or value is False or type(value) is int:
        return value
    if type(value) is str:
        return clean(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if depth and isinstance(value, Mapping):
        return {_text(key): jsonable(item, depth - 1) for key, item in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item, depth - 1) for item in value]
    return _text(value)


def _text(value: object) -> str:
    return clean(repr(value) if isinstance(value, bytes | bytearray) else str(value))
