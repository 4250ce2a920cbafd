"""Reading trails."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction

from tests.benchmarks import rows
from tests.benchmarks.honesty import Finding, Verdict, canonical
from tests.benchmarks.works.base import Work


class Reading(Work):
    """Trails of some payments, each created and then changed by the contender itself."""

    objects_count: ClassVar[int]
    currency: ClassVar[str]

    @property
    def length(self) -> int:
        return max(2, self.size // self.objects_count)

    def arrange(self) -> None:
        Payment = self.contender.Payment
        with transaction.atomic():
            made = [
                rows.payment(Payment, n, currency=self.currency) for n in range(self.objects_count)
            ]
            for payment in made:
                self.contender.create(payment)
        for _ in range(self.length - 1):
            with transaction.atomic():
                for payment in made:
                    payment.amount += Decimal("0.01")
                    self.contender.save(payment)

    def prepare(self) -> None:
        chosen = self.contender.Payment.objects.filter(currency=self.currency)
        self.objects = list(chosen.order_by("pk"))

    def verify(self, mark: Any) -> Verdict:
        if not self.contender.audits:
            return Verdict(Finding.UNASKED)
        for payment in self.objects:
            found = self.found(payment)
            if len(found) != self.length:
                return Verdict(Finding.WRONG, f"{len(found)} items, not {self.length}")
            wrong = self._wrong(payment, found)
            if wrong:
                return Verdict(Finding.WRONG, wrong)
        return Verdict(Finding.TRUE, self._kind())

    def found(self, payment: Any) -> Sequence[Any]:
        raise NotImplementedError

    def _wrong(self, payment: Any, found: Sequence[Any]) -> str:
        """Each change must lead to the one after it; the newest to the row."""
        amount = canonical("amount", payment.amount)
        for item in found[:-1]:
            old, new = self.contender.diff_of(item)["amount"]
            if canonical("amount", new) != amount:
                return f"expected a change to {amount}, found {old} to {new}"
            amount = canonical("amount", old)
        return ""

    def _kind(self) -> str:
        """Whether a decimal came back as one."""
        old, new = self.contender.diff_of(self.found(self.objects[0])[0])["amount"]
        typed = all(isinstance(value, Decimal) for value in (old, new))
        return "" if typed else "values come back as text"


class Trail(Reading):
    name: ClassVar[str] = "trail"
    objects_count: ClassVar[int] = 1
    currency: ClassVar[str] = "TR1"

    def run(self) -> None:
        self.result = self.contender.trail(self.objects[0])

    def found(self, payment: Any) -> Sequence[Any]:
        return self.result


class Trails(Reading):
    name: ClassVar[str] = "trails"
    objects_count: ClassVar[int] = 100
    currency: ClassVar[str] = "TRS"
    result: Mapping[Any, Sequence[Any]]

    def run(self) -> None:
        self.result = self.contender.trails(self.objects)

    def found(self, payment: Any) -> Sequence[Any]:
        return self.result.get(payment.pk, [])


class ShortTrails(Reading):
    """Trails of 20 entries one after another, each with a query of its own; used for growth."""

    name: ClassVar[str] = "short_trails"
    objects_count: ClassVar[int] = 50
    currency: ClassVar[str] = "SHT"

    @property
    def length(self) -> int:
        return 20

    def arrange(self) -> None:
        """The entries are there: they were written while the log grew."""

    def run(self) -> None:
        self.result = {payment.pk: self.contender.trail(payment) for payment in self.objects}

    def found(self, payment: Any) -> Sequence[Any]:
        return self.result[payment.pk]
