"""The law of the log: its entries, folded, are the named columns of every row, at any moment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, F, Value, When
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.shop.models import Cell, Contract, Customer, Document, Invoice, Lease, Payment, Tag

from .folding import fold, live
from .trails import last, told

numbers = st.integers(0, 3)
amounts = st.sampled_from([Decimal("0.00"), "1", 2.5, Decimal("3.10")])
statuses = st.sampled_from(["new", "paid", "refunded"])
several = st.lists(numbers, max_size=4)
names = st.sampled_from("abcd")


class Shop(RuleBasedStateMachine):
    """Writes of every kind, in any order, in savepoints that may be rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Any] = []
        self.begin()
        self.since = last()

    def teardown(self) -> None:
        while self.blocks:
            self.roll_back()

    def begin(self) -> None:
        block: Any = transaction.atomic()
        block.__enter__()
        self.blocks.append(block)

    def roll_back(self) -> None:
        transaction.set_rollback(True)
        self.blocks.pop().__exit__(None, None, None)

    def pick(self, model: type[Any], numbers: list[int]) -> list[Any]:
        rows = list(model._base_manager.order_by("pk"))
        return [rows[number] for number in sorted(set(numbers)) if number < len(rows)]

    def customer(self, number: int) -> Customer | None:
        return next(iter(self.pick(Customer, [number])), None)

    @initialize()
    def fill(self) -> None:
        for name in "abc":
            Customer.objects.create(name=name, code=name)
            Tag.objects.create(name=name)

    @invariant()
    def the_entries_folded_are_the_rows(self) -> None:
        assert fold(told(since=self.since)) == live()

    @precondition(lambda self: len(self.blocks) < 3)
    @rule()
    def open_savepoint(self) -> None:
        self.begin()

    @precondition(lambda self: len(self.blocks) > 1)
    @rule(keep=st.booleans())
    def close_savepoint(self, keep: bool) -> None:
        if keep:
            self.blocks.pop().__exit__(None, None, None)
        else:
            self.roll_back()

    # Payments: plain columns, a foreign key, a many-to-many field.

    @rule(amount=amounts, status=statuses, number=numbers)
    def create_payment(self, amount: Any, status: str, number: int) -> None:
        Payment.objects.create(amount=amount, status=status, customer=self.customer(number))

    @rule(several=several, amount=amounts, status=statuses)
    def bulk_create_payments(self, several: list[int], amount: Any, status: str) -> None:
        Payment.objects.bulk_create(Payment(amount=amount, status=status) for _ in several)

    @rule(number=numbers, amount=amounts, status=statuses, only=st.booleans())
    def save_payment(self, number: int, amount: Any, status: str, only: bool) -> None:
        for payment in self.pick(Payment, [number]):
            payment.amount, payment.status = amount, status
            payment.save(update_fields=["status", "note"] if only else None)

    @rule(number=numbers, status=statuses)
    def save_over(self, number: int, status: str) -> None:
        for payment in self.pick(Payment, [number]):
            Payment(pk=payment.pk, status=status).save()

    @rule(status=statuses, to=statuses, number=numbers)
    def update_payments(self, status: str, to: str, number: int) -> None:
        customer = self.customer(number)
        Payment.objects.filter(status=status).update(status=to, customer=customer)

    @rule()
    def update_by_expressions(self) -> None:
        Payment.objects.update(
            amount=F("amount") + 1,
            status=Case(When(amount__gt=3, then=Value("paid")), default=F("status")),
        )

    @rule(several=several, amount=amounts, status=statuses)
    def bulk_update_payments(self, several: list[int], amount: Any, status: str) -> None:
        payments = self.pick(Payment, several)
        for payment in payments:
            payment.amount = F("amount") + 1 if payment.pk % 2 else amount
            payment.status = status
        Payment.objects.bulk_update(payments, ["amount", "status"])

    @rule(reference=names, status=statuses)
    def update_or_create_payment(self, reference: str, status: str) -> None:
        Payment.objects.update_or_create(reference=reference, defaults={"status": status})

    @rule(references=st.lists(names, max_size=4), status=statuses, amount=amounts)
    def upsert_payments(self, references: list[str], status: str, amount: Any) -> None:
        targeted = connection.features.supports_update_conflicts_with_target
        Payment.objects.bulk_create(
            [Payment(reference=each, status=status, amount=amount) for each in set(references)],
            update_conflicts=True,
            update_fields=["status"],
            unique_fields=["reference"] if targeted else None,
        )

    @rule(references=st.lists(names, min_size=1, max_size=3), amount=amounts)
    def create_payments_that_may_conflict(self, references: list[str], amount: Any) -> None:
        try:
            with transaction.atomic():
                Payment.objects.bulk_create(
                    Payment(reference=each, amount=amount) for each in references
                )
        except IntegrityError:
            pass

    @rule(several=several)
    def delete_payments(self, several: list[int]) -> None:
        keys = [payment.pk for payment in self.pick(Payment, several)]
        Payment.objects.filter(pk__in=keys).delete()

    @rule(number=numbers, several=several, clear=st.booleans())
    def set_the_payments_of_a_customer(self, number: int, several: list[int], clear: bool) -> None:
        customer = self.customer(number)
        if customer is not None:
            customer.payments.set(self.pick(Payment, several), clear=clear)

    @rule(number=numbers, several=several, how=st.sampled_from(["set", "add", "remove", "clear"]))
    def tag_a_payment(self, number: int, several: list[int], how: str) -> None:
        for payment in self.pick(Payment, [number]):
            self._link(payment.tags, how, self.pick(Tag, several))

    @rule(number=numbers, several=several, how=st.sampled_from(["set", "add", "remove", "clear"]))
    def tag_payments(self, number: int, several: list[int], how: str) -> None:
        for tag in self.pick(Tag, [number]):
            self._link(tag.payments, how, self.pick(Payment, several))

    def _link(self, manager: Any, how: str, objs: list[Any]) -> None:
        arguments = {"set": [objs], "clear": []}.get(how, objs)
        getattr(manager, how)(*arguments)

    @rule(number=numbers)
    def delete_tag(self, number: int) -> None:
        for tag in self.pick(Tag, [number]):
            tag.delete()

    @rule(number=numbers)
    def delete_customer(self, number: int) -> None:
        for customer in self.pick(Customer, [number]):
            customer.delete()

    # Documents: a string key, a self-reference that cascades, a manager that hides rows.

    @rule(key=names, parent=numbers, title=names)
    def save_document(self, key: str, parent: int, title: str) -> None:
        above = next(iter(self.pick(Document, [parent])), None)
        Document(key=key, title=title, parent=None if above and above.key == key else above).save()

    @rule(keys=st.lists(names, max_size=4), title=names)
    def upsert_documents(self, keys: list[str], title: str) -> None:
        targeted = connection.features.supports_update_conflicts_with_target
        Document.every.bulk_create(
            [Document(key=key, title=title) for key in set(keys)],
            update_conflicts=True,
            update_fields=["title"],
            unique_fields=["key"] if targeted else None,
        )

    @rule(key=names, hide=st.booleans())
    def hide_documents(self, key: str, hide: bool) -> None:
        Document.objects.filter(key__gte=key).update(deleted=hide)

    @rule(number=numbers)
    def delete_document(self, number: int) -> None:
        for document in self.pick(Document, [number]):
            document.delete()

    # Cells: a composite key.

    @rule(row=numbers, column=names, value=numbers)
    def save_cell(self, row: int, column: str, value: int) -> None:
        Cell(row=row, column=column, value=value).save()

    @rule(row=numbers)
    def update_cells(self, row: int) -> None:
        Cell.objects.filter(row__lte=row).update(value=F("value") + F("row"))

    @rule(row=numbers)
    def delete_cells(self, row: int) -> None:
        Cell.objects.filter(row=row).delete()

    # Leases: columns of a parent and of a child table.

    @rule(rent=numbers, number=numbers, day=st.integers(1, 3))
    def create_lease(self, rent: int, number: int, day: int) -> None:
        Lease.objects.create(rent=rent, start=date(2026, 1, day), owner=self.customer(number))

    @rule(rent=numbers, day=st.integers(1, 3), number=numbers)
    def update_leases(self, rent: int, day: int, number: int) -> None:
        Lease.objects.filter(rent__lte=number).update(rent=rent, start=date(2026, 1, day))

    @rule(number=numbers, rent=numbers, day=st.integers(1, 3))
    def save_lease(self, number: int, rent: int, day: int) -> None:
        for lease in self.pick(Lease, [number]):
            lease.rent, lease.start = rent, date(2026, 1, day)
            lease.save()

    @rule(number=numbers, whole=st.booleans())
    def delete_contract(self, number: int, whole: bool) -> None:
        for contract in self.pick(Contract if whole else Lease, [number]):
            contract.delete()

    # Invoices: a generated column.

    @rule(net=numbers, tax=numbers, bulk=st.booleans())
    def create_invoice(self, net: int, tax: int, bulk: bool) -> None:
        invoice = Invoice(net=net, tax=tax)
        if bulk:
            Invoice.objects.bulk_create([invoice])
        else:
            invoice.save()

    @rule(tax=numbers)
    def update_the_columns_that_one_is_generated_from(self, tax: int) -> None:
        Invoice.objects.update(tax=tax)


@pytest.mark.django_db
def test_the_entries_folded_are_the_rows() -> None:
    run_state_machine_as_test(
        Shop,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
