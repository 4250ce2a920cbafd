"""What a database must offer to the log, in portable SQL."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["Vendor"]


class Vendor:
    """The portable way; a vendor's file overrides what it does otherwise."""

    def writing(
        self,
        connection: BaseDatabaseWrapper,
        *,
        reads_first: bool,  # noqa: ARG002 - for the vendors that need to know
    ) -> AbstractContextManager[None]:
        """The transaction that holds a change and its entries.

        `reads_first` says that rows are read in it before anything is written.
        """
        return transaction.atomic(using=connection.alias, savepoint=False)  # type: ignore[return-value]

    def insert_rows(
        self,
        cursor: Any,
        table: str,
        columns: Sequence[str],
        constants: Sequence[Any],
        rows: Sequence[tuple[str, str]],
    ) -> None:
        """Insert `rows` of (object_pk, changes), each behind the same `constants`.

        `table` and `columns` are quoted; the last two columns are those of the rows.
        """
        placeholders = ", ".join(["%s"] * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({placeholders})"  # noqa: S608
        if len(rows) == 1:
            cursor.execute(sql, (*constants, *rows[0]))
        else:
            cursor.executemany(sql, [(*constants, *row) for row in rows])
