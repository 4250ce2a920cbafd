from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.db.models import Model, QuerySet
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from tests.benchmarks.contenders.base import Clone, Contender, Diff, last_id
from tests.benchmarks.honesty import Record, values
from tests.benchmarks.names import NAMED

ACTIONS = {"+": "create", "~": "update", "-": "delete"}


class SimpleHistory(Contender):
    """django-simple-history: signals; a table a model; snapshots of the named columns."""

    log_tables: tuple[str, ...] = ("shop_historicalpayment",)
    clones: tuple[Clone, ...] = (
        Clone(table="shop_historicalpayment", columns={"id": "{key}", "history_date": "{moment}"}),
    )

    @property
    def balance_log(self) -> str:
        return "shop_historicalbalance"

    def update(self, rows: QuerySet[Any], **changes: Any) -> None:
        """Neither update() nor expressions are recorded: load, change, use the bulk helper."""
        objects = list(rows)
        for instance in objects:
            for name, change in changes.items():
                setattr(instance, name, _value(instance, change))
        bulk_update_with_history(objects, rows.model, list(changes))

    def bulk_create(self, payments: Sequence[Model]) -> None:
        bulk_create_with_history(payments, self.Payment)

    def bulk_update(self, payments: Sequence[Model], columns: Sequence[str]) -> None:
        bulk_update_with_history(payments, self.Payment, columns)

    def trail(self, payment: Any) -> Sequence[Any]:
        return _deltas(payment.history.all())

    def trails(self, payments: Sequence[Any]) -> Mapping[Any, Sequence[Any]]:
        snapshots: dict[int, list[Any]] = {payment.pk: [] for payment in payments}
        for snapshot in self.Payment.history.filter(id__in=list(snapshots)):
            snapshots[snapshot.id].append(snapshot)
        return {pk: _deltas(of_one) for pk, of_one in snapshots.items()}

    def diff_of(self, item: Any) -> Diff:
        return {change.field: (change.old, change.new) for change in item.changes}

    def mark(self) -> int:
        return last_id("shop_historicalpayment", "history_id")

    def records(self, since: int) -> Iterator[Record]:
        columns = ("history_type", "id", "amount", "status", "customer_id", "history_user_id")
        rows = self.Payment.history.filter(history_id__gt=since).order_by("history_id")
        for kind, pk, *named, user in rows.values_list(*columns):
            state = values(dict(zip(NAMED, named, strict=True)))
            yield Record(
                action=ACTIONS[kind],
                pk=str(pk),
                old=state if kind == "-" else None,
                new=state if kind != "-" else None,
                actor=str(user) if user else None,
            )


def _value(instance: Model, change: Any) -> Any:
    """What a user who must leave `F("amount") + 1` would write in Python."""
    if not hasattr(change, "resolve_expression"):
        return change
    return getattr(instance, change.lhs.name) + change.rhs.value


def _deltas(snapshots: Iterable[Any]) -> list[Any]:
    """A delta for each snapshot but the oldest, which is the creation itself."""
    listed = list(snapshots)
    deltas: list[Any] = [
        new.diff_against(old, included_fields=NAMED) for new, old in pairwise(listed)
    ]
    return deltas + listed[-1:]


CONTENDER = SimpleHistory
