"""Rows put into the tables past everybody's auditing, and the payments of a run."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from tests.benchmarks.names import STATUSES

BASE = "EUR"
"""The currency of the rows that are there from the start."""


def payment(model: type[Any], number: int, **columns: Any) -> Any:
    """An unsaved payment; the same number gives the same values."""
    defaults: dict[str, Any] = {
        "amount": Decimal(1000 + number * 7 % 90000) / 100,
        "status": STATUSES[0],
        "customer_id": 1 + number % 50,
        "reference": f"R-{number:08}",
        "currency": BASE,
        "description": f"Order {number}, shipped in one parcel, to be paid within 14 days",
        "created_at": datetime(2026, 1, 1, 12, tzinfo=UTC),
        "due_on": date(2026, 1, 15),
        "payload": {"channel": "web", "lines": number % 9},
    }
    return model(**(defaults | columns))


def insert(objects: Sequence[Any]) -> None:
    """Insert these without signals, overridden methods or querysets."""
    if not objects:
        return
    opts = objects[0]._meta
    fields = [
        field for field in opts.local_concrete_fields if objects[0].pk or field is not opts.pk
    ]
    names = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    values = [
        [field.get_db_prep_save(field.pre_save(item, True), connection) for field in fields]
        for item in objects
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{opts.db_table}" ({names}) VALUES ({marks})', values)


def seed(contender: Any, count: int) -> None:
    """The rows that every run starts with: customers, payments, drafts."""
    insert([contender.Customer(name=f"Customer {number}") for number in range(50)])
    insert([payment(contender.Payment, number) for number in range(count)])
    insert([payment(contender.Draft, number) for number in range(min(count, 1000))])


def remove(model: type[Any], currency: str) -> None:
    """Delete rows of this currency past everybody's auditing."""
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{model._meta.db_table}" WHERE currency = %s', [currency])


def state_of(model: type[Any], keys: Iterable[int]) -> dict[str, dict[str, Any]]:
    """Named columns of these rows, by primary key as text."""
    wanted = set(keys)
    columns = ("pk", "amount", "status", "customer_id")
    rows = model._base_manager.values_list(*columns)
    if len(wanted) < 500:
        rows = rows.filter(pk__in=wanted)
    return {
        str(pk): {"amount": amount, "status": status, "customer": customer}
        for pk, amount, status, customer in rows
        if pk in wanted
    }
