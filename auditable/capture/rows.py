"""Reading the rows that a statement touches, as they stand in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Col
from django.db.models.lookups import Exact
from django.db.models.sql import Query

from ..tables import Column, Image, Plan, pk_text
from ..vendors import vendor_of
from ..vendors.base import Read

__all__ = ["ABSENT", "Reader", "batches", "restrict", "single_key"]

ABSENT = object()
"""Stands for a key that a statement does not name."""

INT64 = range(-(2**63), 2**63)

Row = TypeVar("Row")
Convert = Callable[[Any], Any]


class Reader:
    """Reads images of one table's rows, certain columns of them, through one connection."""

    def __init__(
        self, connection: BaseDatabaseWrapper, plan: Plan, columns: Sequence[Column]
    ) -> None:
        self.connection = connection
        self.plan = plan
        self.columns = columns
        self.keys = [(_converter(connection, key), key.codec.encode) for key in plan.keys]
        self.values = [(column.field.attname, _read(connection, column)) for column in columns]

    @classmethod
    def of(cls, connection: Any, plan: Plan, columns: tuple[Column, ...]) -> Reader:
        """The reader for those columns, kept with the connection: saves come by the thousand."""
        readers = vars(connection).setdefault("_auditable_readers", {})
        key = (plan, columns)
        if key not in readers:
            readers[key] = cls(connection, plan, columns)
        return readers[key]  # type: ignore[no-any-return]

    def of_key(self, key: Any, *, for_delete: bool = False) -> list[Image]:
        """The row of that primary key, locked; by one statement made of text alone."""
        prepared = self.prepared(key)
        if prepared is None:
            return []
        sql, params = self._select_deleted if for_delete else self._select_updated
        rows = vendor_of(self.connection).run(self.connection, sql, (*params, prepared))
        return [self.image(row) for row in rows]

    def prepared(self, key: Any) -> Any:
        """A primary key as the driver takes it; None if no row can have it."""
        if isinstance(key, int) and key not in INT64:
            return None
        (pk,) = self.plan.keys
        return pk.field.get_db_prep_value(key, self.connection, prepared=False)

    @cached_property
    def select_named(self) -> str:
        """SQL of the row of a primary key, locked; the columns are `col1`, `col2`, …."""
        sql, params = self._select_one(self.lock(), " AS col{}")
        assert not params, "the database cannot encode what it does not read as it stands"
        return sql

    @cached_property
    def _select_updated(self) -> tuple[str, Sequence[Any]]:
        return self._select_one(self.lock())

    @cached_property
    def _select_deleted(self) -> tuple[str, Sequence[Any]]:
        return self._select_one(self.lock(for_delete=True))

    def _select_one(self, lock: str, naming: str = "") -> tuple[str, Sequence[Any]]:
        """SQL of the row of a primary key, and the parameters that come before the key."""
        table, (pk,) = self.plan.model._meta.db_table, self.plan.keys
        compiler: Any = Query(self.plan.model).get_compiler(connection=self.connection)
        names: list[str] = []
        params: list[Any] = []
        for number, column in enumerate((pk, *self.columns), 1):
            col = column.field.get_col(table)
            sql, given = col.select_format(compiler, *compiler.compile(col))
            names.append(sql + naming.format(number))
            params += given
        key, _params = compiler.compile(pk.field.get_col(table))
        quoted: Any = self.connection.ops.quote_name(table)
        return f"SELECT {', '.join(names)} FROM {quoted} WHERE {key} = %s{lock}", params  # noqa: S608

    def matching(
        self,
        query: Any,
        *,
        most: int | None = None,
        for_delete: bool = False,
        ordered: bool = False,
    ) -> list[Image] | None:
        """The rows that a write's query selects, locked; None if they are more than `most`.

        Locked in the order of their keys, if so asked: who locks in one order never deadlocks.
        """
        select = self.select(query, for_delete=for_delete)
        if ordered:
            select.add_ordering("pk")
        if most is not None:
            select.set_limits(high=most + 1)
        rows = self._fetch(select)
        return None if most is not None and len(rows) > most else [self.image(row) for row in rows]

    def of_keys(self, pks: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], Image]:
        """The rows of those primary keys as they stand now, by primary key."""
        found = {}
        for batch in batches(self.connection, self.plan, pks):
            select: Any = Query(self.plan.model)
            _add_keys(select, batch)
            self._name_columns(select)
            found.update({image.pk: image for image in map(self.image, self._fetch(select))})
        return found

    def select(self, query: Any, *, for_delete: bool = False) -> Any:
        """The SELECT … FOR UPDATE of the rows that a write's query selects."""
        select = query.chain(klass=Query)
        select.clear_ordering(force=True)
        select.clear_select_clause()
        select.extra = {}
        # Which locks the queryset asked for is no matter of a write: Django's own waits for any row.
        select.select_for_update = select.select_for_update_nowait = False
        select.select_for_update_skip_locked = False
        select.select_for_update_of = ()
        select.get_initial_alias()
        if select.count_active_tables() > 1 or select.group_by is not None or select.distinct:
            # No database locks the rows of a grouped or distinct result, only those of a table.
            inner: Any = select
            select = _query(query.model)
            inner.distinct = False
            inner.add_fields([self.plan.pk_name])
            select.add_filter("pk__in", inner)
        self._name_columns(select)
        features = self.connection.features
        select.select_for_update = features.has_select_for_update
        select.select_for_no_key_update = features.has_select_for_no_key_update and not for_delete
        return select

    def image(self, row: Sequence[Any]) -> Image:
        """The image of a fetched row: its key's columns, then the columns asked for."""
        pk, encoded, position = [], [], 0
        for convert, encode in self.keys:
            value = row[position] if convert is None else convert(row[position])
            pk.append(value)
            encoded.append(encode(value))
            position += 1
        values = {}
        for attname, read in self.values:
            values[attname] = read(row[position])
            position += 1
        return Image(pk=tuple(pk), object_pk=pk_text(encoded), values=values)

    def _name_columns(self, select: Any) -> None:
        names = [column.field.name for column in (*self.plan.keys, *self.columns)]
        select.add_fields(names, allow_m2m=False)

    def _fetch(self, select: Any) -> list[Any]:
        try:
            sql, params = select.get_compiler(connection=self.connection).as_sql()
        except EmptyResultSet:
            return []
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    def lock(self, *, for_delete: bool = False) -> str:
        """The clause that locks what a SELECT reads, where the database has one."""
        features, ops = self.connection.features, self.connection.ops
        if not features.has_select_for_update:
            return ""
        no_key = features.has_select_for_no_key_update and not for_delete
        return f" {ops.for_update_sql(no_key=no_key)}"


