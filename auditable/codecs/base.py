"""What a codec is, and what all of them need."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.db.models import Field

__all__ = ["UNFORESEEN", "Codec", "is_changed", "json_text", "parsed", "typed"]

SELECTING = ("get_col", "select_format")
"""Methods by which a field changes the SQL that reads it."""


class _Unforeseen:
    """Only the database can tell what the column will hold."""

    def __repr__(self) -> str:
        return "UNFORESEEN"


UNFORESEEN: Final = _Unforeseen()


UNFIT: Final = (TypeError, ValueError, ArithmeticError, AttributeError, ValidationError)
"""What fields raise of a value that they do not allow."""


class Codec:
    """Any field, through Django's own serialisation (`value_to_string`, `to_python`)."""

    kind: ClassVar[str | None] = None
    """Name under which a vendor's SQL encodes the column, where it can."""

    foreseeable: ClassVar[bool] = False
    """Whether an assigned value of this family tells what the column will hold."""

    def __init__(self, field: Field[Any, Any], *, standard: bool = True) -> None:
        """Speak for `field`; `standard` unless its class changes how Django stores the value."""
        self.field = field
        self.stored_plainly = standard
        """Whether the column holds the value as Django's own field class stores it."""
        self.certain = standard and self.foreseeable
        self.bare = not is_changed(field, SELECTING)
        """Whether the value is read as it stands in the column, without SQL around it."""

    def encode(self, value: Any) -> Any:
        """The canonical JSON value of `value`, as read from the database."""
        if value is None:
            return None
        try:
            return self._encode(value)
        except UNFIT:
            return _unparsable(value)

    def foresee(self, value: Any) -> Any:
        """What `encode` will give once `value` is stored, or `UNFORESEEN`."""
        if value is None:
            return None
        if not self.certain or hasattr(value, "resolve_expression"):
            return UNFORESEEN
        try:
            return self._foresee(value)
        except UNFIT:
            return UNFORESEEN

    def decode(self, stored: Any) -> Any:
        """The typed value of what the log kept, or `stored` itself where it does not parse."""
        if stored is None:
            return None
        try:
            return self._decode(stored)
        except Exception:  # noqa: BLE001 - a field's own parser may raise anything
            return stored

    def _encode(self, value: Any) -> Any:
        # Django's `value_to_string` reads the value off an instance.
        return self.field.value_to_string(SimpleNamespace(**{self.field.attname: value}))  # type: ignore[arg-type]

    def _foresee(self, value: Any) -> Any:
        return self._encode(self.field.to_python(value))

    def _decode(self, stored: Any) -> Any:
        return self.field.to_python(stored)


def json_text(value: Any) -> str:
    """`value` as compact JSON text, without ASCII escapes; the form every encoder here writes."""
    return _dumps(value)


_dumps: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False
).encode


def is_changed(field: Field[Any, Any], methods: tuple[str, ...]) -> bool:
    """Whether a class outside Django defines one of `methods` of this field."""
    return any(
        method in vars(base)
        for base in type(field).__mro__
        if not base.__module__.startswith("django.db.models.")
        for method in methods
    )


def typed(value: Any, expected: type[Any]) -> Any:
    if isinstance(value, expected):
        return value
    raise TypeError(value)


def parsed(parse: Callable[[str], Any], stored: Any) -> Any:
    found = parse(stored)
    if found is None:
        raise ValueError(stored)
    return found


def _unparsable(value: Any) -> str:
    """A value the field's type does not allow, as text: the row held it, so the log says so."""
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
