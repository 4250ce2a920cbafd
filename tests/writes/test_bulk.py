"""Writes of more rows than a batch: recorded in the database, or batch by batch."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from auditable import audit_context
from auditable.codecs import codec_of
from auditable.models import AuditEntry
from auditable.signals import entries_recorded
from tests.shop.models import Cell, Customer, Document, Everything, Payment, Pear, Plain

from .trails import last, told

if TYPE_CHECKING:
    from django.db.models import Field
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_batches(settings: SettingsWrapper) -> None:
    settings.AUDITABLE = {"BATCH_SIZE": 3}


def changes(since: int) -> dict[str, Any]:
    return {pk: found for _action, _label, pk, found in told(since=since)}


def test_update_to_constants() -> None:
    made = Payment.objects.bulk_create(Payment(amount=n, note=str(n % 2)) for n in range(10))
    since = last()
    assert Payment.objects.filter(note="1").update(amount=5, status="paid") == 5
    both = {"amount": ["1.00", "5.00"], "status": ["new", "paid"]}
    assert changes(since)[str(made[1].pk)] == both
    assert changes(since)[str(made[5].pk)] == {"status": ["new", "paid"]}
    assert len(changes(since)) == 5


def test_update_to_expressions_with_joins() -> None:
    customer = Customer.objects.create(name="x")
    made = Payment.objects.bulk_create(Payment(amount=n, customer=customer) for n in range(10))
    since = last()
    assert Payment.objects.filter(customer__name="x").update(amount=F("amount") * 2) == 10
    assert changes(since) == {
        str(p.pk): {"amount": [f"{p.amount}.00", f"{p.amount * 2}.00"]} for p in made[1:]
    }


def test_other_keys() -> None:
    plains = Plain.objects.bulk_create(Plain(title="a") for _ in range(9))
    cells = Cell.objects.bulk_create(Cell(row=n, column="ä'\"", value=n) for n in range(9))
    Document.every.bulk_create(Document(key=f"{n}é", title="t") for n in range(9))
    since = last()
    Plain.objects.update(title='b"\\\n\t\x01 ü☃')
    Cell.objects.update(value=F("value") + 1)
    Document.every.update(deleted=True)
    found = changes(since)
    assert all(found[str(p.pk)] == {"title": ["a", 'b"\\\n\t\x01 ü☃']} for p in plains)
    assert all(found[f'[{c.row},"ä\'\\""]'] == {"value": [c.row, c.row + 1]} for c in cells)
    assert all(found[f"{n}é"] == {"deleted": [False, True]} for n in range(9))
    assert len(found) == 27


def test_delete_and_cascade() -> None:
    customer = Customer.objects.create()
    Pear.objects.bulk_create(Pear(owner=customer, price=n) for n in range(10))
    Payment.objects.bulk_create(Payment(amount=n) for n in range(10))
    since = last()
    customer.delete()
    Payment.objects.all().delete()
    deleted = [
        (label, found) for action, label, _, found in told(since=since) if action == "delete"
    ]
    assert [found["price"] for label, found in deleted if label == "shop.pear"] == [
        [n, None] for n in range(10)
    ]
    assert sorted(found["amount"][0] for label, found in deleted if label == "shop.payment") == [
        f"{n}.00" for n in range(10)
    ]


def test_context_and_consumers() -> None:
    Pear.objects.bulk_create(Pear(price=n) for n in range(10))
    seen: list[AuditEntry] = []

    def receiver(entries: list[AuditEntry], **_: Any) -> None:
        seen.extend(entries)

    with audit_context(actor="import", reason="why", correlation_id="c-1", source="file"):
        Pear.objects.update(price=F("price") + 1)
        entries_recorded.connect(receiver, sender=Pear)
        try:
            Pear.objects.update(price=F("price") + 1)
        finally:
            entries_recorded.disconnect(receiver, sender=Pear)
    newest = AuditEntry.objects.filter(action="update")
    assert newest.count() == 20
    assert {(e.actor_type, e.actor_id, e.reason, e.correlation_id) for e in newest} == {
        ("service", "import", "why", "c-1")
    }
    assert all(e.metadata == {"source": "file"} for e in newest)
    assert all(abs((timezone.now() - e.timestamp).total_seconds()) < 600 for e in newest)
    assert [e.pk for e in seen] == sorted(e.pk for e in newest)[10:]
    assert all(e.changes["price"][1] - e.changes["price"][0] == 1 for e in seen)


KINDS = [field for field in Everything._meta.local_fields if not field.primary_key]


@pytest.mark.parametrize("field", KINDS, ids=lambda field: field.name)
def test_the_databases_encoder_says_what_pythons_says(field: Field[Any, Any]) -> None:
    # One column at a time: where a database cannot encode one of them, Python does them all.
    Everything.objects.bulk_create(Everything.samples())
    encode = codec_of(field).encode
    held = {str(row.pk): encode(getattr(row, field.attname)) for row in Everything.objects.all()}
    since = last()
    Everything.objects.update(**{field.name: None})
    assert changes(since) == {
        pk: {field.name: [value, None]} for pk, value in held.items() if value is not None
    }


def test_a_deletion_of_every_kind() -> None:
    Everything.objects.bulk_create(Everything.samples())
    held = {
        str(row.pk): {f.name: [codec_of(f).encode(getattr(row, f.attname)), None] for f in KINDS}
        for row in Everything.objects.all()
    }
    since = last()
    Everything.objects.all().delete()
    assert changes(since) == held


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_decimals_in_the_database_and_in_python(thousandths: int) -> None:
    value = Decimal(thousandths).scaleb(-3)
    with transaction.atomic():
        Everything.objects.bulk_create(Everything(decimal=value) for _ in range(4))
        since = last()
        Everything.objects.update(decimal=None)
        assert all(c == {"decimal": [f"{value:.3f}", None]} for c in changes(since).values())
        transaction.set_rollback(True)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_texts_in_the_database_and_in_python(value: str) -> None:
    with transaction.atomic():
        Everything.objects.bulk_create(Everything(text=value) for _ in range(4))
        since = last()
        Everything.objects.update(text=None)
        assert all(c == {"text": [value, None]} for c in changes(since).values())
        transaction.set_rollback(True)


def test_the_databases_do_it_themselves_where_they_can(
    django_assert_max_num_queries: Any,
) -> None:
    Payment.objects.bulk_create(Payment(amount=n) for n in range(30))
    if connection.vendor == "mysql":
        return  # row by row: 30 rows in batches of 3
    with django_assert_max_num_queries(6):
        Payment.objects.update(amount=F("amount") + 1)