def _query(model: Any) -> Any:
    return Query(model)


def single_key(query: Any, plan: Plan) -> Any:
    """The primary key that a write's query names as its only condition, or `ABSENT`."""
    return key_of_exact(query.where, plan.keys[0]) if len(plan.keys) == 1 else ABSENT


def key_of_exact(where: Any, key: Column) -> Any:
    """The value that a condition demands of `key` and nothing else, or `ABSENT`."""
    children: Any = getattr(where, "children", ())
    if len(children) != 1 or where.negated:
        return ABSENT
    (lookup,) = children
    if (
        isinstance(lookup, Exact)
        and isinstance(lookup.lhs, Col)
        and lookup.lhs.target == key.field
        and not hasattr(lookup.rhs, "resolve_expression")
    ):
        return lookup.rhs
    return ABSENT


def restrict(query: Any, images: Sequence[Image]) -> None:
    """Have a write's query select just the rows that were read, and no other table."""
    query.clear_where()
    query.reset_refcounts({query.get_initial_alias(): 1})
    _add_keys(query, [image.pk for image in images])


def batches(
    connection: BaseDatabaseWrapper, plan: Plan, rows: Sequence[Row]
) -> Iterator[Sequence[Row]]:
    """`rows` in as many statements as it takes to name their keys: one, but on SQLite."""
    most = connection.features.max_query_params
    # A statement has parameters of its own, too.
    size = max(1, most // (2 * len(plan.keys))) if most else max(1, len(rows))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _add_keys(query: Any, pks: Sequence[tuple[Any, ...]]) -> None:
    keys = query.get_meta().pk_fields
    if len(pks) == 1 and len(keys) > 1:
        # MariaDB looks up a list of tuples in the index, but for a single one it locks the table.
        for key, part in zip(keys, pks[0], strict=True):
            query.add_filter(f"{key.name}__exact", part)
    else:
        query.add_filter("pk__in", flat(pks))


def pks_of(images: Iterable[Image]) -> list[Any]:
    return flat([image.pk for image in images])


def flat(pks: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Primary keys as Django wants them: a tuple only where there is more than one column."""
    return [pk if len(pk) > 1 else pk[0] for pk in pks]


def _read(connection: BaseDatabaseWrapper, column: Column) -> Read:
    convert, encode = _converter(connection, column), column.codec.encode
    read = encode if convert is None else (lambda raw: encode(convert(raw)))
    return vendor_of(connection).reading(column.codec, read)


def _converter(connection: Any, column: Column) -> Convert | None:
    """How a raw value of `column` becomes a Python value on `connection`; None: it is one."""
    expression = column.field.get_col(column.field.model._meta.db_table)
    converters = [
        *connection.ops.get_db_converters(expression),
        *expression.get_db_converters(connection),
    ]
    if not converters:
        return None
    keeps_null = column.codec.kind == "json"

    def convert(raw: Any) -> Any:
        if raw is None:
            return None
        value = raw
        try:
            for each in converters:
                value = each(value, expression, connection)
        except Exception:  # noqa: BLE001 - what the row held is reported, however odd
            return raw
        # A text that is no date reads as None, yet the row does hold it.
        return raw if value is None and not keeps_null else value

    return convert
