"""Who acts is found out when an entry is written, and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from auditable import audit_context
from auditable.middleware import AuditMiddleware
from tests.shop.models import Payment

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


class Asked:
    """A user who is found out when somebody asks."""

    def __init__(self) -> None:
        self.times = 0
        self.user = User.objects.create_user("alice")
        self.lazy = SimpleLazyObject(self.find)

    def find(self) -> User:
        self.times += 1
        return self.user


@pytest.fixture
def alice() -> Asked:
    return Asked()


@pytest.fixture
def payment() -> Payment:
    return Payment.objects.create(amount=1)


def in_a_request(alice: Asked, write: Callable[[], Any]) -> None:
    request = HttpRequest()
    request.user = alice.lazy
    AuditMiddleware(lambda _: HttpResponse(write()))(request)


def in_a_block(alice: Asked, write: Callable[[], Any]) -> None:
    with audit_context(actor=alice.lazy):
        write()


def on_behalf(alice: Asked, write: Callable[[], Any]) -> None:
    with audit_context(actor="robot", on_behalf_of=alice.lazy):
        write()


everywhere = pytest.mark.parametrize("place", [in_a_request, in_a_block, on_behalf])


@everywhere
def test_a_save_that_changes_nothing_asks_for_nobody(
    place: Callable[..., None], alice: Asked, payment: Payment
) -> None:
    place(alice, payment.save)
    assert alice.times == 0


@everywhere
def test_a_save_that_changes_something_asks_once(
    place: Callable[..., None], alice: Asked, payment: Payment
) -> None:
    def write() -> None:
        for amount in (2, 3):
            payment.amount = amount
            payment.save()

    place(alice, write)
    assert alice.times == 1
    assert payment.audit_trail.filter(action="update").count() == 2


def test_who_is_behind_the_user_is_not_found_out_for_nothing(
    alice: Asked, payment: Payment, settings: Any
) -> None:
    found: list[HttpRequest] = []
    settings.AUDITABLE = {"IMPERSONATOR": found.append}
    bool(alice.lazy.pk)
    in_a_request(alice, payment.save)
    assert found == []
