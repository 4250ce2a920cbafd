"""What a write costs: queries beyond those of an equal model that is not audited."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, models
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from auditable import audit_disabled
from tests.shop.models import Payment, Unaudited

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db

N = 10
BATCH = 3
BATCHES = ceil(N / BATCH)
TRANSACTION = ("BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@pytest.fixture(autouse=True)
def _small_batches(settings: SettingsWrapper) -> None:
    settings.AUDITABLE = {"BATCH_SIZE": BATCH}


def queries(write: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        write()
    found = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in found if not sql.upper().startswith(TRANSACTION)]


def extra(write: Callable[[list[Payment]], Any], *, n: int = 1) -> int:
    """The queries of `write` on `n` payments, beyond those it takes when nothing is recorded."""
    with audit_disabled():
        baseline = queries(bound(write, payments(n)))
    audited = queries(bound(write, payments(n)))
    return len(audited) - len(baseline)


def bound(write: Callable[[list[Payment]], Any], made: list[Payment]) -> Callable[[], Any]:
    return lambda: write(made)


def payments(n: int) -> list[Payment]:
    Payment.objects.all().delete()
    return [Payment.objects.create(amount=number) for number in range(n)]


def change(payment: Payment, **values: Any) -> None:
    for name, value in values.items():
        setattr(payment, name, value)
    payment.save()


def test_a_creation() -> None:
    assert extra(lambda _: Payment.objects.create(amount=1)) <= 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's statements do both")
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda _: Payment.objects.create(amount=1), id="create"),
        pytest.param(lambda p: change(p[0], amount=5), id="save"),
        pytest.param(lambda p: change(p[0], amount=0), id="save unchanged"),
        pytest.param(lambda p: Payment.objects.update(amount=F("amount") + 1), id="update"),
        pytest.param(
            lambda _: Payment.objects.bulk_create([Payment(), Payment()]), id="bulk_create"
        ),
        pytest.param(lambda p: p[0].delete(), id="delete"),
    ],
)
def test_postgresql_records_within_the_statement_that_changes(
    write: Callable[[list[Payment]], Any],
) -> None:
    assert extra(write, n=2) == 0


@pytest.mark.parametrize(
    ("write", "most"),
    [
        pytest.param(lambda p: change(p[0], amount=5), 2, id="changed"),
        pytest.param(lambda p: change(p[0], amount=0), 1, id="unchanged"),
        pytest.param(lambda p: change(p[0], note="x"), 1, id="an unnamed column"),
        pytest.param(lambda p: p[0].save(update_fields=["note"]), 0, id="update_fields"),
        pytest.param(lambda p: p[0].delete(), 2, id="deleted"),
    ],
)
def test_one_row(write: Callable[[list[Payment]], Any], most: int) -> None:
    assert extra(write) <= most


@pytest.mark.parametrize(
    ("write", "most"),
    [
        pytest.param(
            lambda _: Payment.objects.bulk_create(Payment() for _ in range(N)),
            BATCHES,
            id="bulk_create",
        ),
        pytest.param(
            lambda _: Payment.objects.update(amount=50), 1 + BATCHES, id="update to constants"
        ),
        pytest.param(
            lambda _: Payment.objects.update(amount=F("amount") + 1),
            2 + BATCHES,
            id="update to expressions",
        ),
    ],
)
def test_many_rows(write: Callable[[list[Payment]], Any], most: int) -> None:
    assert extra(write, n=N) <= most


def test_bulk_update() -> None:
    def write(made: list[Payment]) -> None:
        for payment in made:
            payment.amount = payment.pk
        Payment.objects.bulk_update(made, ["amount"], batch_size=BATCH)

    assert extra(write, n=N) <= 2 * BATCHES


def test_deletion_of_many_rows() -> None:
    assert extra(lambda _: Payment.objects.all().delete(), n=N) <= 2 * BATCHES


def test_one_trail_and_many_are_one_query() -> None:
    made = payments(N)
    assert len(queries(lambda: list(made[0].audit_trail.all()))) == 1
    prefetched = models.prefetch_related_objects
    assert len(queries(lambda: prefetched(made, "audit_trail"))) == 1
    assert queries(lambda: [list(payment.audit_trail.all()) for payment in made]) == []


def test_a_model_that_is_not_audited_costs_what_django_costs() -> None:
    def write() -> None:
        thing = Unaudited.objects.create(name="a")
        thing.name = "b"
        thing.save()
        Unaudited.objects.update(name="c")
        Unaudited.objects.bulk_create([Unaudited(), Unaudited()])
        thing.delete()

    found = queries(write)
    assert len(found) == 5
    assert not any("auditable" in sql for sql in found)
