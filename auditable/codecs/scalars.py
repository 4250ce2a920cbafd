"""Codecs of texts, numbers and other values without a clock."""

from __future__ import annotations

import base64
import json
import math
import uuid
from decimal import Decimal
from typing import Any

from django.db.models import Field

from .base import UNFORESEEN, Codec, typed

__all__ = [
    "BinaryCodec",
    "BooleanCodec",
    "DecimalCodec",
    "FileCodec",
    "FloatCodec",
    "IPAddressCodec",
    "IntegerCodec",
    "JSONCodec",
    "TextCodec",
    "UUIDCodec",
]


class TextCodec(Codec):
    kind = "text"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        # The bare text of an enum member: drivers send that, `str()` may not.
        return str.__str__(value) if isinstance(value, str) else str(value)

    def _foresee(self, value: Any) -> str:
        return self._encode(value if isinstance(value, str) else self.field.get_prep_value(value))

    def _decode(self, stored: Any) -> Any:
        return stored


class IntegerCodec(Codec):
    kind = "integer"
    foreseeable = True

    def _encode(self, value: Any) -> int:
        return int(value)

    def _decode(self, stored: Any) -> int:
        return int(stored)


class BooleanCodec(Codec):
    kind = "boolean"
    foreseeable = True

    def _encode(self, value: Any) -> bool:
        if value in (0, 1):
            return bool(value)
        raise ValueError(value)

    def _decode(self, stored: Any) -> Any:
        return stored


class DecimalCodec(Codec):
    """A string at the column's scale; as stored where the column has none."""

    kind = "decimal"
    foreseeable = True

    exact_digits = 15
    """Significant digits that every database keeps: SQLite stores decimals as doubles."""

    def __init__(self, field: Field[Any, Any], *, standard: bool = True) -> None:
        super().__init__(field, standard=standard)
        self.scale: int | None = field.decimal_places  # type: ignore[attr-defined]

    def _encode(self, value: Any) -> str:
        if not isinstance(value, Decimal):
            value = self.field.to_python(value)
        if not value.is_finite():
            return str(value)
        if not value:
            value = abs(value)  # no database keeps a negative zero
        return format(value, "f" if self.scale is None else f".{self.scale}f")

    def _foresee(self, value: Any) -> Any:
        if type(value) is not Decimal:
            value = self.field.to_python(value)
        if self.scale is None or not value.is_finite():
            return UNFORESEEN
        text = self._encode(value)
        # Databases round differently; and beyond a double's digits SQLite forgets.
        if len(text) > self.exact_digits + 1 or Decimal(text) != value:
            return UNFORESEEN
        return text

    def _decode(self, stored: Any) -> Decimal:
        return Decimal(stored)


class FloatCodec(Codec):
    kind = "float"
    foreseeable = True

    def _encode(self, value: Any) -> float | str:
        number = float(value)
        if math.isfinite(number):
            return number or 0.0
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"

    def _foresee(self, value: Any) -> Any:
        found = self._encode(value)
        return UNFORESEEN if isinstance(found, str) else found

    def _decode(self, stored: Any) -> float:
        return float(stored)


class UUIDCodec(Codec):
    kind = "uuid"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        return str(typed(value, uuid.UUID))

    def _decode(self, stored: Any) -> uuid.UUID:
        return uuid.UUID(stored)


class BinaryCodec(Codec):
    kind = "binary"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        return base64.b64encode(bytes(memoryview(value))).decode("ascii")

    def _foresee(self, value: Any) -> str:
        return self._encode(value)

    def _decode(self, stored: Any) -> bytes:
        return base64.b64decode(stored, validate=True)


class IPAddressCodec(TextCodec):
    kind = "ip"

    def _foresee(self, value: Any) -> str:
        return self._encode(self.field.get_prep_value(value))


class FileCodec(TextCodec):
    """A file by its name: the log never opens or copies the file."""

    def _foresee(self, value: Any) -> str:
        return str(value)


class JSONCodec(Codec):
    """The JSON itself, with non-finite numbers as strings, which JSON has no word for."""

    kind = "json"
    foreseeable = True

    def _encode(self, value: Any) -> Any:
        text = json.dumps(value, cls=self.field.encoder)  # type: ignore[attr-defined]
        return json.loads(text, parse_constant=str)

    def _foresee(self, value: Any) -> Any:
        return self._encode(value)

    def _decode(self, stored: Any) -> Any:
        decoder = self.field.decoder  # type: ignore[attr-defined]
        return stored if decoder is None else json.loads(json.dumps(stored), cls=decoder)
