"""What a database must offer to the log, in portable SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeAlias

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from ..codecs import Codec
from .json_sql import Encoder

__all__ = ["Read", "Vendor"]

Read: TypeAlias = Callable[[Any], Any]
"""From a column's value, as the driver gives it, to its canonical JSON value."""


class Vendor:
    """The portable way; a vendor's file overrides what it does otherwise."""

    one_statement: ClassVar[bool] = False
    """Whether one statement can change rows and insert their entries."""

    in_database: ClassVar[bool] = False
    """Whether large writes are recorded without the rows leaving the database."""

    json_list: ClassVar[str] = ""
    """Where `one_statement` is not: a table of the items, `value`, of a JSON list in a parameter."""

    def differs(self, codec: Codec, old: str, new: str) -> str:
        """SQL that tells apart two values of a column, NULL among them."""
        return f"{old} IS DISTINCT FROM {new}"

    def encoder(self, connection: BaseDatabaseWrapper, codec: Codec) -> Encoder | None:
        """How the database writes the JSON of a column, or None where it cannot."""
        return None

    def reading(self, codec: Codec, read: Read) -> Read:
        """`read`, which makes the canonical value of what the driver gives; or a quicker way."""
        return read

    def key_text(self, codec: Codec, value: str) -> str | None:
        """SQL of a key as the log writes it, or None where the database cannot."""
        return None

    def writing(
        self,
        connection: BaseDatabaseWrapper,
        *,
        reads_first: bool,
    ) -> AbstractContextManager[None]:
        """The transaction that holds a change and its entries.

        `reads_first` says that rows are read in it before anything is written.
        """
        return transaction.atomic(using=connection.alias, savepoint=False)

    def placeholders(self, count: int) -> str:
        """Placeholders of the values that all entries share, in a SELECT."""
        return ", ".join(["%s"] * count)

    def json(self, text: str) -> str:
        """SQL that makes a JSON column's value of the SQL of a JSON text."""
        return text

    def run(
        self, connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]
    ) -> Sequence[Sequence[Any]]:
        """Execute one of the log's own statements; the rows that it gives."""
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else ()

    def insert_rows(
        self,
        connection: BaseDatabaseWrapper,
        table: str,
        columns: Sequence[str],
        constants: Sequence[Any],
        rows: Sequence[tuple[str, str]],
    ) -> None:
        """Insert `rows` of (object_pk, changes), each behind the same `constants`.

        `table` and `columns` are quoted; the last two columns are those of the rows.
        """
        sql = _insert_into(table, columns)
        if len(rows) == 1:
            self.run(connection, sql, (*constants, *rows[0]))
        else:
            with connection.cursor() as cursor:
                cursor.executemany(sql, [(*constants, *row) for row in rows])


_inserts: dict[str, str] = {}


def _insert_into(table: str, columns: Sequence[str]) -> str:
    if table not in _inserts:
        placeholders = ", ".join(["%s"] * len(columns))
        _inserts[table] = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({placeholders})"  # noqa: S608
    return _inserts[table]
