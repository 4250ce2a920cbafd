from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditlog.models import LogEntry
from django.db.models import prefetch_related_objects

from tests.benchmarks.contenders.base import Clone, Contender, Diff, last_id
from tests.benchmarks.honesty import Record, canonical

ACTIONS = ("create", "update", "delete")


class Auditlog(Contender):
    """django-auditlog: signals; one table; a diff whose values are text."""

    log_tables: tuple[str, ...] = ("auditlog_logentry",)
    clones: tuple[Clone, ...] = (
        Clone(
            table="auditlog_logentry",
            columns={
                "object_pk": "CAST({key} AS varchar)",
                "object_id": "{key}",
                "timestamp": "{moment}",
            },
        ),
    )

    def trail(self, payment: Any) -> Sequence[Any]:
        return [entry.changes_dict for entry in payment.history.all()]

    def trails(self, payments: Sequence[Any]) -> Mapping[Any, Sequence[Any]]:
        prefetch_related_objects(payments, "history")
        return {
            payment.pk: [entry.changes_dict for entry in payment.history.all()]
            for payment in payments
        }

    def diff_of(self, item: Any) -> Diff:
        return item

    def mark(self) -> int:
        return last_id("auditlog_logentry")

    def records(self, since: int) -> Iterator[Record]:
        columns = ("action", "object_pk", "changes", "actor_id")
        rows = LogEntry.objects.filter(pk__gt=since).order_by("pk").values_list(*columns)
        for action, pk, changes, actor in rows:
            yield Record(
                action=ACTIONS[action],
                pk=pk,
                old={name: canonical(name, change[0]) for name, change in changes.items()},
                new={name: canonical(name, change[1]) for name, change in changes.items()},
                actor=str(actor) if actor else None,
            )


CONTENDER = Auditlog
