from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from pgtrigger import installation

from tests.benchmarks.contenders.base import Clone, Contender, last_id
from tests.benchmarks.contenders.snapshots import diffs
from tests.benchmarks.honesty import Record, values
from tests.benchmarks.names import NAMED

ACTIONS = {"insert": "create", "update": "update", "delete": "delete"}


class PgHistory(Contender):
    """django-pghistory: triggers; a table a model; snapshots of the named columns."""

    def __init__(self) -> None:
        super().__init__()
        self.Event = self.Payment.pgh_event_model
        self.table = self.Event._meta.db_table
        self.log_tables = (self.table, "pghistory_context")
        self.clones = (
            Clone(table=self.table, columns={"pgh_obj_id": "{key}", "pgh_created_at": "{moment}"}),
        )

    @property
    def balance_log(self) -> str:
        return str(self.Balance.pgh_event_model._meta.db_table)

    def install(self) -> None:
        installation.install()

    def trail(self, payment: Any) -> Sequence[Any]:
        events = self.Event.objects.filter(pgh_obj_id=payment.pk).order_by("-pgh_id")
        return diffs(events.values(*NAMED))

    def trails(self, payments: Sequence[Any]) -> Mapping[Any, Sequence[Any]]:
        found: dict[int, list[Any]] = {payment.pk: [] for payment in payments}
        events = self.Event.objects.filter(pgh_obj_id__in=list(found)).order_by("-pgh_id")
        for event in events.values("pgh_obj_id", *NAMED):
            found[event.pop("pgh_obj_id")].append(event)
        return {pk: diffs(snapshots) for pk, snapshots in found.items()}

    def mark(self) -> int:
        return last_id(self.table, "pgh_id")

    def records(self, since: int) -> Iterator[Record]:
        columns = ("pgh_label", "pgh_obj_id", "amount", "status", "customer_id", "pgh_context_id")
        rows = self.Event.objects.filter(pgh_id__gt=since).order_by("pgh_id")
        for label, pk, *named, context in rows.values_list(*columns):
            state = values(dict(zip(NAMED, named, strict=True)))
            yield Record(
                action=ACTIONS[label],
                pk=str(pk),
                old=state if label == "delete" else None,
                new=state if label != "delete" else None,
                actor=_actor(context),
            )


def _actor(context: Any) -> str | None:
    if context is None:
        return None
    user = apps.get_model("pghistory.Context").objects.get(pk=context).metadata.get("user")
    return str(user) if user else None


CONTENDER = PgHistory
