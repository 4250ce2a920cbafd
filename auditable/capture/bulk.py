"""Writes recorded by the database itself, without the rows passing through Python."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet

from ..conf import batch_size
from ..facts import Facts, frozen_facts
from ..recorder import constants, has_consumers
from ..tables import Column, Plan
from ..vendors import vendor_of
from .rows import Reader
from .scripts import AFTER, BEFORE, LOG, Script

__all__ = ["Bulk", "most_in_memory"]


def most_in_memory() -> int:
    """How many rows pass through Python where a temporary table would do.

    The table takes five statements, and no more than one for a batch of entries and one besides
    is promised.
    """
    return 3 * batch_size()


@dataclass(slots=True)
class Bulk:
    """One statement on one table, in SQL from end to end."""

    compiler: Any
    script: Script
    facts: Facts

    @classmethod
    def of(cls, compiler: Any, plan: Plan, columns: tuple[Column, ...]) -> Bulk | None:
        """The means to record the statement in the database, or None where that cannot be.

        Raises `MissingContextError` where the model demands facts that are not given.
        """
        script = Script.of(compiler.connection, plan, columns)
        table = plan.table
        if script is None or table is None or has_consumers(plan.model):
            return None
        return cls(compiler, script, frozen_facts(table.label, table.options))

    def insert(self, returning: Sequence[Any]) -> list[Any]:
        """Insert and record in one statement; the `returning` columns of the rows inserted."""
        script, compiler = self.script, self.compiler
        compiler.returning_fields = []
        ((insert, params),) = compiler.as_sql()
        asked = ", ".join(f"returned{number}" for number, _field in enumerate(returning))
        sql = (
            f"WITH {AFTER} AS ({insert} RETURNING {script.inserted(returning)}), "  # noqa: S608
            f"{LOG} AS ({script.log_created} FROM {AFTER}) SELECT {asked or 'NULL'} FROM {AFTER}"
        )
        rows = self._run(sql, (*params, *self._constants("create")))
        if not returning:
            return []
        table = compiler.query.get_meta().db_table
        converters = compiler.get_converters([field.get_col(table) for field in returning])
        return list(compiler.apply_converters(rows, converters) if converters else rows)

    def record_inserted(self, keys: Sequence[Any]) -> None:
        """Record rows that have just been inserted, by their key."""
        script = self.script
        (key,) = script.plan.keys
        prepared = [key.field.get_db_prep_value(each, script.connection) for each in keys]
        sql = f"{script.log_created} FROM {script.rows_listed}"
        self._run(sql, (*self._constants("create"), json.dumps(prepared)))

    def delete(self) -> int:
        """Delete and record in one statement; return the number of rows."""
        try:
            delete, params = self.compiler.as_sql()
        except EmptyResultSet:
            return 0
        script = self.script
        sql = (
            f"WITH {BEFORE} AS ({delete} RETURNING {script.returned}), "  # noqa: S608
            f"{LOG} AS ({script.log_deleted} FROM {BEFORE}) SELECT count(*) FROM {BEFORE}"
        )
        return self._count(sql, (*params, *self._constants("delete")))

    def update(self, reader: Reader) -> int:
        """Update and record in one statement; return the number of rows that matched."""
        try:
            return self._update(*self._before(reader))
        except EmptyResultSet:
            return 0

    def update_one(self, reader: Reader, key: Any) -> int:
        """The same, of the row with that primary key."""
        prepared = reader.prepared(key)
        try:
            return 0 if prepared is None else self._update(reader.select_named, (prepared,))
        except EmptyResultSet:  # that of the assigned value: then Django updates nothing
            return 0

    def _update(self, before: str, before_params: Sequence[Any]) -> int:
        script = self.script
        update, update_params = self._bare_update()
        sql = (
            f"WITH {BEFORE} ({script.names_apart}) AS ({before}), "  # noqa: S608
            f"{AFTER} AS ({update} FROM {BEFORE} WHERE {script.is_row_before} "
            f"RETURNING {script.returned_before}, {script.returned_after}), "
            f"{LOG} AS ({script.log_updated} FROM {AFTER} WHERE {script.differs}) "
            f"SELECT count(*) FROM {AFTER}"
        )
        return self._count(sql, (*before_params, *update_params, *self._constants("update")))

    def update_by_image(self, reader: Reader) -> int:
        """Update and record by way of a temporary table of the rows as they were."""
        script = self.script
        try:
            before, params = self._before(reader)
            update, update_params = self._bare_update()
        except EmptyResultSet:
            return 0
        with self.compiler.connection.cursor() as cursor, self._kept(cursor, before, params):
            cursor.execute(f"{update} WHERE {script.is_among(script.image)}", update_params)
            rows: int = cursor.rowcount
            cursor.execute(
                f"{script.log_updated} FROM {script.image} JOIN {script.rows_after} "
                f"USING ({script.keys}) WHERE {script.differs} ",
                self._constants("update"),
            )
        return rows

    def delete_by_image(self, reader: Reader) -> int:
        """Delete and record by way of a temporary table of the rows as they were."""
        script = self.script
        before, params = self._before(reader)
        with self.compiler.connection.cursor() as cursor, self._kept(cursor, before, params):
            cursor.execute(f"DELETE FROM {script.table} WHERE {script.is_among(script.image)}")  # noqa: S608
            rows: int = cursor.rowcount
            cursor.execute(f"{script.log_deleted} FROM {script.image}", self._constants("delete"))
        return rows

    @contextmanager
    def _kept(self, cursor: Any, before: str, params: Sequence[Any]) -> Iterator[None]:
        """Keep the rows as they were in a temporary table, inside; an error takes them back."""
        image = self.script.image
        # Emptied, and not dropped: with each change of its schema SQLite parses anew whatever
        # statement comes by next, and that of a `bulk_update()` may be a megabyte.
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {image} ({self.script.names})")
        cursor.execute(f"INSERT INTO {image} {before}", params)
        yield
        cursor.execute(f"DELETE FROM {image}")  # noqa: S608

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

    def _constants(self, action: str) -> tuple[Any, ...]:
        return constants(self.compiler.connection, self.script.plan.model, self.facts, action)

    def _run(self, sql: str, params: Sequence[Any]) -> Sequence[Any]:
        connection = self.compiler.connection
        return vendor_of(connection).run(connection, sql, params)

    def _count(self, sql: str, params: Sequence[Any]) -> int:
        ((rows,),) = self._run(sql, params)
        return int(rows)
