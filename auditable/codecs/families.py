"""Which codec speaks for which field."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from django.db import models
from django.db.models import Field

from .base import SELECTING, Codec, is_changed
from .scalars import (
    BinaryCodec,
    BooleanCodec,
    DecimalCodec,
    FileCodec,
    FloatCodec,
    IntegerCodec,
    IPAddressCodec,
    JSONCodec,
    TextCodec,
    UUIDCodec,
)
from .temporal import DateCodec, DateTimeCodec, DurationCodec, TimeCodec

__all__ = ["codec_of"]

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
    if family is Codec or is_changed(field, READING):
        return Codec(field, standard=False)
    return family(field, standard=not is_changed(field, STORING))


def _family(field_class: type[Field[Any, Any]]) -> type[Codec]:
    return next((FAMILIES[base] for base in field_class.__mro__ if base in FAMILIES), Codec)
