"""SQLite."""

from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .base import Vendor

__all__ = ["SQLite"]


class SQLite(Vendor):
    """One writer at a time: whoever reads before it writes must take the write lock first.

    Otherwise the write fails at once with "database is locked" when another connection has
    committed since the read, however long the timeout: https://www.sqlite.org/isolation.html
    """

    def writing(
        self, connection: BaseDatabaseWrapper, *, reads_first: bool
    ) -> AbstractContextManager[None]:
        if reads_first:
            return _WriteLock(connection)
        return super().writing(connection, reads_first=reads_first)


class _WriteLock:
    """An atomic block that holds the write lock from its first statement on."""

    __slots__ = ("atomic", "connection")

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.atomic = transaction.atomic(using=connection.alias, savepoint=False)

    def __enter__(self) -> None:
        connection = self.connection
        if connection.in_atomic_block:
            self.atomic.__enter__()
            # No rows, but a write all the same: SQLite takes the lock when the statement starts.
            # On the driver's connection, like the statements that open a transaction.
            with connection.wrap_database_errors:
                connection.connection.execute("DELETE FROM auditable_auditentry WHERE 0")
            return
        mode = connection.transaction_mode
        connection.transaction_mode = "EXCLUSIVE" if mode == "EXCLUSIVE" else "IMMEDIATE"
        try:
            self.atomic.__enter__()
        finally:
            connection.transaction_mode = mode

    def __exit__(self, *error: Any) -> None:
        self.atomic.__exit__(*error)
