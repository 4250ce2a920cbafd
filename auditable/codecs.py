"""Values as the log keeps them: one canonical JSON form a value, the same on every database.

A codec speaks for one field. It encodes what the field holds after a read, foresees what the
column will hold once an assigned value is stored, and decodes what the log kept.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any, ClassVar, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Field
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_duration, parse_time
from django.utils.duration import duration_iso_string

__all__ = ["UNFORESEEN", "Codec", "codec_of", "json_text"]


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
        self.bare = not _changed(field, SELECTING)
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


class DateCodec(Codec):
    kind = "date"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        return str(_typed(value, dt.date).isoformat())

    def _decode(self, stored: Any) -> Any:
        return _parsed(parse_date, stored)


class DateTimeCodec(Codec):
    """ISO 8601; aware values in UTC, since that is the instant, whatever zone it was said in."""

    kind = "datetime"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        moment = _typed(value, dt.datetime)
        return str((moment.astimezone(dt.UTC) if moment.tzinfo else moment).isoformat())

    def _foresee(self, value: Any) -> Any:
        if not isinstance(value, dt.datetime):
            if isinstance(value, dt.date):
                value = dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001
            else:
                value = self.field.to_python(value)
        if settings.USE_TZ and timezone.is_naive(value):
            value = timezone.make_aware(value, timezone.get_default_timezone())
        elif not settings.USE_TZ and timezone.is_aware(value):
            return UNFORESEEN
        return self._encode(value)

    def _decode(self, stored: Any) -> Any:
        return _parsed(parse_datetime, stored)


class TimeCodec(Codec):
    kind = "time"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        return str(_typed(value, dt.time).isoformat())

    def _decode(self, stored: Any) -> Any:
        return _parsed(parse_time, stored)


class DurationCodec(Codec):
    kind = "duration"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        return duration_iso_string(_typed(value, dt.timedelta))

    def _decode(self, stored: Any) -> Any:
        return _parsed(parse_duration, stored)


class UUIDCodec(Codec):
    kind = "uuid"
    foreseeable = True

    def _encode(self, value: Any) -> str:
        return str(_typed(value, uuid.UUID))

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


FAMILIES: Final[dict[type[Field[Any, Any]], type[Codec]]] = {
    models.BigIntegerField: IntegerCodec,
    models.BinaryField: BinaryCodec,
    models.BooleanField: BooleanCodec,
    models.CharField: TextCodec,
    models.DateField: DateCodec,
    models.DateTimeField: DateTimeCodec,
    models.DecimalField: DecimalCodec,
    models.DurationField: DurationCodec,
    models.FileField: FileCodec,
    models.FilePathField: TextCodec,
    models.FloatField: FloatCodec,
    models.GenericIPAddressField: IPAddressCodec,
    models.IntegerField: IntegerCodec,
    models.JSONField: JSONCodec,
    models.TextField: TextCodec,
    models.TimeField: TimeCodec,
    models.UUIDField: UUIDCodec,
}

SELECTING = ("get_col", "select_format")
READING = ("from_db_value", "to_python", "value_to_string", *SELECTING)
STORING = (
    "db_type",
    "get_db_prep_save",
    "get_db_prep_value",
    "get_placeholder",
    "get_placeholder_sql",
    "get_prep_value",
    "pre_save",
)


@cache
def codec_of(field: Field[Any, Any]) -> Codec:
    """The codec of `field`; of the column it points at, for a foreign key."""
    if field.is_relation:
        return codec_of(field.target_field)  # type: ignore[attr-defined]
    if field.generated:
        inner = codec_of(field.output_field)  # type: ignore[attr-defined]
        found = type(inner)(inner.field, standard=False)
        found.stored_plainly = inner.stored_plainly
        return found
    family = _family(type(field))
    if family is Codec or _changed(field, READING):
        return Codec(field, standard=False)
    return family(field, standard=not _changed(field, STORING))


def json_text(value: Any) -> str:
    """`value` as compact JSON text, without ASCII escapes; the form every encoder here writes."""
    return _dumps(value)


_dumps: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False
).encode


def _family(field_class: type[Field[Any, Any]]) -> type[Codec]:
    return next((FAMILIES[base] for base in field_class.__mro__ if base in FAMILIES), Codec)


def _changed(field: Field[Any, Any], methods: tuple[str, ...]) -> bool:
    """Whether a class outside Django defines one of `methods` of this field."""
    return any(
        method in vars(base)
        for base in type(field).__mro__
        if not base.__module__.startswith("django.db.models.")
        for method in methods
    )


def _typed(value: Any, expected: type[Any]) -> Any:
    if isinstance(value, expected):
        return value
    raise TypeError(value)


def _parsed(parse: Callable[[str], Any], stored: Any) -> Any:
    found = parse(stored)
    if found is None:
        raise ValueError(stored)
    return found


def _unparsable(value: Any) -> str:
    """A value the field's type does not allow, as text: the row held it, so the log says so."""
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
