"""Models that demand a reason: refused before anything is written, whatever the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from auditable import MissingContextError, audit_context
from tests.shop.models import Account

from .trails import last, told

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    with audit_context(reason="opened"):
        return Account.objects.create(iban="DE1", pin=1)


WRITES: dict[str, Callable[[Account], object]] = {
    "save": lambda account: Account(pk=account.pk, iban="DE2").save(),
    "create": lambda _account: Account.objects.create(iban="DE2"),
    "update": lambda _account: Account.objects.update(pin=2),
    "bulk_create": lambda _account: Account.objects.bulk_create([Account(iban="DE2")]),
    "bulk_update": lambda account: Account.objects.bulk_update([account], ["iban"]),
    "delete": lambda account: Account.objects.get(pk=account.pk).delete(),
    "queryset.delete": lambda _account: Account.objects.filter(pin=1).delete(),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_write_without_a_reason_is_refused_and_changes_nothing(
    account: Account, write: str
) -> None:
    since, rows = last(), list(Account.objects.values())
    account.iban = "DE3"
    with pytest.raises(MissingContextError, match="reason"), transaction.atomic():
        WRITES[write](account)
    assert list(Account.objects.values()) == rows
    with audit_context(reason="why"):
        WRITES[write](account)
    assert len(told(since=since)) == 1


def test_a_save_that_changes_nothing_named_needs_no_reason(account: Account) -> None:
    account.save()


def test_masked_values_are_not_in_the_log(account: Account) -> None:
    with audit_context(reason="why"):
        Account.objects.update(iban="DE9999")
        account.delete()
    entries = str(told())
    assert "DE1" not in entries
    assert "DE9999" not in entries
    created, updated, _deleted = (changes["iban"] for *_, changes in told())
    assert created[1] == updated[0] != updated[1]
