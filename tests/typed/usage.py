"""What type checkers know of the public API: read by them, never run.

A wrong use stands with the comments that expect its errors; where a checker finds no error, the
comment itself becomes one.
"""

from collections.abc import Iterator
from typing import assert_type

from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest

from auditable import MISSING, AuditedModel, Change, audit_context, audit_disabled, auditable
from auditable.models import AuditEntry
from tests.shop.models import Payment


@auditable(fields=["title"])
class Book(AuditedModel):
    title = models.CharField(max_length=50)


def the_decorator_returns_the_class_unchanged() -> None:
    assert_type(auditable(fields=["email"])(User), type[User])
    assert_type(Book(title="Emma"), Book)
    assert_type(Book.audit_trail[0], AuditEntry)


def a_trail_is_of_entries(payment: Payment) -> Iterator[AuditEntry]:
    for entry in payment.audit_trail:
        assert_type(entry, AuditEntry)
    assert_type(payment.audit_trail[0], AuditEntry)
    assert_type(payment.audit_trail.first(), AuditEntry | None)
    assert_type(payment.audit_trail.count(), int)
    assert_type(Payment.audit_trail.for_pk(42).first(), AuditEntry | None)
    yield from payment.audit_trail.filter(action=AuditEntry.Action.UPDATE)


def the_diff_of_an_entry_is_a_tuple_of_changes(entry: AuditEntry) -> None:
    for change in entry.diff:
        assert_type(change.field, str)
        print(change.old is MISSING, change.new)
    assert_type(len(entry.diff), int)
    changes: tuple[Change, ...] = entry.diff
    print(changes)


def context_is_a_context_manager(request: HttpRequest) -> int:
    assert isinstance(request.user, User)
    with audit_context(actor=request.user, reason="chargeback", correlation_id="881", shop="north"):
        pass
    with audit_context(actor=None), audit_disabled():
        return 1


@audit_context(actor="importer")
def decorated(count: int) -> str:
    return str(count)


@audit_context(reason="nightly")
async def decorated_too(count: int) -> str:
    return str(count)


async def a_decorator_keeps_the_signature() -> None:
    assert_type(decorated(3), str)
    assert_type(await decorated_too(3), str)
    decorated("3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def wrong_uses(entry: AuditEntry, payment: Payment) -> None:
    auditable(["title"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    auditable(fields=["title"], colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    auditable(fields=["title"])(int)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    payment.audit_trial  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
