"""Large writes: recorded by the database, without the rows passing through Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet

from ..facts import Facts, frozen_facts
from ..recorder import constants, has_consumers, target
from ..tables import Column, Plan, Table
from ..vendors import vendor_of
from ..vendors.json_sql import Encoder, all_changes, array, differing_changes
from .rows import Reader

__all__ = ["Bulk"]

IMAGE = "auditable_image"
"""Name of the temporary table that keeps the rows as they were."""


@dataclass(frozen=True)
class Bulk:
    """One statement on one table, in SQL from end to end."""

    compiler: Any
    plan: Plan
    table: Table
    columns: Sequence[Column]
    encoders: Mapping[Column, Encoder]
    facts: Facts

    @classmethod
    def of(cls, compiler: Any, plan: Plan, columns: Sequence[Column]) -> Bulk | None:
        """The means to record the statement in the database, or None where that cannot be.

        Raises `MissingContextError` where the model demands facts that are not given.
        """
        connection, table = compiler.connection, plan.table
        vendor = vendor_of(connection)
        if table is None or plan.links or not vendor.in_database or has_consumers(plan.model):
            return None
        if any(column.field.name in table.masks for column in columns):
            return None
        encoders = {
            column: encoder
            for column in (*plan.keys, *columns)
            if (encoder := vendor.encoder(connection, column.codec))
        }
        texts = [vendor.key_text(key.codec, "x") for key in plan.keys]
        if len(encoders) < len({*plan.keys, *columns}) or None in texts:
            return None
        facts = frozen_facts(table.label, table.options)
        return cls(compiler, plan, table, columns, encoders, facts)

    def delete(self) -> int:
        """Delete and record in one statement; return the number of rows."""
        try:
            delete, params = self.compiler.as_sql()
        except EmptyResultSet:
            return 0
        gone = f"{delete} RETURNING {self._returned(self.plan.columns)}"
        values = {
            column.field.name: self.encoders[column](f"gone.{name}")
            for column, name in self._named(self.plan.columns)
        }
        log, given = self._insert("delete", "gone", all_changes(values, created=False))
        sql = f"WITH gone AS ({gone}), log AS ({log} FROM gone) SELECT count(*) FROM gone"  # noqa: S608
        return self._count(sql, (*params, *given))

    def update(self, reader: Reader) -> int:
        """Update and record in one statement; return the number of rows that matched."""
        try:
            before, before_params = self._before(reader)
        except EmptyResultSet:
            return 0
        update, update_params = self._bare_update()
        log, given = self._insert("update", "before", self._changes("before", "after"))
        keys = ", ".join(name for _key, name in self._keys())
        sql = (
            f"WITH before AS ({before}), after AS ({update} WHERE {self._among('before')} "  # noqa: S608
            f"RETURNING {self._returned(self.columns)}), "
            f"log AS ({log} FROM before JOIN after USING ({keys}) "
            f"WHERE {self._any_differs('before', 'after')}) SELECT count(*) FROM after"
        )
        return self._count(sql, (*before_params, *update_params, *given))

    def update_by_image(self, reader: Reader) -> int:
        """Update and record by way of a temporary table of the rows as they were."""
        quote = self.compiler.connection.ops.quote_name
        before, before_params = self._before(reader)
        update, update_params = self._bare_update()
        log, given = self._insert("update", IMAGE, self._changes(IMAGE, "after"))
        table = quote(self.plan.model._meta.db_table)
        after = f"(SELECT {self._returned(self.columns)} FROM {table})"  # noqa: S608
        keys = ", ".join(name for _key, name in self._keys())
        with self.compiler.connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {IMAGE} AS {before}", before_params)
            cursor.execute(f"{update} WHERE {self._among(IMAGE)}", update_params)
            rows: int = cursor.rowcount
            cursor.execute(
                f"{log} FROM {IMAGE} JOIN {after} AS after USING ({keys}) "
                f"WHERE {self._any_differs(IMAGE, 'after')} ",
                given,
            )
            cursor.execute(f"DROP TABLE {IMAGE}")
        return rows

    def delete_by_image(self, reader: Reader) -> int:
        """Delete and record by way of a temporary table of the rows as they were."""
        quote = self.compiler.connection.ops.quote_name
        before, before_params = self._before(reader)
        values = {
            column.field.name: self.encoders[column](name)
            for column, name in self._named(self.columns)
        }
        log, given = self._insert("delete", IMAGE, all_changes(values, created=False))
        table = quote(self.plan.model._meta.db_table)
        with self.compiler.connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {IMAGE} AS {before}", before_params)
            cursor.execute(f"DELETE FROM {table} WHERE {self._among(IMAGE)}")  # noqa: S608
            rows: int = cursor.rowcount
            cursor.execute(f"{log} FROM {IMAGE}", given)
            cursor.execute(f"DROP TABLE {IMAGE}")
        return rows

    def _before(self, reader: Reader) -> tuple[str, Sequence[Any]]:
        select = reader.select(self.compiler.query)
        # Django locks rows only in an open transaction; one statement needs none.
        select.select_for_update = False
        compiler = select.get_compiler(connection=self.compiler.connection)
        sql, params = compiler.as_sql(with_col_aliases=True)
        return sql + reader.lock(), params

    def _bare_update(self) -> tuple[str, Sequence[Any]]:
        """Django's own UPDATE … SET, without its condition."""
        query = self.compiler.query
        query.clear_where()
        query.clear_ordering(force=True)
        query.reset_refcounts({query.get_initial_alias(): 1})
        sql, params = self.compiler.as_sql()
        return sql, params

    def _keys(self) -> list[tuple[Column, str]]:
        return [(key, f"col{number}") for number, key in enumerate(self.plan.keys, 1)]

    def _named(self, columns: Sequence[Column]) -> list[tuple[Column, str]]:
        first = len(self.plan.keys) + 1
        return [(column, f"col{number}") for number, column in enumerate(columns, first)]

    def _returned(self, columns: Sequence[Column]) -> str:
        quote = self.compiler.connection.ops.quote_name
        table = quote(self.plan.model._meta.db_table)
        return ", ".join(
            f"{table}.{quote(column.field.column)} AS {name}"
            for column, name in (*self._keys(), *self._named(columns))
        )

    def _among(self, rows: str) -> str:
        quote = self.compiler.connection.ops.quote_name
        table = quote(self.plan.model._meta.db_table)
        keys = ", ".join(f"{table}.{quote(key.field.column)}" for key in self.plan.keys)
        names = ", ".join(name for _key, name in self._keys())
        return f"({keys}) IN (SELECT {names} FROM {rows})"  # noqa: S608

    def _changes(self, before: str, after: str) -> str:
        differs = vendor_of(self.compiler.connection).differs
        return differing_changes(
            {
                column.field.name: (
                    f"{before}.{name} {differs} {after}.{name}",
                    self.encoders[column](f"{before}.{name}"),
                    self.encoders[column](f"{after}.{name}"),
                )
                for column, name in self._named(self.columns)
            }
        )

    def _any_differs(self, before: str, after: str) -> str:
        differs = vendor_of(self.compiler.connection).differs
        return " OR ".join(
            f"{before}.{name} {differs} {after}.{name}" for _c, name in self._named(self.columns)
        )

    def _insert(self, action: str, rows: str, changes: str) -> tuple[str, tuple[Any, ...]]:
        """INSERT INTO the log … SELECT, up to its FROM."""
        connection = self.compiler.connection
        log, names = target(connection)
        given = constants(connection, self.plan.model, self.facts, action)
        placeholders = vendor_of(connection).placeholders(len(given))
        sql = (
            f"INSERT INTO {log} ({', '.join(names)}) "
            f"SELECT {placeholders}, {self._object_pk(rows)}, {vendor_of(connection).json(changes)}"
        )
        return sql, given

    def _object_pk(self, rows: str) -> str:
        keys = [(key, f"{rows}.{name}") for key, name in self._keys()]
        if len(keys) > 1:
            return array([self.encoders[key](value) for key, value in keys])
        ((key, value),) = keys
        text = vendor_of(self.compiler.connection).key_text(key.codec, value)
        assert text is not None
        return text

    def _count(self, sql: str, params: Sequence[Any]) -> int:
        with self.compiler.connection.cursor() as cursor:
            cursor.execute(sql, params)
            (rows,) = cursor.fetchone()
        return int(rows)
