"""Writers at the same time: nothing lost, nothing told twice, each old the previous new."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.models import F

from tests.databases import DATABASE
from tests.shop.models import Cell, Payment, Unaudited

from .folding import fold, live
from .trails import last, told

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)

only_sqlite = pytest.mark.skipif(DATABASE != "sqlite", reason="one writer at a time")
not_sqlite = pytest.mark.skipif(DATABASE == "sqlite", reason="no row locks, one writer at a time")


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread with a connection of its own, all at once; fail if one fails."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(10)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(run, work) for work in works]
    return [future.result() for future in futures]


def patiently(write: Callable[[], Any]) -> Any:
    """Start over where InnoDB asks for it: two INSERTs of one unique value may be its deadlock.

    Where that value was deleted a moment ago, both lock the gap, and neither can go on; whether
    anything is recorded plays no part in it.
    """
    while True:
        try:
            return write()
        except OperationalError as error:
            if error.args[0] != 1213:
                raise


def check_chain() -> None:
    assert fold(told()) == live()


def saving(pk: int, numbers: range) -> Callable[[], None]:
    def save() -> None:
        payment = Payment.objects.get(pk=pk)
        for number in numbers:
            payment.amount = Decimal(number)
            payment.save()

    return save


@not_sqlite
def test_interleaved_saves_of_one_row_make_one_chain() -> None:
    pk = Payment.objects.create(amount=0).pk
    together(saving(pk, range(1, 301)), saving(pk, range(1001, 1301)))
    check_chain()
    assert len(told()) == 601  # all the values differ, so every save changes the row


@not_sqlite
def test_concurrent_increments_are_all_told() -> None:
    pk = Payment.objects.create(amount=0).pk

    def increment() -> None:
        for _ in range(100):
            Payment.objects.filter(pk=pk).update(amount=F("amount") + 1)
            Payment.objects.filter(pk__gte=pk).update(amount=F("amount") + 1)

    together(increment, increment)
    assert [changes["amount"][1] for *_, changes in told()] == [f"{n}.00" for n in range(401)]


@not_sqlite
def test_of_concurrent_updates_filtered_by_the_column_they_change_one_wins() -> None:
    keys = [Payment.objects.create(status="new").pk for _ in range(100)]

    def claim(status: str) -> Callable[[], int]:
        def work() -> int:
            found = Payment.objects.filter(status="new")
            return sum(found.filter(pk__lte=key).update(status=status) for key in keys)

        return work

    counts = together(claim("paid"), claim("refunded"))
    check_chain()
    assert sum(counts) == 100
    assert len(told()) == 200


@not_sqlite
def test_concurrent_upserts_of_the_same_keys() -> None:
    targeted = connection.features.supports_update_conflicts_with_target

    def upsert(status: str) -> Callable[[], None]:
        def work() -> None:
            for number in range(60):
                Payment.objects.bulk_create(
                    [Payment(reference=f"{number + more}", status=status) for more in range(3)],
                    update_conflicts=True,
                    update_fields=["status"],
                    unique_fields=["reference"] if targeted else None,
                )

        return work

    together(upsert("paid"), upsert("refunded"))
    check_chain()
    assert Payment.objects.count() == 62


def test_concurrent_get_or_create_tells_one_creation() -> None:
    def work() -> list[bool]:
        return [
            patiently(lambda n=n: Payment.objects.get_or_create(reference=f"{n}")[1])
            for n in range(40)
        ]

    created = together(work, work, work)
    assert [sum(each) for each in zip(*created, strict=True)] == [1] * 40
    assert [action for action, *_ in told()] == ["create"] * 40
    check_chain()


@not_sqlite
def test_concurrent_update_or_create() -> None:
    def work(status: str) -> Callable[[], None]:
        def update_or_create() -> None:
            for number in range(40):
                Payment.objects.update_or_create(reference=f"{number}", defaults={"status": status})

        return update_or_create

    together(work("paid"), work("refunded"))
    check_chain()
    assert Payment.objects.count() == 40


@not_sqlite
def test_updates_and_deletions_of_the_same_rows() -> None:
    keys = [Cell.objects.create(row=row, column="a").pk for row in range(100)]

    def update() -> None:
        for row, column in keys:
            Cell.objects.filter(row=row, column=column).update(value=F("value") + 1)

    def delete() -> None:
        for row, column in keys:
            Cell.objects.filter(row=row, column=column).delete()

    together(update, delete, delete)
    check_chain()
    assert sum(action == "delete" for action, *_ in told()) == 100


@not_sqlite
@pytest.mark.parametrize("write", ["update", "delete"])
def test_writers_of_two_rows_with_composite_keys_do_not_wait_for_each_other(write: str) -> None:
    for row in range(100):
        Cell.objects.create(row=row, column="a")

    def elsewhere() -> None:
        try:
            mine = Cell.objects.filter(row=70, column="a")
            mine.update(value=1) if write == "update" else mine.delete()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Cell.objects.filter(row=30, column="a").update(value=1)
        pool.submit(elsewhere).result(timeout=10)
    check_chain()


@only_sqlite
def test_eight_threads_save_without_a_locked_database() -> None:
    keys = [Payment.objects.create(amount=0).pk for _ in range(4)]
    works = [
        saving(keys[n % 4], range(1000 * n + 1, 1000 * n + 201)) for n in range(8)
    ]  # two threads a row
    together(*works)
    check_chain()
    assert len(told()) == 4 + 8 * 200


@only_sqlite
def test_another_writer_commits_between_the_begin_and_the_save_of_a_block() -> None:
    payment, other = Payment.objects.create(amount=0), Payment.objects.create(amount=0)
    since = last()
    with transaction.atomic():
        together(lambda: Payment.objects.filter(pk=payment.pk).update(amount=1))
        together(other.save)
        payment.amount = 2
        payment.save()
        payment.delete()
    assert [changes["amount"] for *_, changes in told(since=since)] == [
        ["0.00", "1.00"],
        ["1.00", "2.00"],
        ["2.00", None],
    ]


@only_sqlite
def test_a_block_that_has_read_fails_as_it_does_without_the_log() -> None:
    """SQLite refuses any write on a snapshot that is no longer the newest: no entry stays."""
    unaudited, payment = Unaudited.objects.create(name="a"), Payment.objects.create(amount=0)
    since = last()
    for obj in (unaudited, payment):
        with pytest.raises(OperationalError, match="locked"), transaction.atomic():
            obj.refresh_from_db()
            together(lambda: Unaudited.objects.create(name="b"))
            obj.save()
        assert not connection.in_atomic_block
        obj.save()
    assert told(since=since) == []
