"""Writes of one object at a time, each a transaction of its own."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction

from tests.benchmarks import rows
from tests.benchmarks.works.base import NOTHING, Work, named


class Create(Work):
    name: ClassVar[str] = "create"
    currency: ClassVar[str] = "NEW"

    def prepare(self) -> None:
        self.objects = [
            rows.payment(self.contender.Payment, number, currency=self.currency)
            for number in range(self.size)
        ]

    def run(self) -> None:
        create = self.contender.create
        for payment in self.objects:
            create(payment)

    def verify(self, mark: Any) -> Any:
        after = [(payment.pk, named(payment)) for payment in self.objects]
        self.expect("create", [(pk, NOTHING) for pk, _ in after], after)
        return super().verify(mark)

    def cleanup(self) -> None:
        rows.remove(self.contender.Payment, self.currency)


class SaveChanged(Work):
    name: ClassVar[str] = "save_changed"

    def prepare(self) -> None:
        self.objects = self.payments(self.size)
        before = [(payment.pk, {"amount": payment.amount}) for payment in self.objects]
        for payment in self.objects:
            payment.amount += Decimal("0.01")
        after = [(payment.pk, {"amount": payment.amount}) for payment in self.objects]
        self.expect("update", before, after)

    def run(self) -> None:
        save = self.contender.save
        for payment in self.objects:
            save(payment)


class SaveLoop(SaveChanged):
    """The same in one transaction: what a bulk write would be without one."""

    name: ClassVar[str] = "save_loop"

    def run(self) -> None:
        with transaction.atomic():
            super().run()


class SaveUnchanged(Work):
    name: ClassVar[str] = "save_unchanged"

    def prepare(self) -> None:
        self.objects = self.payments(self.size)

    def run(self) -> None:
        save = self.contender.save
        for payment in self.objects:
            save(payment)


class SaveUnnamed(Work):
    name: ClassVar[str] = "save_unnamed"

    def prepare(self) -> None:
        self.objects = self.payments(self.size)
        for payment in self.objects:
            payment.attempts = (payment.attempts + 1) % 30000

    def run(self) -> None:
        save = self.contender.save
        for payment in self.objects:
            save(payment, update_fields=["attempts"])


class SaveUndecorated(Work):
    """A model that is not audited, in a project that audits others."""

    name: ClassVar[str] = "save_undecorated"

    def prepare(self) -> None:
        self.objects = list(self.contender.Draft.objects.order_by("pk")[: self.size])
        for draft in self.objects:
            draft.amount += Decimal("0.01")

    def run(self) -> None:
        save = self.contender.save_draft
        for draft in self.objects:
            save(draft)
