"""The SQL with which the database records what happens to one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from ..recorder import CONSTANTS, target
from ..tables import Column, Plan
from ..vendors import vendor_of
from ..vendors.json_sql import Encoder, all_changes, array, differing_changes

__all__ = ["AFTER", "BEFORE", "LOG", "Script"]

BEFORE = "auditable_before"
"""The rows as they were: keys and columns are `col1`, `col2`, … in the order of a `Reader`."""

AFTER = "auditable_after"
"""The rows as they are then: keys are `col1`, …, columns `new2`, …"""

LOG = "auditable_log"
"""The entries written."""

GIVEN = "auditable_given"
"""Keys, handed over as a JSON list."""


class Script:
    """Pieces of SQL for one table and certain columns of it, on one connection."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        plan: Plan,
        columns: Sequence[Column],
        encoders: Mapping[Column, Encoder],
    ) -> None:
        self.connection = connection
        self.plan = plan
        self.columns = columns
        self.encoders = encoders
        self.vendor = vendor_of(connection)
        self.table = self._quote(plan.model._meta.db_table)

    @classmethod
    def of(
        cls, connection: BaseDatabaseWrapper, plan: Plan, columns: tuple[Column, ...]
    ) -> Script | None:
        """The script, kept with the connection; None where the database cannot do it alone."""
        scripts = vars(connection).setdefault("_auditable_scripts", {})
        # Which values the database can encode depends on the time zone it has them in.
        key = plan, columns, connection.timezone_name
        if key not in scripts:
            encoders = _encoders(connection, plan, columns)
            scripts[key] = None if encoders is None else cls(connection, plan, columns, encoders)
        return scripts[key]  # type: ignore[no-any-return]

    # --- Columns and conditions

    @cached_property
    def keys(self) -> str:
        """Names of the key's columns."""
        return ", ".join(name for _key, name in self._keys)

    @cached_property
    def names(self) -> str:
        """Names of the columns of the rows before."""
        return ", ".join(name for _column, name in (*self._keys, *self._columns))

    @cached_property
    def image(self) -> str:
        """Name of a temporary table of the rows before, for all scripts of so many columns."""
        return f"{BEFORE}_{len(self._keys) + len(self._columns)}"

    @cached_property
    def returned(self) -> str:
        """Columns of the table, named as those of the rows before."""
        return ", ".join(
            f"{self._of_table(column)} AS {name}" for column, name in (*self._keys, *self._columns)
        )

    @cached_property
    def returned_after(self) -> str:
        """Columns of the table, named as those of the rows after."""
        return ", ".join(
            f"{self._of_table(column)} AS {_new(name)}" for column, name in self._columns
        )

    @cached_property
    def rows_after(self) -> str:
        """The whole table, columns named as those of the rows after."""
        keys = ", ".join(f"{self._of_table(key)} AS {name}" for key, name in self._keys)
        return f"(SELECT {keys}, {self.returned_after} FROM {self.table}) AS {AFTER}"  # noqa: S608

    def inserted(self, returning: Sequence[Any]) -> str:
        """The same as `returned`, and `returned0`, … for whoever inserts."""
        asked = [
            f"{self.table}.{self._quote(field.column)} AS returned{number}"
            for number, field in enumerate(returning)
        ]
        return ", ".join([self.returned, *asked])

    def is_among(self, rows: str) -> str:
        """Whether a row of the table is one of `rows`."""
        keys = ", ".join(self._of_table(key) for key, _name in self._keys)
        return f"({keys}) IN (SELECT {self.keys} FROM {rows})"  # noqa: S608

    # Where the rows before stand beside the table itself, raw SQL in the UPDATE may name a column
    # of the table without saying whose: theirs must have other names.

    @cached_property
    def names_apart(self) -> str:
        """Names for the columns of the rows before that the table has not."""
        return ", ".join(_apart(name) for _column, name in (*self._keys, *self._columns))

    @cached_property
    def returned_before(self) -> str:
        """The rows before under their usual names again."""
        return ", ".join(
            f"{BEFORE}.{_apart(name)} AS {name}" for _column, name in (*self._keys, *self._columns)
        )

    @cached_property
    def is_row_before(self) -> str:
        """Whether a row of the table is that of a row before."""
        return " AND ".join(
            f"{self._of_table(key)} = {BEFORE}.{_apart(name)}" for key, name in self._keys
        )

    @cached_property
    def rows_listed(self) -> str:
        """The rows whose keys a JSON list names, a parameter, in the order of the list."""
        ((key, _name),) = self._keys
        return (
            f"(SELECT {self.returned} FROM {self.vendor.json_list} AS {GIVEN} "  # noqa: S608
            f"CROSS JOIN {self.table} WHERE {self._of_table(key)} = {GIVEN}.value) AS {AFTER}"
        )

    @cached_property
    def differs(self) -> str:
        """Whether a row is another than before."""
        return " OR ".join(self._differs(column, name) for column, name in self._columns)

    # --- Entries: INSERT INTO the log … SELECT, up to its FROM

    @cached_property
    def log_created(self) -> str:
        return self._log(all_changes(self._encoded(), created=True))

    @cached_property
    def log_deleted(self) -> str:
        return self._log(all_changes(self._encoded(), created=False))

    @cached_property
    def log_updated(self) -> str:
        return self._log(
            differing_changes(
                {
                    column.field.name: (
                        self._differs(column, name),
                        self.encoders[column](name),
                        self.encoders[column](_new(name)),
                    )
                    for column, name in self._columns
                }
            )
        )

    def _differs(self, column: Column, name: str) -> str:
        return self.vendor.differs(column.codec, name, _new(name))

    def _log(self, changes: str) -> str:
        log, names = target(self.connection)
        return (
            f"INSERT INTO {log} ({', '.join(names)}) SELECT "
            f"{self.vendor.placeholders(CONSTANTS)}, {self._object_pk}, {self.vendor.json(changes)}"
        )

    def _encoded(self) -> dict[str, str]:
        return {column.field.name: self.encoders[column](name) for column, name in self._columns}

    @cached_property
    def _object_pk(self) -> str:
        if len(self._keys) > 1:
            return array([self.encoders[key](name) for key, name in self._keys])
        ((key, name),) = self._keys
        text = self.vendor.key_text(key.codec, name)
        assert text is not None
        return text

    # --- Names

    @cached_property
    def _keys(self) -> list[tuple[Column, str]]:
        return [(key, f"col{number}") for number, key in enumerate(self.plan.keys, 1)]

    @cached_property
    def _columns(self) -> list[tuple[Column, str]]:
        first = len(self.plan.keys) + 1
        return [(column, f"col{number}") for number, column in enumerate(self.columns, first)]

    def _of_table(self, column: Column) -> str:
        return f"{self.table}.{self._quote(column.field.column)}"

    def _quote(self, name: str | None) -> str:
        return str(self.connection.ops.quote_name(name))  # type: ignore[arg-type]


def _new(name: str) -> str:
    return name.replace("col", "new")


def _apart(name: str) -> str:
    return f"auditable_{name}"


def _encoders(
    connection: BaseDatabaseWrapper, plan: Plan, columns: Sequence[Column]
) -> Mapping[Column, Encoder] | None:
    """How the database encodes each column, keys included; None if it cannot, or must not."""
    vendor, table = vendor_of(connection), plan.table
    if table is None or plan.links or not columns or not vendor.in_database:
        return None
    if any(column.field.name in table.masks for column in columns):
        return None
    wanted = {*plan.keys, *columns}
    encoders = {
        column: encoder
        for column in wanted
        if (encoder := vendor.encoder(connection, column.codec))
    }
    texts = [vendor.key_text(key.codec, "x") for key in plan.keys]
    return encoders if len(encoders) == len(wanted) and None not in texts else None
