"""Whatever fails on the way, neither the change nor its entry stays; the next try succeeds."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from auditable import MissingContextError, audit_context
from auditable.capture import inserts, links, scribe
from auditable.capture.bulk import Bulk
from auditable.capture.rows import Reader
from auditable.signals import entries_recorded
from tests.shop.models import Account, Customer, Payment, Tag

from .folding import fold, live
from .trails import last, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytestmark = pytest.mark.django_db(transaction=True)


class Injected(Exception):
    """What goes wrong."""


def fail(*args: Any, **kwargs: Any) -> Any:
    raise Injected


@contextmanager
def at_reading() -> Iterator[None]:
    with row_by_row() as patch:
        for name in ("of_key", "matching", "of_keys"):
            patch.setattr(Reader, name, fail)
        yield


@contextmanager
def at_encoding() -> Iterator[None]:
    with row_by_row() as patch:
        patch.setattr(Reader, "image", fail)
        patch.setattr(inserts, "_image", fail)
        yield


@contextmanager
def at_recording() -> Iterator[None]:
    with row_by_row() as patch:
        patch.setattr(scribe, "record", fail)
        patch.setattr(links, "record", fail)
        yield


@contextmanager
def at_the_receiver() -> Iterator[None]:
    entries_recorded.connect(fail)
    try:
        yield
    finally:
        entries_recorded.disconnect(fail)


@contextmanager
def at_the_table() -> Iterator[None]:
    """The database itself refuses the entry."""
    refuse, accept = REFUSE[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(refuse)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(accept)


@contextmanager
def row_by_row() -> Iterator[pytest.MonkeyPatch]:
    """Large writes pass through Python as well, where they can be made to fail."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bulk, "of", lambda *args: None)
        yield patch


TRIGGER = "CREATE TRIGGER refuse BEFORE INSERT ON auditable_auditentry "
REFUSE = {
    "sqlite": (f"{TRIGGER} BEGIN SELECT RAISE(ABORT, 'refused'); END", "DROP TRIGGER refuse"),
    "mysql": (f"{TRIGGER} FOR EACH ROW SIGNAL SQLSTATE '45000'", "DROP TRIGGER refuse"),
    "postgresql": (
        "ALTER TABLE auditable_auditentry ADD CONSTRAINT refuse CHECK (false) NOT VALID",
        "ALTER TABLE auditable_auditentry DROP CONSTRAINT refuse",
    ),
}
EVERYWHERE = (at_reading, at_encoding, at_recording, at_the_receiver, at_the_table)
WHILE_RECORDING = (at_recording, at_the_receiver, at_the_table)
CREATING = (at_encoding, *WHILE_RECORDING)


def save(payment: Payment) -> None:
    payment.amount = 2
    payment.save()


def save_expression(payment: Payment) -> None:
    payment.amount = F("amount") + 1
    payment.save()


def add(payment: Payment) -> None:
    payment.tags.add(Tag.objects.create())


WRITES: dict[str, tuple[Sequence[Any], Callable[[Payment], Any]]] = {
    "save": (EVERYWHERE, save),
    "save of an expression": (EVERYWHERE, save_expression),
    "update": (EVERYWHERE, lambda _: Payment.objects.filter(amount__gte=0).update(status="paid")),
    "update of one": (EVERYWHERE, lambda p: Payment.objects.filter(pk=p.pk).update(amount=2)),
    "bulk_update": (
        EVERYWHERE,
        lambda p: Payment.objects.bulk_update([Payment(pk=p.pk, amount=2)], ["amount"]),
    ),
    "delete": (EVERYWHERE, lambda p: p.delete()),
    "delete of a queryset": (EVERYWHERE, lambda _: Payment.objects.all().delete()),
    "set of a reverse key": (EVERYWHERE, lambda p: Customer.objects.get().payments.set([p])),
    "create": (CREATING, lambda _: Payment.objects.create(amount=3)),
    "bulk_create": (CREATING, lambda _: Payment.objects.bulk_create([Payment(), Payment()])),
    "add": (WHILE_RECORDING, add),
    "set": (WHILE_RECORDING, lambda p: p.tags.set([])),
}


