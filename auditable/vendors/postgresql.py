"""PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from .base import Vendor

__all__ = ["PostgreSQL"]


class PostgreSQL(Vendor):
    def insert_rows(
        self,
        cursor: Any,
        table: str,
        columns: Sequence[str],
        constants: Sequence[Any],
        rows: Sequence[tuple[str, str]],
    ) -> None:
        if len(rows) == 1:
            return super().insert_rows(cursor, table, columns, constants, rows)
        # Two arrays for any number of rows: nothing to plan anew, one round trip.
        given = ", ".join(["%s::timestamptz", *["%s"] * (len(constants) - 2), "%s::jsonb"])
        sql = (
            f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
            f"SELECT {given}, row.pk, row.changes::jsonb "
            "FROM unnest(%s::text[], %s::text[]) AS row(pk, changes)"
        )
        object_pks, changes = zip(*rows, strict=True)
        cursor.execute(sql, (*constants, list(object_pks), list(changes)))
        return None
