"""The indexes of the log serve the questions that are asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F, Q

from auditable import audit_context
from auditable.models import AuditEntry
from tests.shop.models import Payment

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice")


@pytest.fixture(autouse=True)
def _entries(alice: User) -> None:
    for actor, correlation_id in ((alice, "case-1"), ("robot", "case-2"), (None, None)):
        with audit_context(actor=actor, correlation_id=correlation_id):
            Payment.objects.bulk_create(Payment() for _ in range(20))
    Payment.objects.bulk_create(Payment() for _ in range(100))


def plan(entries: Any) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # So few rows would be read one after another.
            cursor.execute("SET LOCAL enable_seqscan = off")
    return str(entries.order_by().explain())


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        pytest.param(lambda log, _: log.for_object(Payment(pk=1)), "auditable_trail", id="trail"),
        pytest.param(lambda log, user: log.by(user), "auditable_actor", id="user"),
        pytest.param(
            lambda log, _: log.filter(actor_type="service", actor_id="robot"),
            "auditable_actor",
            id="service",
        ),
        pytest.param(
            lambda log, _: log.filter(correlation_id="case-1"), "auditable_correlation", id="one"
        ),
        pytest.param(
            lambda log, _: log.filter(correlation_id__in=["case-1", "case-2"]),
            "auditable_correlation",
            id="some",
        ),
    ],
)
def test_an_index_is_used(ask: Callable[[Any, User], Any], index: str, alice: User) -> None:
    assert index in plan(ask(AuditEntry.objects.all(), alice))


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        (Q(correlation_id="case-1"), 20),
        (Q(correlation_id=""), 120),
        (~Q(correlation_id="case-1"), 140),
        (~Q(correlation_id=""), 40),
        (Q(correlation_id__in=["", "case-1"]), 140),
        (Q(correlation_id__in=["case-1", "case-2"]), 40),
        (~Q(correlation_id__in=["case-1", "case-2"]), 120),
        (Q(correlation_id__in=AuditEntry.objects.values("actor_id")), 120),
        (Q(correlation_id__startswith="case"), 40),
        (Q(correlation_id=F("actor_id")), 20),
        (Q(actor_type="system"), 100),
        (Q(actor_type="user") | Q(actor_type="anonymous"), 40),
        (Q(actor_type__in=["user", "system"]), 120),
        (~Q(actor_type="system"), 60),
    ],
)
def test_what_an_index_leaves_out_is_found_all_the_same(condition: Q, count: int) -> None:
    assert AuditEntry.objects.filter(condition).count() == count
