"""SQLite: the short way to the driver is taken only where nobody watches."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.transaction import TransactionManagementError, atomic, set_rollback
from django.test.utils import CaptureQueriesContext

from auditable.models import AuditEntry
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
