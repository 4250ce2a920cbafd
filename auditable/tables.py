"""What is recorded of one database table: the plan that a captured statement follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Field, ManyToManyField, Model

from .changes import same
from .codecs import UNFORESEEN, Codec, codec_of, json_text
from .masks import masked
from .options import AuditOptions
from .registry import audited_models, options_of

__all__ = [
    "Column",
    "Entry",
    "Image",
    "Link",
    "Plan",
    "Reach",
    "Step",
    "Table",
    "column_of",
    "object_pk_of",
    "pk_text",
    "plan_of",
]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column that a statement may change, and how the log writes its value."""

    field: Field[Any, Any]
    codec: Codec


# Not frozen: there are several of each to a save, and a frozen one costs three times as much.
@dataclass(slots=True)
class Image:
    """One row at one moment, values in their canonical JSON form."""

    pk: tuple[Any, ...]
    """The primary key as Python values, a part a column."""

    object_pk: str
    """The primary key as the log writes it."""

    values: dict[str, Any] = field(repr=False)
    """Canonical value by column attname; only the columns that were read.

    Masked ones are in the clear, and debug pages show the `repr()` of local variables.
    """


@dataclass(slots=True)
class Step:
    """What became of one row: no `before` for a creation, no `after` for a deletion."""

    before: Image | None
    after: Image | None

    @property
    def changes(self) -> bool:
        """Whether the two images differ."""
        if self.before is None or self.after is None:
            return True
        before, after = self.before.values, self.after.values
        return before != after or not same(before, after)


@dataclass(slots=True)
class Entry:
    """One entry to be: whose trail, and what it says."""

    object_pk: str
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The named columns of one audited model."""

    model: type[Model]
    options: AuditOptions
    columns: tuple[Column, ...]
    masks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    def created(self, image: Image) -> dict[str, Any]:
        """The changes of a creation: every named column, from nothing."""
        return {
            column.field.name: [None, self._shown(column, image.values[column.field.attname])]
            for column in self.columns
        }

    def deleted(self, image: Image) -> dict[str, Any]:
        """The changes of a deletion: every named column, to nothing."""
        return {
            column.field.name: [self._shown(column, image.values[column.field.attname]), None]
            for column in self.columns
        }

    def updated(self, before: Image, after: Image) -> dict[str, Any]:
        """The named columns that differ, of those that both images know."""
        __traceback_hide__ = True  # debug pages show local variables: these are not masked yet
        changes = {}
        for column in self.columns:
            attname = column.field.attname
            if attname in after.values and not same(
                old := before.values[attname], new := after.values[attname]
            ):
                changes[column.field.name] = [self._shown(column, old), self._shown(column, new)]
        return changes

    def _shown(self, column: Column, value: Any) -> Any:
        __traceback_hide__ = True
        name = column.field.name
        if name not in self.masks or value is None:
            return value
        return masked(
            self.label,
            name,
            self.masks[name],
            value if isinstance(value, str) else json_text(value),
            column.codec.decode(value),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """A many-to-many field of an audited model, seen from its through table."""

    model: type[Model]
    """The audited model that declares the field."""

    options: AuditOptions
    field: ManyToManyField[Any, Any]
    source: Column
    """The through table's key to the declaring model."""

    target: Column
    """The through table's key to the other side."""


class Reach(NamedTuple):
    """What an UPDATE can change of a table."""

    columns: tuple[Column, ...]
    """Columns of images; a link's two keys always together, since either says little alone."""

    keys: bool
    """Whether it can change a primary key."""


@dataclass(frozen=True, eq=False)
class Plan:
    """All that is recorded of one database table: as an audited model, as a through table."""

    model: type[Model]
    table: Table | None
    links: tuple[Link, ...]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column that a statement's images must hold."""
        found = {column.field: column for column in (self.table.columns if self.table else ())}
        for link in self.links:
            found.setdefault(link.source.field, link.source)
            found.setdefault(link.target.field, link.target)
        return tuple(found.values())

    @property
    def pk_name(self) -> str:
        """Name of the primary key, `pk` for a composite one."""
        key: Any = self.model._meta.pk
        return str(key.name)

    @cached_property
    def keys(self) -> tuple[Column, ...]:
        """The columns of the primary key."""
        return tuple(column_of(key) for key in self.model._meta.pk_fields)

    def reach(self, written: Sequence[Field[Any, Any]]) -> Reach:
        """What an UPDATE of the `written` fields can change."""
        # By identity: a field's own hash is slow, and the same few lists come again and again.
        key = tuple(map(id, written))
        if key not in self._reaches:
            self._reaches[key] = self._find_reach(frozenset(written))
        return self._reaches[key]

    @cached_property
    def _reaches(self) -> dict[tuple[int, ...], Reach]:
        return {}

    def _find_reach(self, written: frozenset[Field[Any, Any]]) -> Reach:
        linked = {
            column.field
            for link in self.links
            if {link.source.field, link.target.field} & written
            for column in (link.source, link.target)
        }
        columns = tuple(
            column
            for column in self.columns
            if column.field in written or column.field in linked or column.field.generated
        )
        return Reach(columns, any(key.field in written for key in self.keys))


def _column_field(model: type[Model], name: str) -> Any:
    return model._meta.get_field(name)


def column_of(field: Field[Any, Any]) -> Column:
    return Column(field, codec_of(field))


def pk_text(parts: Sequence[Any]) -> str:
    """A primary key as the log writes it, from the canonical values of its parts."""
    if len(parts) > 1:
        return json_text(list(parts))
    (only,) = parts
    if isinstance(only, str):
        return only
    return str(only) if type(only) is int else json_text(only)


def plan_of(model: type[Model]) -> Plan:
    """The plan of the table of the concrete `model`."""
    return Plan(model=model, table=_table_of(model), links=tuple(_links_through(model)))


def _table_of(model: type[Model]) -> Table | None:
    options = options_of(model)
    if options is None:
        return None
    fields: list[Any] = [model._meta.get_field(name) for name in options.fields]
    columns = tuple(column_of(found) for found in fields if not found.many_to_many)
    return Table(model=model, options=options, columns=columns, masks=options.masks)


def _links_through(through: type[Model]) -> Iterable[Link]:
    for model in audited_models():
        options = options_of(model)
        assert options is not None
        for name in options.fields:
            found = model._meta.get_field(name)
            if isinstance(found, ManyToManyField) and found.remote_field.through is through:
                yield Link(
                    model=model,
                    options=options,
                    field=found,
                    source=column_of(_column_field(through, found.m2m_field_name())),
                    target=column_of(_column_field(through, found.m2m_reverse_field_name())),
                )


def object_pk_of(model: type[Model], pk: Any) -> str:
    """`pk`, a key of `model` in any spelling, as the log writes it; a tuple for a composite one."""
    fields = model._meta.pk_fields
    parts = pk if len(fields) > 1 else (pk,)
    return pk_text(
        [_foreseen(codec_of(field), part) for field, part in zip(fields, parts, strict=True)]
    )


def _foreseen(codec: Codec, value: Any) -> Any:
    found = codec.foresee(value)
    return codec.encode(value) if found is UNFORESEEN else found
