from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import prefetch_related_objects

from tests.benchmarks.contenders import entries
from tests.benchmarks.contenders.base import Clone, Contender, Diff
from tests.benchmarks.honesty import Record


class Auditable(Contender):
    exact: ClassVar[bool] = True
    log_tables: tuple[str, ...] = (entries.TABLE,)
    clones: tuple[Clone, ...] = entries.CLONES

    def trail(self, payment: Any) -> Sequence[Any]:
        return [entry.diff for entry in payment.audit_trail]

    def trails(self, payments: Sequence[Any]) -> Mapping[Any, Sequence[Any]]:
        prefetch_related_objects(payments, "audit_trail")
        return {
            payment.pk: [entry.diff for entry in payment.audit_trail.all()] for payment in payments
        }

    def diff_of(self, item: Any) -> Diff:
        return {change.field: (change.old, change.new) for change in item}

    def mark(self) -> int:
        return entries.mark()

    def records(self, since: int) -> Iterable[Record]:
        return entries.records(since)


CONTENDER = Auditable
