"""Creations: what each new row holds, and whether a conflicting row was there before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import IntegrityError, NotSupportedError, transaction
from django.db.models import Q, UniqueConstraint
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery, Query

from ..codecs import UNFORESEEN
from ..tables import Column, Image, Plan, Step, column_of, pk_text
from ..vendors import vendor_of
from .bulk import Bulk
from .rows import Reader
from .scribe import Scribe

__all__ = ["capture"]

Fields = Sequence[Any]
Run = Callable[[Any, Fields | None], list[Any]]


def capture(compiler: Any, run: Run, plan: Plan, returning: Fields | None) -> list[Any]:
    """Execute an INSERT and record the rows it creates or updates; return what `run` returns."""
    connection = compiler.connection
    upserts = compiler.query.on_conflict == OnConflict.UPDATE
    vendor = vendor_of(connection)
    bulk = None
    if not upserts and (vendor.one_statement or len(compiler.query.objs) > 1):
        bulk = Bulk.of(compiler, plan, plan.columns)
    if bulk is not None and vendor.one_statement:
        return bulk.insert(returning or ())
    scribe = Scribe(connection, plan)
    scribe.demand_facts()
    with vendor.writing(connection, reads_first=upserts):
        if upserts:
            rows, steps = Upsert(compiler, run, plan, returning).execute()
        elif compiler.query.on_conflict == OnConflict.IGNORE:
            rows, steps = [], _insert_ignoring(compiler, run, plan)
        elif bulk is not None and len(plan.keys) == 1:
            return _insert_unread(compiler, run, plan, returning, bulk)
        else:
            rows, images = _insert(compiler, run, plan, returning)
            steps = _created(images)
        scribe.write(steps)
    return rows


def _created(images: Sequence[Image]) -> list[Step]:
    return [Step(before=None, after=image) for image in images]


def _insert(
    compiler: Any, run: Run, plan: Plan, returning: Fields | None
) -> tuple[list[Any], list[Image]]:
    """Execute a plain INSERT; the rows for the caller, and the images of the rows created."""
    objs = compiler.query.objs
    asked = list(returning or ())
    wanted = [*asked, *_untold(compiler, plan, (*plan.keys, *plan.columns), asked)]
    rows = run(compiler, wanted or None)
    images = []
    names = [field.attname for field in wanted]
    for position, obj in enumerate(objs):
        returned = dict(zip(names, rows[position], strict=False)) if rows else {}
        images.append(_image(plan, obj, returned))
    if any(UNFORESEEN in image.values.values() for image in images):
        images = _read(compiler.connection, plan, images)
    return [row[: len(asked)] for row in rows] if asked else [], images


def _read(connection: Any, plan: Plan, images: Sequence[Image]) -> list[Image]:
    """The same rows as the database shows them."""
    rows = Reader.of(connection, plan, plan.columns).of_keys([image.pk for image in images])
    # Under the log's keys, since objects have theirs in any spelling.
    found = {image.object_pk: image for image in rows.values()}
    return [found[image.object_pk] for image in images if image.object_pk in found]


def _insert_unread(
    compiler: Any, run: Run, plan: Plan, returning: Fields | None, bulk: Bulk
) -> list[Any]:
    """Execute a plain INSERT whose rows the database records by itself."""
    asked = list(returning or ())
    wanted = [*asked, *_untold(compiler, plan, plan.keys, asked)]
    rows = run(compiler, wanted or None)
    key = plan.keys[0].field
    if key in wanted:
        position = wanted.index(key)
        bulk.record_inserted([row[position] for row in rows])
    else:
        bulk.record_inserted([getattr(obj, key.attname) for obj in compiler.query.objs])
    return [row[: len(asked)] for row in rows] if asked else []


def _untold(compiler: Any, plan: Plan, wanted: Sequence[Column], asked: Fields) -> list[Any]:
    """The columns that the objects do not tell and the caller does not ask for."""
    connection, objs = compiler.connection, compiler.query.objs
    # By name: fields are slow to compare.
    known = {field.attname for field in asked}
    columns = [
        column.field
        for column in wanted
        if column.field.attname not in known
        and (column.codec.bare or column.field.primary_key)
        and not all(_tells(obj, column) for obj in objs)
    ]
    if not columns:
        return []
    features = connection.features
    if features.can_return_rows_from_bulk_insert or (
        len(objs) == 1 and features.can_return_columns_from_insert
    ):
        return list(dict.fromkeys(columns))
    keys = [key.field.attname for key in plan.keys]
    if not all(_is_plain(getattr(obj, key)) for obj in objs for key in keys):
        raise NotSupportedError(
            f"{plan.model._meta.label} is audited, and this database does not return the keys of "
            "the rows that one INSERT creates: save the objects one by one."
        )
    return []


def _tells(obj: Any, column: Column) -> bool:
    """Whether the attribute of `obj` says, after the INSERT, what the column holds."""
    value = getattr(obj, column.field.attname, None)
    if hasattr(value, "resolve_expression"):
        return False
    if column.field.primary_key:
        return column.codec.certain and (value is not None or column.field.has_default())
    return column.codec.certain


def _image(plan: Plan, obj: Any, returned: dict[str, Any]) -> Image:
    pk, encoded, values = [], [], {}
    for key in plan.keys:
        attname = key.field.attname
        part = returned[attname] if attname in returned else getattr(obj, attname)
        pk.append(part)
        encoded.append(_encoded(key, part))
    for column in plan.columns:
        attname, codec = column.field.attname, column.codec
        if attname in returned and codec.bare:
            values[attname] = codec.encode(returned[attname])
        else:
            values[attname] = codec.foresee(getattr(obj, attname))
    return Image(pk=tuple(pk), object_pk=pk_text(encoded), values=values)


def _encoded(column: Column, value: Any) -> Any:
    found = column.codec.foresee(value)
    return column.codec.encode(value) if found is UNFORESEEN else found


def _insert_ignoring(compiler: Any, run: Run, plan: Plan) -> list[Step]:
    """Execute an INSERT that skips conflicting rows; only the database knows which it skipped."""
    if not compiler.connection.features.can_return_rows_from_bulk_insert:
        raise NotSupportedError(
            f"{plan.model._meta.label} is audited, and this database does not tell which rows "
            "bulk_create(ignore_conflicts=True) inserted."
        )
    fields = list(dict.fromkeys(column.field for column in (*plan.keys, *plan.columns)))
    rows = run(compiler, fields) if len(compiler.query.objs) > 1 else _inserted(compiler, fields)
    images = [_image_of_row(plan, dict(zip(fields, row, strict=True))) for row in rows]
    if not all(column.codec.bare for column in plan.columns):
        images = _read(compiler.connection, plan, images)
    return _created(images)


def _inserted(compiler: Any, fields: Fields) -> Sequence[Any]:
    """Execute an INSERT of one row; the row as it was inserted, or nothing.

    Django 5.2 takes for granted that an INSERT of one row returns one.
    """
    compiler.returning_fields = fields
    table = compiler.query.get_meta().db_table
    with compiler.connection.cursor() as cursor:
        for sql, params in compiler.as_sql():
            cursor.execute(sql, params)
        rows = cursor.fetchall()
    converters = compiler.get_converters([field.get_col(table) for field in fields])
    return list(compiler.apply_converters(rows, converters))


def _image_of_row(plan: Plan, row: dict[Any, Any]) -> Image:
    """The image of a returned row, whose values Django has converted."""
    pk = tuple(row[key.field] for key in plan.keys)
    return Image(
        pk=pk,
        object_pk=pk_text([key.codec.encode(row[key.field]) for key in plan.keys]),
        values={
            column.field.attname: column.codec.encode(row[column.field]) for column in plan.columns
        },
    )


class Upsert:
    """`bulk_create(update_conflicts=True)`: rows that are there are locked and read first.

    The objects without such a row are inserted plainly. Should another connection create one
    of those rows in between, the INSERT fails, and the upsert starts over and finds it.
    """

    def __init__(self, compiler: Any, run: Run, plan: Plan, returning: Fields | None) -> None:
        self.query = compiler.query
        self.using = compiler.using
        self.connection = compiler.connection
        self.run = run
        self.plan = plan
        self.returning = returning
        self.targets = [
            [column_of(field) for field in target] for target in _conflict_targets(self.query)
        ]
        columns = {column.field: column for target in self.targets for column in target}
        columns |= {column.field: column for column in plan.columns}
        self.reader = Reader.of(self.connection, plan, tuple(columns.values()))

    def execute(self) -> tuple[list[Any], list[Step]]:
        """The returned rows in the order of the objects, and what became of each row."""
        tried: set[str] | None = None
        while True:
            found: set[str] = set()
            try:
                # Starting over gives the locks back too: held on to, they invite deadlocks.
                with transaction.atomic(using=self.using):
                    existing = self._existing()
                    found = {image.object_pk for image in existing}
                    return self._execute(existing)
            except IntegrityError:
                if found == tried:
                    raise  # the conflict is with a constraint that is not upserted on
                tried = found

    def _existing(self) -> list[Image]:
        """The rows that the objects conflict with, locked."""
        wanted = Q(pk__in=())
        for target in self.targets:
            if len(target) == 1:
                (column,) = target
                attname = column.field.attname
                wanted |= Q(**{f"{attname}__in": self._values_of(column)})
            else:
                for obj in self.query.objs:
                    values = {c.field.attname: getattr(obj, c.field.attname) for c in target}
                    if all(_is_plain(value) for value in values.values()):
                        wanted |= Q(**values)
        select = Query(self.plan.model)
        select.add_q(wanted)
        return self.reader.matching(select, ordered=True) or []

    def _values_of(self, column: Column) -> list[Any]:
        values = (getattr(obj, column.field.attname) for obj in self.query.objs)
        return [value for value in values if _is_plain(value)]

    def _execute(self, existing: Sequence[Image]) -> tuple[list[Any], list[Step]]:
        new, there = self._split(existing)
        rows: dict[int, Any] = {}
        steps: list[Step] = []
        objs = self.query.objs
        if new:
            insert = self._compiler([objs[position] for position in new], on_conflict=None)
            returned, images = _insert(insert, self.run, self.plan, self.returning)
            rows.update(zip(new, returned, strict=False))
            steps += _created(images)
        if there:
            upsert = self._compiler([objs[position] for position in there], self.query.on_conflict)
            rows.update(zip(there, self.run(upsert, self.returning), strict=False))
            steps = self._as_they_stand(steps, existing)
        return [rows[position] for position in sorted(rows)], steps

    def _as_they_stand(self, steps: Sequence[Step], existing: Sequence[Image]) -> list[Step]:
        """Every step as the whole upsert leaves the row: an object may come twice in it."""
        before = {image.pk: image for image in existing}
        created = {step.after.pk for step in steps if step.after}
        after = self.reader.of_keys([*before, *created])
        return [Step(before=before.get(pk), after=image) for pk, image in after.items()]

    def _split(self, existing: Sequence[Image]) -> tuple[list[int], list[int]]:
        """Positions of the objects to insert, and of those whose row is there by then."""
        taken = {
            (number, tuple(image.values[column.field.attname] for column in target))
            for image in existing
            for number, target in enumerate(self.targets)
        }
        new: list[int] = []
        there: list[int] = []
        for position, obj in enumerate(self.query.objs):
            keys = self._keys(obj)
            (there if keys & taken else new).append(position)
            taken |= keys
        return new, there

    def _keys(self, obj: Any) -> set[tuple[int, tuple[Any, ...]]]:
        found = set()
        for number, target in enumerate(self.targets):
            key = tuple(self._stored(c, getattr(obj, c.field.attname)) for c in target)
            if None not in key:
                found.add((number, key))
        return found

    def _stored(self, column: Column, value: Any) -> Any:
        """The canonical form of `value` once it is stored: there and back through the field."""
        found = column.codec.foresee(value)
        if found is not UNFORESEEN or not _is_plain(value):
            return column.codec.encode(value) if found is UNFORESEEN else found
        field = column.field
        prepared = field.get_db_prep_value(value, self.connection, prepared=False)
        return dict(self.reader.values)[field.attname](prepared)

    def _compiler(self, objs: list[Any], on_conflict: Any) -> Any:
        insert = InsertQuery(
            self.query.model,
            on_conflict=on_conflict,
            update_fields=self.query.update_fields,
            unique_fields=self.query.unique_fields,
        )
        insert.insert_values(self.query.fields, objs, raw=self.query.raw)
        return insert.get_compiler(using=self.using)


def _is_plain(value: Any) -> bool:
    return value is not None and not hasattr(value, "resolve_expression")


def _conflict_targets(query: Any) -> list[list[Any]]:
    """The sets of fields of which the upsert notices a conflict."""
    if query.unique_fields:
        return [list(query.unique_fields)]
    # MariaDB takes no target: it upserts on any unique key of the table.
    opts = query.get_meta()
    names: list[Sequence[str]] = [[field.name] for field in opts.local_fields if field.unique]
    names += opts.unique_together
    names += [
        constraint.fields
        for constraint in opts.constraints
        if isinstance(constraint, UniqueConstraint)
        and constraint.fields
        and constraint.condition is None
    ]
    names.append([key.name for key in opts.pk_fields])
    unique = dict.fromkeys(tuple(fields) for fields in names)
    return [[opts.get_field(name) for name in fields] for fields in unique]
