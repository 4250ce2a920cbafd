"""PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from ..codecs import Codec
from .base import Vendor
from .json_sql import Encoder

__all__ = ["PostgreSQL"]


def _quoted(sql: str) -> Encoder:
    return lambda value: f"""coalesce('"' || {sql.format(value)} || '"', 'null')"""


def _bare(sql: str) -> Encoder:
    return lambda value: f"coalesce({sql.format(value)}, 'null')"


def _float(value: str) -> str:
    odd = f"{value} IN ('NaN', 'Infinity', '-Infinity')"
    return (
        f"CASE WHEN {value} IS NULL THEN 'null' WHEN {odd} THEN '\"' || {value}::text || '\"' "
        f"ELSE to_jsonb({value} + 0.0::float8)::text END"
    )


# `to_char` always writes six digits; Python's isoformat() leaves out a zero fraction.
ENCODERS: dict[str, Encoder] = {
    "binary": _quoted("replace(encode({}, 'base64'), chr(10), '')"),
    "boolean": _bare("{}::text"),
    "date": _quoted("to_char({}, 'YYYY-MM-DD')"),
    "datetime": _quoted(
        "replace(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '.000000', '')"
        " || '+00:00'"
    ),
    "decimal": _quoted("{}::text"),
    "float": _float,
    "integer": _bare("{}::text"),
    "ip": _quoted("host({})"),
    "json": _bare("{}::text"),
    "text": _bare("to_jsonb({}::text)::text"),
    "time": _quoted("replace(to_char({}, 'HH24:MI:SS.US'), '.000000', '')"),
    "uuid": _quoted("{}::text"),
}
KEYS = {"integer", "text", "uuid"}

# What the log tells apart: texts that a collation takes for equal, but not NULL and JSON's null.
COMPARED = {"json": "coalesce({}, 'null')", "text": '({}::text COLLATE "C")'}


class PostgreSQL(Vendor):
    one_statement = True
    in_database = True

    def encoder(self, connection: BaseDatabaseWrapper, codec: Codec) -> Encoder | None:
        if codec.kind == "datetime" and not settings.USE_TZ:
            return None
        return ENCODERS.get(codec.kind or "") if codec.stored_plainly else None

    def differs(self, codec: Codec, old: str, new: str) -> str:
        compared = COMPARED.get(codec.kind or "", "{}")
        return super().differs(codec, compared.format(old), compared.format(new))

    def key_text(self, codec: Codec, value: str) -> str | None:
        return f"{value}::text" if codec.kind in KEYS and codec.stored_plainly else None

    def placeholders(self, count: int) -> str:
        # The first is the timestamp, the last the metadata; a SELECT takes the rest for text.
        return ", ".join(["%s::timestamptz", *["%s"] * (count - 2), "%s::jsonb"])

    def json(self, text: str) -> str:
        return f"({text})::jsonb"

    def insert_rows(
        self,
        connection: BaseDatabaseWrapper,
        table: str,
        columns: Sequence[str],
        constants: Sequence[Any],
        rows: Sequence[tuple[str, str]],
    ) -> None:
        if len(rows) == 1:
            return super().insert_rows(connection, table, columns, constants, rows)
        # Two arrays for any number of rows: nothing to plan anew, one round trip.
        given = self.placeholders(len(constants))
        sql = (
            f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
            f"SELECT {given}, row.pk, row.changes::jsonb "
            "FROM unnest(%s::text[], %s::text[]) AS row(pk, changes)"
        )
        object_pks, changes = zip(*rows, strict=True)
        self.run(connection, sql, (*constants, list(object_pks), list(changes)))
        return None
