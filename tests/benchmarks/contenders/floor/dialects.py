"""The floor's SQL, written by hand for each database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.benchmarks.contenders.entries import TABLE

COLUMNS = (
    "timestamp, action, model_label, object_pk, changes, "
    "actor_type, actor_id, actor_repr, reason, correlation_id, metadata"
)


@dataclass(frozen=True, slots=True)
class Dialect:
    mark: str
    """The driver's placeholder."""

    row_lock: str

    as_amount: str
    """Canonical text of an amount."""

    as_key: str
    """An object's primary key as the log holds it."""

    pair: str
    """The `[old, new]` of one column."""

    change: str
    """The JSON object around the pairs, which come as `'name', pair`."""

    differs: str

    now: str
    """A timestamp passed as a parameter."""

    json: str
    """JSON passed as a parameter."""

    chosen: str
    """Rows by a list of primary keys passed as one parameter."""

    assigned: str
    """A table of (key, value), passed as one parameter of JSON `{key: value}`."""

    def insert_one(self) -> str:
        marks = ", ".join([self.mark] * 11)
        return f"INSERT INTO {TABLE} ({COLUMNS}) VALUES ({marks})"

    def select_one(self, table: str) -> str:
        return (
            f"SELECT amount, status, customer_id FROM {table} WHERE id = {self.mark}{self.row_lock}"
        )

    def insert_many(self, pairs: str, source: str) -> str:
        """Entries made by the database out of rows; parameters: time, action, label, actor × 3."""
        empty = self.json.format("'{}'")
        return (
            f"INSERT INTO {TABLE} ({COLUMNS}) SELECT {self.now}, %s, %s, {self.as_key}, "
            f"{self.change.format(pairs)}, %s, %s, %s, '', '', {empty} "
            f"FROM {source}"
        )


SQLITE = Dialect(
    mark="?",
    row_lock="",
    as_amount="printf('%%.2f', {})",
    as_key="CAST(id AS text)",
    pair="json_array({}, {})",
    change="json_object({})",
    differs="{} IS NOT {}",
    now="%s",
    json="{}",
    chosen="id IN (SELECT value FROM json_each(%s))",
    assigned="(SELECT CAST(key AS integer) AS assigned_key, value AS assigned FROM json_each(%s))",
)

POSTGRESQL = Dialect(
    mark="%s",
    row_lock=" FOR NO KEY UPDATE",
    as_amount="({})::numeric(12,2)::text",
    as_key="id::text",
    pair="jsonb_build_array({}, {})",
    change="jsonb_build_object({})",
    differs="{} IS DISTINCT FROM {}",
    now="%s::timestamptz",
    json="{}::jsonb",
    chosen="id = ANY(%s)",
    assigned=(
        "(SELECT key::bigint AS assigned_key, value AS assigned FROM jsonb_each_text(%s::jsonb))"
    ),
)


def moment(vendor: str, now: datetime) -> Any:
    """The time as the driver takes it."""
    return now if vendor == "postgresql" else str(now.replace(tzinfo=None))
