"""Reading the log's own table for the honesty checks; shared by the library and its floor."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditable.models import AuditEntry
from tests.benchmarks.contenders.base import Clone, last_id
from tests.benchmarks.honesty import Record, canonical

TABLE = AuditEntry._meta.db_table

CLONES = (
    Clone(table=TABLE, columns={"object_pk": "CAST({key} AS varchar)", "timestamp": "{moment}"}),
)


def mark() -> int:
    return last_id(TABLE)


def records(since: int) -> Iterator[Record]:
    columns = ("action", "object_pk", "changes", "actor_id")
    rows = AuditEntry.objects.filter(pk__gt=since).order_by("pk").values_list(*columns)
    for action, pk, changes, actor in rows:
        yield Record(
            action=action, pk=pk, old=_side(changes, 0), new=_side(changes, 1), actor=actor or None
        )


def _side(changes: Mapping[str, Any], side: int) -> dict[str, str | None]:
    return {name: canonical(name, change[side]) for name, change in changes.items()}
