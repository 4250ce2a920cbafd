"""What can be expected: creations, changes and deletions, by whom and why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User

from auditable import audit_context
from auditable.test import assert_audited, created, deleted, updated
from tests.ledger.models import ApiKey, Card, Clerk, Transfer
from tests.shop.models import Cell, Lease, Payment, PaymentProxy, Plain, Tag

pytestmark = pytest.mark.django_db


class TestKinds:
    VALUES = {"amount": Decimal("7.00"), "status": "new", "customer": None}

    @pytest.mark.parametrize("values", [VALUES, {}])
    @pytest.mark.parametrize("known", [True, False])
    def test_a_creation(self, known, values):
        payment = Payment(amount=7)
        with assert_audited(created(payment if known else Payment, **values)):
            payment.save()

    @pytest.mark.parametrize("changes", [{"status": ("new", "paid")}, {}])
    @pytest.mark.parametrize("known", [True, False])
    def test_a_change(self, known, changes):
        payment = Payment.objects.create(amount=7)
        with assert_audited(updated(payment if known else Payment, **changes)):
            Payment.objects.update(status="paid")

    @pytest.mark.parametrize("values", [VALUES, {}])
    @pytest.mark.parametrize("known", [True, False])
    def test_a_deletion(self, known, values):
        payment = Payment.objects.create(amount=7)
        with assert_audited(deleted(payment if known else Payment, **values)):
            payment.delete()

    def test_no_entry_at_all(self):
        Payment.objects.create()
        with assert_audited():
            Payment.objects.update(note="not critical")

    def test_many_in_any_order(self):
        payment = Payment.objects.create()
        with assert_audited(deleted(payment), created(Plain, title="a"), updated(payment)):
            Plain.objects.create(title="a")
            Payment.objects.update(status="paid")
            Payment.objects.all().delete()

    def test_links_by_the_keys_removed_and_added(self):
        payment, old, new = Payment.objects.create(), Tag.objects.create(), Tag.objects.create()
        payment.tags.add(old)
        with assert_audited(updated(payment, tags=([old.pk], [new.pk]))):
            payment.tags.set([new])

    def test_a_proxy_stands_for_its_model(self):
        with assert_audited(created(PaymentProxy), created(Payment)):
            Payment.objects.create()
            PaymentProxy.objects.create()

    def test_a_child_stands_for_its_parents_columns_too(self):
        lease = Lease(rent=5)
        with assert_audited(created(lease, rent=5), created(lease, start=None)):
            lease.save()

    def test_a_composite_key(self):
        cell, _other = (Cell.objects.create(row=1, column=column) for column in "ab")
        with assert_audited(updated(cell, value=(0, 3))):
            Cell.objects.filter(pk=(1, "a")).update(value=3)

    def test_a_mask_is_what_is_compared(self):
        with assert_audited(created(Card, holder="Ada", number="…1111", pin="1234")):
            Card.objects.create(holder="Ada", number="4111111111111111")


class TestWhoAndWhy:
    def written(self, actor: Any, reason: str = "") -> None:
        with audit_context(actor=actor, reason=reason):
            Transfer.objects.create()

    @pytest.mark.parametrize(
        "actor",
        [
            lambda: User.objects.create_user("ada"),
            lambda: Clerk.objects.create(name="carla"),
            lambda: ApiKey.objects.create(secret="x"),
            lambda: "billing",
            lambda: None,
        ],
        ids=["user", "clerk", "key", "service", "nobody"],
    )
    def test_any_kind_of_actor(self, actor):
        actor = actor()
        with assert_audited(created(Transfer).by(actor, reason="typo")):
            self.written(actor, "typo")
        with pytest.raises(AssertionError), assert_audited(created(Transfer).by(actor)):
            self.written("someone else")

    def test_other_columns_alone(self):
        expected = created(Transfer).by(reason="typo", metadata={"ticket": 1})
        with assert_audited(expected), audit_context(reason="typo", ticket=1):
            Transfer.objects.create()

    def test_what_is_said_in_two_calls_is_asked_for_together(self):
        expected = created(Transfer).by("billing").by(reason="typo")
        with assert_audited(expected):
            self.written("billing", "typo")
        with pytest.raises(AssertionError), assert_audited(expected):
            self.written("billing")
        with pytest.raises(AssertionError), assert_audited(expected):
            self.written("importer", "typo")

    def test_a_user_of_another_model_with_the_same_key_is_someone_else(self):
        alice = User.objects.create_user("alice")
        carla = Clerk.objects.create(pk=alice.pk, name="carla")
        for one, other in ((alice, carla), (carla, alice)):
            with assert_audited(created(Transfer).by(one)), audit_context(actor=one):
                Transfer.objects.create()
            with (
                pytest.raises(AssertionError),
                assert_audited(created(Transfer).by(other)),
                audit_context(actor=one),
            ):
                Transfer.objects.create()

    def test_the_expectation_itself_is_not_changed(self):
        anyone = created(Transfer)
        anyone.by("billing")
        with assert_audited(anyone):
            self.written("importer")

    def test_nobody_is_not_the_process(self):
        with pytest.raises(AssertionError), assert_audited(created(Transfer).by(None)):
            Transfer.objects.create()
