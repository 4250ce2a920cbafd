"""What the log costs: bytes an entry, and queries an operation."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone

from auditable import audit_disabled
from auditable.models import AuditEntry

from .counting import counted
from .models import Payment, Tag

MANY = 100
_numbers = count()


@dataclass(frozen=True, slots=True)
class Cost:
    """The queries of one operation."""

    operation: str
    plain: int
    audited: int


def queries() -> list[Cost]:
    """Do each operation without the log and with it, and roll it back."""
    todo = operations(list(Payment.objects.order_by("-pk")[:MANY]))
    with audit_disabled():
        plain = [_queries(operation) for operation in todo.values()]
    audited = [_queries(operation) for operation in todo.values()]
    return [Cost(*row) for row in zip(todo, plain, audited, strict=True)]


def operations(payments: list[Payment]) -> dict[str, Callable[[], object]]:
    """The operations that are measured, by what the summary calls them."""
    some = Payment.objects.filter(pk__in=[payment.pk for payment in payments])
    one, same = payments[:2]
    tag = Tag.objects.exclude(payments=one)[0]
    fee = one.fee + 1
    return {
        "create()": lambda: _new().save(),
        "save(), a named column changed": lambda: _changed(one, fee).save(),
        "save(), nothing changed": same.save,
        "save(update_fields=[unnamed])": lambda: same.save(update_fields=["note"]),
        "tags.add(tag)": lambda: one.tags.add(tag),
        f"bulk_create() of {MANY}": lambda: Payment.objects.bulk_create(_new() for _ in payments),
        f"update(constant) of {MANY}": lambda: some.update(fee=Decimal("9.99")),
        f"update(F()) of {MANY}": lambda: some.update(fee=F("fee") + 1),
        f"bulk_update() of {MANY}": lambda: Payment.objects.bulk_update(
            [_changed(payment, fee) for payment in payments], ["fee"]
        ),
        f"delete() of {MANY}, and what hangs on them": some.delete,
    }


def bytes_an_entry() -> tuple[int, str]:
    """Return the bytes that an entry takes, and how that was found."""
    entries = AuditEntry.objects.count()
    table = AuditEntry._meta.db_table
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT SUM(pgsize) FROM dbstat WHERE name IN"
                " (SELECT name FROM sqlite_master WHERE tbl_name = %s)",
                [table],
            )
            return cursor.fetchone()[0] // entries, "table and indexes"
    except DatabaseError:  # this SQLite is built without dbstat
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT SUM(LENGTH(changes) + LENGTH(metadata)) FROM {table}")  # noqa: S608
            return cursor.fetchone()[0] // entries, "changes and metadata alone"


def _queries(operation: Callable[[], object]) -> int:
    with transaction.atomic(), counted() as counter:
        operation()
        transaction.set_rollback(True)
    return counter.queries


def _new() -> Payment:
    return Payment(
        reference=f"new-{next(_numbers)}", amount=10, currency="EUR", created_at=timezone.now()
    )


def _changed(payment: Payment, fee: Decimal) -> Payment:
    changed = copy(payment)
    changed.fee = fee
    return changed
