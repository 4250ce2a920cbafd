"""SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Final

from django.db import transaction
from django.db.backends import utils
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from ..codecs import Codec, DecimalCodec
from .base import Read, Vendor
from .json_sql import Encoder

__all__ = ["SQLite"]

CURSORS: Final = vars(utils)
"""Where Django's cursor is defined; a tracer that replaces a method of it is defined elsewhere."""


def _uuid(value: str) -> str:
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return " || '-' || ".join(f"substr({value}, {start}, {size})" for start, size in parts)


def _text(value: str) -> str:
    return f"json_quote(CAST({value} AS TEXT))"


def _boolean(value: str) -> str:
    return f"CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE {_text(value)} END"


def _integer(value: str) -> str:
    return f"CASE typeof({value}) WHEN 'integer' THEN CAST({value} AS TEXT) ELSE {_text(value)} END"


def _moment(value: str, sizes: tuple[int, int, int], suffix: str = "") -> str:
    """Seconds, milliseconds or microseconds; Python's isoformat() leaves out a zero fraction."""
    bare, milli, micro = sizes
    full = f"CASE length({value}) WHEN {milli} THEN {value} || '000' ELSE {value} END"
    text = f"replace(replace({full}, ' ', 'T'), '.000000', '')"
    return (
        f"CASE WHEN length({value}) IN ({bare}, {milli}, {micro}) "
        f"THEN '\"' || {text} || '{suffix}\"' ELSE {_text(value)} END"
    )


def _decimal(scale: int) -> Encoder:
    # The zero makes a negative zero positive.
    return lambda value: (
        f"CASE WHEN typeof({value}) IN ('integer', 'real') "
        f"THEN '\"' || printf('%%.{scale}f', {value} + 0.0) || '\"' ELSE {_text(value)} END"
    )


def _quick_decimal(scale: int, digits: int, read: Read) -> Read:
    """Django's way over `Decimal`, at 6 µs, only for a double that is not that decimal's own."""
    spec = f".{scale}f"

    def quick(raw: Any) -> Any:
        if raw.__class__ is float:
            text = format(raw, spec)
            if raw and len(text) <= digits + 1 and float(text) == raw:
                return text
        return read(raw)

    return quick


ENCODERS: dict[str, Encoder] = {
    "boolean": _boolean,
    "date": _text,
    "datetime": lambda value: _moment(value, (19, 23, 26), "+00:00"),
    "integer": _integer,
    "ip": _text,
    "text": _text,
    "time": lambda value: _moment(value, (8, 12, 15)),
    "uuid": lambda value: f"coalesce('\"' || {_uuid(value)} || '\"', 'null')",
}
KEYS: dict[str, Encoder] = {
    "integer": lambda value: f"CAST({value} AS TEXT)",
    "text": lambda value: value,
    "uuid": _uuid,
}


class SQLite(Vendor):
    """One writer at a time: whoever reads before it writes must take the write lock first.

    Otherwise the write fails at once with "database is locked" when another connection has
    committed since the read, however long the timeout: https://www.sqlite.org/isolation.html
    """

    in_database = True
    json_list = "json_each(%s)"

    def differs(self, codec: Codec, old: str, new: str) -> str:
        return f"{old} IS NOT {new}"

    def encoder(self, connection: BaseDatabaseWrapper, codec: Codec) -> Encoder | None:
        if not codec.stored_plainly:
            return None
        if codec.kind == "datetime" and (
            connection.timezone is None or connection.timezone_name != "UTC"
        ):
            return None
        if isinstance(codec, DecimalCodec):
            return self._decimal_encoder(codec)
        return ENCODERS.get(codec.kind or "")

    def _decimal_encoder(self, codec: DecimalCodec) -> Encoder | None:
        digits = codec.field.max_digits  # type: ignore[attr-defined]
        exact = digits is not None and digits <= codec.exact_digits and codec.scale is not None
        return _decimal(codec.scale) if exact and codec.scale is not None else None

    def reading(self, codec: Codec, read: Read) -> Read:
        if isinstance(codec, DecimalCodec) and codec.scale is not None:
            digits = codec.field.max_digits or codec.exact_digits  # type: ignore[attr-defined]
            return _quick_decimal(codec.scale, min(digits, codec.exact_digits), read)
        return read

    def key_text(self, codec: Codec, value: str) -> str | None:
        write = KEYS.get(codec.kind or "") if codec.stored_plainly else None
        return write(value) if write else None

    def run(
        self, connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]
    ) -> Sequence[Sequence[Any]]:
        # SQLite answers in 5 µs, and Django's cursor costs 15 to 25 beside it.
        if _is_watched(connection) or connection.needs_rollback:
            return super().run(connection, sql, params)
        with connection.wrap_database_errors:
            driver: Any = connection.connection
            rows: list[Any] = driver.execute(_question_marks(sql), params).fetchall()
        return rows

    def writing(
        self, connection: BaseDatabaseWrapper, *, reads_first: bool
    ) -> AbstractContextManager[None]:
        if reads_first:
            return _WriteLock(connection)
        return super().writing(connection, reads_first=reads_first)


def _is_watched(connection: BaseDatabaseWrapper) -> bool:
    """Whether someone counts on every statement coming by Django's cursor."""
    return bool(
        connection.execute_wrappers
        or connection.queries_logged
        or "cursor" in vars(connection)
        or CursorWrapper.execute.__globals__ is not CURSORS
        or connection.connection is None
    )


@cache
def _question_marks(sql: str) -> str:
    """A statement of ours with the placeholders of the driver."""
    return sql.replace("%s", "?").replace("%%", "%")


class _WriteLock:
    """An atomic block that holds the write lock from its first statement on."""

    __slots__ = ("atomic", "connection")

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.atomic = transaction.atomic(using=connection.alias, savepoint=False)

    def __enter__(self) -> None:
        connection = self.connection
        # Connecting sets the mode, too; and asking connects.
        if connection.in_atomic_block or not connection.get_autocommit():
            # No rows, but a write all the same: SQLite takes the lock when the statement starts.
            # On the driver's connection, like the statements that open a transaction; and before
            # the block is entered, since whoever is refused the lock never leaves that block.
            marked = transaction.mark_for_rollback_on_error(connection.alias)
            with marked, connection.wrap_database_errors:
                connection.connection.execute("DELETE FROM auditable_auditentry WHERE 0")
            self.atomic.__enter__()
            return
        mode = connection.transaction_mode
        connection.transaction_mode = "EXCLUSIVE" if mode == "EXCLUSIVE" else "IMMEDIATE"
        try:
            self.atomic.__enter__()
        finally:
            connection.transaction_mode = mode

    def __exit__(self, *error: Any) -> None:
        self.atomic.__exit__(*error)
