"""SQLite: the short way to the driver is taken only where nobody watches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, connections
from django.db.backends.utils import CursorWrapper
from django.db.transaction import TransactionManagementError, atomic, set_rollback
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import strategies as st

from auditable.capture.rows import _converter, _read
from auditable.models import AuditEntry
from auditable.tables import column_of
from tests.shop.models import Payment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own"),
]


@contextmanager
def a_wrapper() -> Iterator[list[str]]:
    """What Django offers for instrumentation."""
    seen: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        seen.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(watch):
        yield seen


@contextmanager
def a_tracer() -> Iterator[list[str]]:
    """What tracing packages do: replace the method of Django's cursor."""
    seen: list[str] = []
    original = CursorWrapper.execute

    def execute(self: Any, sql: str, params: Any = None) -> Any:
        seen.append(sql)
        return original(self, sql, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", execute)
        yield seen


@contextmanager
def a_panel() -> Iterator[list[str]]:
    """What debugging panels do: replace the connection's method."""
    seen: list[str] = []
    original = connection.cursor

    class Cursor:
        def __init__(self) -> None:
            self.cursor = original()

        def execute(self, sql: str, params: Any = None) -> Any:
            seen.append(sql)
            return self.cursor.execute(sql, params)

        def __enter__(self) -> Cursor:
            return self

        def __exit__(self, *error: object) -> None:
            self.cursor.close()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.cursor, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "cursor", Cursor)
        yield seen


@contextmanager
def a_capture() -> Iterator[list[str]]:
    """What `assertNumQueries` does."""
    seen: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield seen
    seen += [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("watching", [a_wrapper, a_tracer, a_panel, a_capture])
def test_whoever_watches_sees_the_statements_of_the_log(watching: Callable[[], Any]) -> None:
    payment = Payment.objects.create(amount=1)
    payment.amount = 2
    with watching() as seen:
        payment.save()
    verbs = [sql.split()[0] for sql in seen]
    assert [verb for verb in verbs if verb in ("SELECT", "UPDATE", "INSERT")] == [
        "SELECT",
        "UPDATE",
        "INSERT",
    ]


def test_a_broken_transaction_takes_no_statement() -> None:
    payment = Payment.objects.create(amount=1)
    before = AuditEntry.objects.count()
    payment.amount = 2
    with atomic():
        set_rollback(True)
        with pytest.raises(TransactionManagementError):
            payment.save()
    assert AuditEntry.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_the_first_statement_of_a_connection_takes_the_write_lock_first() -> None:
    payment = Payment.objects.create(amount=1)

    def write() -> list[str]:
        mine = connections["default"]
        mine.force_debug_cursor = True
        try:
            Payment.objects.filter(pk=payment.pk).update(amount=2)
            return [query["sql"] for query in mine.queries_log]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        statements = pool.submit(write).result()
    begun = [sql for sql in statements if sql.startswith("BEGIN")]
    assert begun == ["BEGIN IMMEDIATE"]
    assert payment.audit_trail.filter(action="update").count() == 1


def test_an_update_that_fails_leaves_no_image_for_the_next(settings: Any) -> None:
    settings.AUDITABLE = {"BATCH_SIZE": 1}
    Payment.objects.bulk_create(Payment() for _ in range(5))
    with pytest.raises(IntegrityError), atomic():
        Payment.objects.update(reference="one and the same", amount=1)
    for amount in (2, 3):
        Payment.objects.update(amount=amount)
    entries = AuditEntry.objects.filter(action="update").order_by("id")
    assert [entry.changes["amount"] for entry in entries] == [
        *[["0.00", "2.00"]] * 5,
        *[["2.00", "3.00"]] * 5,
    ]


doubles = st.one_of(
    st.floats(),
    st.integers(),
    st.floats(-1e5, 1e5),
    *(st.decimals(-(Decimal(10) ** n), Decimal(10) ** n, places=2).map(float) for n in (3, 9, 16)),
    st.decimals(-1000, 1000, places=3).map(float),
)


@given(doubles)
@example(10000000000.25)  # more digits than the column has
@example(2.675)  # a tie to a decimal, none to a double
@example(-0.001)
@example(123456789012345678.0)
def test_a_double_reads_as_the_decimal_that_django_makes_of_it(raw: float) -> None:
    column = column_of(Payment._meta.get_field("amount"))
    django = _converter(connection, column)
    assert django is not None
    assert _read(connection, column)(raw) == column.codec.encode(django(raw))


@pytest.mark.django_db(transaction=True)
def test_without_autocommit_the_write_lock_is_taken_before_the_row_is_read() -> None:
    payment = Payment.objects.create(amount=1)
    payment.amount = 3
    connection.set_autocommit(False)
    seen: list[bool] = []

    def watch(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if sql.startswith("SELECT"):
            seen.append(connection.connection.in_transaction)
        return execute(sql, *args)

    try:
        with connection.execute_wrapper(watch):
            payment.save()
        connection.commit()
    finally:
        connection.set_autocommit(True)
    assert seen == [True]
    assert payment.audit_trail.count() == 2
