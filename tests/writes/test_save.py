from __future__ import annotations

from decimal import Decimal

import pytest

from tests.shop.models import Customer, Payment, Plain, Unaudited

from .trails import last, told

pytestmark = pytest.mark.django_db


def test_a_creation_tells_every_named_column() -> None:
    payment = Payment.objects.create(amount="10", note="not critical")
    assert told() == [
        (
            "create",
            "shop.payment",
            str(payment.pk),
            {"amount": [None, "10.00"], "status": [None, "new"], "customer": [None, None]},
        )
    ]


def test_a_change_tells_the_named_columns_that_changed() -> None:
    payment = Payment.objects.create(amount="10")
    since = last()
    payment.amount = Decimal("12.5")
    payment.note = "changed"
    payment.save()
    assert told(since=since) == [
        ("update", "shop.payment", str(payment.pk), {"amount": ["10.00", "12.50"]})
    ]


@pytest.mark.parametrize("same", ["10", 10, 10.0, Decimal("10.000")])
def test_the_same_value_in_another_spelling_is_no_change(same: object) -> None:
    payment = Payment.objects.create(amount="10")
    since = last()
    payment.amount = same
    payment.save()
    assert told(since=since) == []


def test_the_old_value_is_the_rows_not_the_instances() -> None:
    stale = Payment.objects.create(amount=1)
    Payment.objects.filter(pk=stale.pk).update(amount=2)
    since = last()
    stale.amount = 3
    stale.save()
    assert told(since=since) == [
        ("update", "shop.payment", str(stale.pk), {"amount": ["2.00", "3.00"]})
    ]


def test_a_deletion_tells_every_named_column_and_the_trail_outlives_the_object() -> None:
    payment = Payment.objects.create(amount=1)
    pk, since = str(payment.pk), last()
    payment.delete()
    assert told(since=since) == [
        (
            "delete",
            "shop.payment",
            pk,
            {"amount": ["1.00", None], "status": ["new", None], "customer": [None, None]},
        )
    ]
    assert [entry.action for entry in payment.audit_trail] == ["delete", "create"]
    assert [entry.action for entry in Payment.audit_trail.for_pk(pk)] == ["delete", "create"]


def test_a_model_that_is_not_audited_leaves_no_entry() -> None:
    thing = Unaudited.objects.create(name="a")
    thing.name = "b"
    thing.save()
    Unaudited.objects.update(name="c")
    thing.delete()
    assert told() == []


def test_a_model_without_the_base_class_is_audited_alike() -> None:
    plain = Plain.objects.create(title="a")
    plain.title = "b"
    plain.save()
    plain.delete()
    assert [entry.action for entry in plain.audit_trail] == ["delete", "update", "create"]


def test_many_to_many() -> None:
    customer = Customer.objects.create(name="c")
    payment = Payment.objects.create(customer=customer)
    a, b, c = (payment.tags.create(name=name) for name in "abc")
    since = last()
    payment.tags.set([a, b])
    d = payment.tags.model.objects.create(name="d")
    payment.tags.set([b, d])
    pk = str(payment.pk)
    assert told(since=since) == [
        ("update", "shop.payment", pk, {"tags": {"remove": [c.pk]}}),
        ("update", "shop.payment", pk, {"tags": {"add": [d.pk], "remove": [a.pk]}}),
    ]
