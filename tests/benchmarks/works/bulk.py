"""Writes of many rows by one call."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import F

from tests.benchmarks import rows
from tests.benchmarks.names import STATUSES
from tests.benchmarks.works.base import NOTHING, Work, named
from tests.benchmarks.works.single import Create


class Update(Work):
    name: ClassVar[str] = "update"

    def prepare(self) -> None:
        before = self._amounts_and_statuses()
        self.status = STATUSES[(STATUSES.index(before[0][2]) + 1) % len(STATUSES)]
        self.expect(
            "update",
            [(pk, {"status": status}) for pk, _, status in before],
            [(pk, {"status": self.status}) for pk, _, _ in before],
        )

    def run(self) -> None:
        chosen = self.contender.Payment.objects.filter(currency=rows.BASE)
        self.contender.update(chosen, status=self.status)

    def _amounts_and_statuses(self) -> list[Any]:
        chosen = self.contender.Payment.objects.filter(currency=rows.BASE)
        return list(chosen.values_list("pk", "amount", "status"))


class UpdateExpression(Update):
    name: ClassVar[str] = "update_expression"

    def prepare(self) -> None:
        before = self._amounts_and_statuses()
        self.expect(
            "update",
            [(pk, {"amount": amount}) for pk, amount, _ in before],
            [(pk, {"amount": amount + 1}) for pk, amount, _ in before],
        )

    def run(self) -> None:
        chosen = self.contender.Payment.objects.filter(currency=rows.BASE)
        self.contender.update(chosen, amount=F("amount") + 1)


class BulkCreate(Create):
    name: ClassVar[str] = "bulk_create"

    def run(self) -> None:
        self.contender.bulk_create(self.objects)


class BulkUpdate(Work):
    name: ClassVar[str] = "bulk_update"

    def prepare(self) -> None:
        self.objects = self.payments(self.size)
        before = [(payment.pk, {"amount": payment.amount}) for payment in self.objects]
        for payment in self.objects:
            payment.amount += Decimal("0.01")
        after = [(payment.pk, {"amount": payment.amount}) for payment in self.objects]
        self.expect("update", before, after)

    def run(self) -> None:
        self.contender.bulk_update(self.objects, ["amount"])


class Delete(Work):
    name: ClassVar[str] = "delete"
    currency: ClassVar[str] = "OLD"

    def prepare(self) -> None:
        Payment = self.contender.Payment
        rows.insert([rows.payment(Payment, n, currency=self.currency) for n in range(self.size)])
        doomed = Payment.objects.filter(currency=self.currency).order_by("pk")
        before = [(payment.pk, named(payment)) for payment in doomed]
        self.expect("delete", before, [(pk, NOTHING) for pk, _ in before])

    def run(self) -> None:
        self.contender.delete(self.contender.Payment.objects.filter(currency=self.currency))

    def cleanup(self) -> None:
        rows.remove(self.contender.Payment, self.currency)
