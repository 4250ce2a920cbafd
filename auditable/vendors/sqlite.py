"""SQLite."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from ..codecs import Codec, DecimalCodec
from .base import Vendor
from .json_sql import Encoder

__all__ = ["SQLite"]


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
    differs = "IS NOT"

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

    def key_text(self, codec: Codec, value: str) -> str | None:
        write = KEYS.get(codec.kind or "") if codec.stored_plainly else None
        return write(value) if write else None

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