@pytest.fixture
def payment() -> Payment:
    Customer.objects.create()
    payment = Payment.objects.create(amount=1)
    payment.tags.add(Tag.objects.create())
    return payment


@pytest.mark.parametrize(("steps", "write"), WRITES.values(), ids=WRITES)
def test_neither_the_change_nor_its_entry_stays(
    payment: Payment, steps: Sequence[Any], write: Callable[[Payment], Any]
) -> None:
    before, since = live(), last()
    for step in steps:
        for block in (nullcontext, transaction.atomic):
            with step(), pytest.raises((Injected, DatabaseError)), block():
                write(Payment.objects.get(pk=payment.pk))
            assert not connection.in_atomic_block
            assert live() == before, step
            assert told(since=since) == [], step
    write(Payment.objects.get(pk=payment.pk))
    assert live() != before
    assert fold(told()) == live()


def test_a_constraint_of_the_row_itself() -> None:
    Payment.objects.create(reference="a")
    other = Payment.objects.create(reference="b", amount=1)
    since = last()
    other.reference, other.amount = "a", 2
    with pytest.raises(IntegrityError):
        other.save()
    with pytest.raises(IntegrityError):
        Payment.objects.bulk_create([Payment(reference="c"), Payment(reference="a")])
    with pytest.raises(IntegrityError):
        Payment.objects.update(reference="d", amount=5)
    assert told(since=since) == []
    other.reference = "e"
    other.save()
    assert [changes for *_, changes in told(since=since)] == [{"amount": ["1.00", "2.00"]}]


def test_one_row_that_is_skipped_leaves_no_entry(payment: Payment) -> None:
    since = last()
    link = payment.tags.through(payment=payment, tag=payment.tags.get())
    if not connection.features.can_return_rows_from_bulk_insert:
        pytest.skip("does not tell which rows it skipped")
    payment.tags.through.objects.bulk_create([link], ignore_conflicts=True)
    assert told(since=since) == []


def test_a_receiver_that_raises_takes_the_change_along(payment: Payment) -> None:
    before, since = live(), last()

    def receive(sender: Any, **kwargs: Any) -> None:
        raise Injected

    entries_recorded.connect(receive, sender=Payment)
    try:
        with pytest.raises(Injected):
            save(payment)
        with pytest.raises(Injected), transaction.atomic():
            save(payment)
    finally:
        entries_recorded.disconnect(receive, sender=Payment)
    assert live() == before
    assert told(since=since) == []
    save(payment)
    assert [changes for *_, changes in told(since=since)] == [{"amount": ["1.00", "2.00"]}]


class TestMissingContext:
    """A refused write is an error of the write: Django marks the block as it does for any."""

    def test_nothing_is_written(self) -> None:
        with pytest.raises(MissingContextError):
            Account.objects.create(iban="a")
        with pytest.raises(MissingContextError):
            Account.objects.bulk_create([Account(iban="a")])
        assert not Account.objects.exists()
        assert told() == []

    def test_a_block_goes_on_after_a_refusal_in_a_savepoint(self) -> None:
        with transaction.atomic():
            with pytest.raises(MissingContextError), transaction.atomic():
                Account.objects.create(iban="a")
            with audit_context(reason="asked for"):
                Account.objects.create(iban="b")
        assert [action for action, *_ in told()] == ["create"]

    def test_a_block_goes_on_after_a_refused_update(self) -> None:
        with audit_context(reason="asked for"):
            Account.objects.create(iban="a", pin=1)
        since = last()
        with transaction.atomic():
            with pytest.raises(MissingContextError), transaction.atomic():
                Account.objects.update(pin=2)
            assert Account.objects.get().pin == 1
        assert told(since=since) == []
