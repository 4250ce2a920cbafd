"""The canonical JSON of a value, written by the database itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

__all__ = ["Encoder", "all_changes", "array", "differing_changes"]

Encoder: TypeAlias = Callable[[str], str]
"""From the SQL of a value to the SQL of its JSON text; `null` for NULL."""


def array(values: Sequence[str]) -> str:
    """SQL of a JSON array, from the SQL of its items' JSON texts."""
    return "'[' || " + " || ',' || ".join(values) + " || ']'"


def all_changes(encoded: Mapping[str, str], *, created: bool) -> str:
    """SQL of the changes of a creation or deletion, by field name."""
    pairs = [
        f"""'"{name}":[' || {"" if not created else "'null,' || "}{value} || """
        + ("']'" if created else "',null]'")
        for name, value in encoded.items()
    ]
    return "'{' || " + " || ',' || ".join(pairs) + " || '}'"


def differing_changes(encoded: Mapping[str, tuple[str, str, str]]) -> str:
    """SQL of the changes of an update: by field name, the condition, the old and the new JSON."""
    pieces = [
        f"""CASE WHEN {differs} THEN ',"{name}":[' || {old} || ',' || {new} || ']' ELSE '' END"""
        for name, (differs, old, new) in encoded.items()
    ]
    return "'{' || substr(" + " || ".join(pieces) + ", 2) || '}'"
