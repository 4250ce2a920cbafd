from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Prefetch

from auditable import MISSING, AppendOnlyError, Change, audit_context
from auditable.models import AuditEntry
from tests.shop.models import Contract, Customer, Lease, Payment, Plain, Tag

pytestmark = pytest.mark.django_db


def test_newest_first_and_typed() -> None:
    payment = Payment.objects.create(amount=1)
    payment.amount = 2
    payment.save()
    newest, oldest = payment.audit_trail
    assert newest.diff == (Change("amount", Decimal("1.00"), Decimal("2.00")),)
    assert oldest.diff == (
        Change("amount", MISSING, Decimal("1.00")),
        Change("status", MISSING, "new"),
        Change("customer", MISSING, None),
    )
    assert str(newest.diff[0]) == "amount: 1.00 → 2.00"
    assert payment.audit_trail[0] == newest
    assert payment.audit_trail.count() == 2
    assert payment.audit_trail.filter(action="create").get() == oldest


def test_links_tell_what_was_removed_and_added() -> None:
    payment, tag = Payment.objects.create(), Tag.objects.create()
    payment.tags.add(tag)
    assert payment.audit_trail[0].diff == (Change("tags", [], [tag.pk]),)


def test_an_unsaved_object_has_none_and_a_deleted_one_all() -> None:
    assert list(Payment().audit_trail) == []
    plain = Plain.objects.create(title="a")
    key = plain.pk
    plain.delete()
    assert [e.action for e in plain.audit_trail] == ["delete", "create"]
    assert [e.action for e in Plain.audit_trail.for_pk(str(key))] == ["delete", "create"]


def test_one_query_a_trail(django_assert_num_queries: Any) -> None:
    payment = Payment.objects.create()
    with django_assert_num_queries(1):
        assert len(payment.audit_trail.all()) == 1


def test_the_trails_of_many_in_one_query(django_assert_num_queries: Any) -> None:
    made = [Payment.objects.create(amount=n) for n in range(5)]
    Payment.objects.update(amount=9)
    with django_assert_num_queries(2):
        found = {p.pk: p for p in Payment.objects.prefetch_related("audit_trail")}
        trails = {pk: [e.action for e in p.audit_trail] for pk, p in found.items()}
    assert trails == {p.pk: ["update", "create"] for p in made}
    only = Prefetch("audit_trail", AuditEntry.objects.filter(action="create"), to_attr="born")
    assert [len(p.born) for p in Payment.objects.prefetch_related(only)] == [1] * 5


def test_the_trails_of_children_hold_their_parents() -> None:
    leases = [Lease.objects.create(rent=n, start=date(2026, 1, 1)) for n in range(3)]
    Contract.objects.update(start=None)
    for lease in Lease.objects.prefetch_related("audit_trail"):
        assert [e.model_label for e in lease.audit_trail] == [
            "shop.contract",
            "shop.lease",
            "shop.contract",
        ]
    assert leases[0].audit_trail.count() == 3


def test_values_outlive_their_fields_and_models() -> None:
    common = {"timestamp": "2026-01-01T00:00Z", "action": "update", "object_pk": "1"}
    gone = AuditEntry.objects.create(model_label="old.gone", changes={"a": ["1", "2"]}, **common)
    renamed = AuditEntry.objects.create(
        model_label="shop.payment", changes={"a": ["1", "2"], "amount": ["odd", "2"]}, **common
    )
    assert gone.diff == (Change("a", "1", "2"),)
    assert renamed.diff == (Change("amount", "odd", Decimal(2)), Change("a", "1", "2"))


class TestEvidence:
    def test_nothing_in_the_api_changes_or_deletes_an_entry(self) -> None:
        Payment.objects.create()
        entry = AuditEntry.objects.get()
        attempts = (
            entry.save,
            entry.delete,
            lambda: AuditEntry(pk=entry.pk, timestamp=entry.timestamp, changes={}).save(),
            lambda: AuditEntry.objects.update(reason="x"),
            AuditEntry.objects.all().delete,
            lambda: AuditEntry.objects.bulk_update([entry], ["reason"]),
            lambda: AuditEntry._base_manager.filter(pk=entry.pk).update(reason="x"),
            lambda: AuditEntry.objects.all()._raw_delete("default"),
            lambda: AuditEntry.objects.bulk_create(
                [entry],
                update_conflicts=True,
                update_fields=["reason"],
                unique_fields=None if connection.vendor == "mysql" else ["id"],
            ),
            lambda: super(AuditEntry, entry).delete(),
            lambda: super(AuditEntry, entry).save(),
        )
        for attempt in attempts:
            with pytest.raises(AppendOnlyError, match="append-only"), transaction.atomic():
                attempt()
        assert AuditEntry.objects.get().reason == ""
        with pytest.raises(AppendOnlyError):
            Payment().audit_trail = []  # type: ignore[misc]

    def test_entries_outlive_the_user_the_object_and_the_content_type(self) -> None:
        user = User.objects.create_user("ann")
        payment = Payment.objects.create(customer=Customer.objects.create())
        with audit_context(actor=user):
            payment.status = "paid"
            payment.save()
        before = list(AuditEntry.objects.values())
        assert payment.audit_trail[0].actor == user
        user.delete()
        ContentType.objects.all().delete()
        Group.objects.all().delete()
        assert list(AuditEntry.objects.values()) == before
        entry = payment.audit_trail[0]
        assert (entry.actor, entry.actor_repr) == (None, "ann")

    def test_the_actors_of_a_page_in_one_query(self, django_assert_num_queries: Any) -> None:
        for name in ("ann", "bob", "cyd"):
            with audit_context(actor=User.objects.create_user(name)):
                Payment.objects.create()
        with django_assert_num_queries(2):
            names = [str(entry.actor) for entry in AuditEntry.objects.all()]
        assert names == ["cyd", "bob", "ann"]
