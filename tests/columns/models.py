"""Columns of every kind, one field of them at a time."""

from __future__ import annotations

from typing import Any

from django.db import models

from auditable import AuditedModel, auditable
from tests.databases import DATABASE
from tests.shop.models import Customer, Document, Plain


class Colour(models.TextChoices):
    RED = "r"
    BLUE = "b"


class Size(models.IntegerChoices):
    SMALL = 1
    LARGE = 2


class UpperField(models.CharField):
    """As others write them: what is stored is not what was assigned."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else super().get_prep_value(value).upper()


class WordsField(models.TextField):
    """As others write them: a Python type of its own, text in the database."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.to_python(value)

    def to_python(self, value: Any) -> Any:
        return tuple(value.split("|")) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return "|".join(value) if isinstance(value, tuple) else value

    def value_to_string(self, obj: Any) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))


SAMPLED = {
    "big": models.BigIntegerField(null=True),
    "binary": models.BinaryField(null=True),
    "boolean": models.BooleanField(null=True),
    "char": models.CharField(max_length=50, null=True),
    "colour": models.CharField(max_length=1, choices=Colour, null=True),
    "date": models.DateField(null=True),
    "datetime": models.DateTimeField(null=True),
    "decimal": models.DecimalField(max_digits=12, decimal_places=2, null=True),
    "duration": models.DurationField(null=True),
    "email": models.EmailField(null=True),
    "file": models.FileField(null=True),
    "filepath": models.FilePathField(null=True),
    "float": models.FloatField(null=True),
    "integer": models.IntegerField(null=True),
    "ip": models.GenericIPAddressField(null=True),
    "json": models.JSONField(null=True),
    "positive": models.PositiveIntegerField(null=True),
    "positive_big": models.PositiveBigIntegerField(null=True),
    "positive_small": models.PositiveSmallIntegerField(null=True),
    "size": models.IntegerField(choices=Size, null=True),
    "slug": models.SlugField(null=True),
    "small": models.SmallIntegerField(null=True),
    "text": models.TextField(null=True),
    "time": models.TimeField(null=True),
    "upper": UpperField(max_length=50, null=True),
    "url": models.URLField(null=True),
    "uuid": models.UUIDField(null=True),
    "wide": models.DecimalField(max_digits=30, decimal_places=10, null=True),
    "words": WordsField(null=True),
}


@auditable(fields=list(SAMPLED))
class Sample(AuditedModel):
    locals().update(SAMPLED)


@auditable(fields=["plain", "document", "customer"])
class Pointer(AuditedModel):
    """Foreign keys to a UUID, to a text and to a column that is no primary key."""

    plain = models.ForeignKey(Plain, models.SET_NULL, null=True, related_name="+")
    document = models.ForeignKey(Document, models.SET_NULL, null=True, related_name="+")
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, related_name="+", to_field="code"
    )


@auditable(fields=["number", "word"])
class Defaulted(AuditedModel):
    """What the database fills in."""

    number = models.IntegerField(db_default=7)
    word = models.CharField(max_length=20, db_default="seven")
    note = models.CharField(max_length=20, blank=True)


@auditable(fields=["col1", "new2", "returned0", "value", "spaced", "words"])
class Odd(AuditedModel):
    """Columns of the names that the log's own statements use, and of names that need quotes."""

    col1 = models.IntegerField(default=0)
    new2 = models.IntegerField(default=0)
    returned0 = models.IntegerField(default=0)
    value = models.CharField(max_length=20, default="")
    spaced = models.IntegerField(default=0, db_column="Two \u00c4 'words'")
    words = models.CharField(max_length=20, default="", db_column="Select")

    class Meta:
        db_table = "Odd Table's"


@auditable(fields=["key", "size"])
class Shout(AuditedModel):
    """A primary key that is stored otherwise than it was assigned."""

    key = UpperField(max_length=20, primary_key=True)
    size = models.IntegerField(default=0)


class SealedField(models.TextField):
    """As others write them: deciphered by the database, as it is selected."""

    def select_format(self, compiler: Any, sql: str, params: Any) -> Any:
        return f"REPLACE({sql}, %s, %s)", [*params, "sealed:", ""]

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else f"sealed:{super().get_prep_value(value)}"


@auditable(fields=["secret", "size"])
class Sealed(AuditedModel):
    secret = SealedField(default="")
    size = models.IntegerField(default=0)


@auditable(fields=["at"])
class Moment(AuditedModel):
    """A moment for a primary key."""

    at = models.DateTimeField(primary_key=True)


if DATABASE == "postgresql":
    from django.contrib.postgres import fields as postgres

    @auditable(fields=["numbers", "moments", "pairs", "span", "period"])
    class Special(AuditedModel):
        """Columns that only PostgreSQL has."""

        numbers = postgres.ArrayField(models.IntegerField(null=True), null=True)
        moments = postgres.ArrayField(models.DateField(), null=True)
        pairs = postgres.HStoreField(null=True)
        span = postgres.IntegerRangeField(null=True)
        period = postgres.DateTimeRangeField(null=True)
