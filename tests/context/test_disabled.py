"""The switch that is never silent."""

from __future__ import annotations

from functools import partial

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import transaction
from django.test import override_settings

from auditable import AuditDisabledError, audit_context, audit_disabled
from auditable.context import is_disabled
from auditable.models import AuditEntry
from tests.ledger.models import Payout, Transfer


def warnings(caplog) -> list[str]:
    return [
        f"{record.name} {record.levelname} {record.getMessage()}"
        for record in caplog.records
        if record.name == "auditable"
    ]


@pytest.mark.django_db
def test_writes_inside_are_not_recorded_and_those_around_are():
    transfer = Transfer.objects.create(amount=1)
    with audit_disabled():
        Transfer.objects.update(amount=2)
        Transfer.objects.create(amount=3)
        Transfer.objects.bulk_create([Transfer(amount=4)])
        transfer.delete()
    Transfer.objects.create(amount=5)
    assert [found.changes for found in AuditEntry.objects.order_by("pk")] == [
        {"amount": [None, 1]},
        {"amount": [None, 5]},
    ]


@pytest.mark.django_db
def test_facts_are_not_demanded_inside():
    with audit_disabled():
        Payout.objects.create()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_a_decorated_function_is_not_recorded():
    @audit_disabled()
    def load() -> None:
        Transfer.objects.create()

    load()
    load()
    assert not AuditEntry.objects.exists()


def test_it_ends_with_its_block_and_with_an_error():
    with pytest.raises(ZeroDivisionError), audit_disabled():
        1 / int(not is_disabled())
    assert not is_disabled()
    with audit_disabled(), audit_context(reason="inside"), audit_disabled():
        assert is_disabled()
    assert not is_disabled()


async def test_it_reaches_into_threads_and_not_into_sibling_tasks():
    async with audit_disabled():
        assert await sync_to_async(is_disabled)()
    assert not await sync_to_async(is_disabled)()


def test_each_use_leaves_a_warning_with_where_by_whom_and_why(caplog):
    alice = User(pk=7, username="alice")
    facts = {"reason": "first import", "correlation_id": "job-1", "file": "a.csv"}
    with audit_context(actor=alice, **facts), audit_disabled():
        pass
    (record,) = caplog.records
    assert warnings(caplog) == ["auditable WARNING Auditing is disabled by alice"]
    assert (record.pathname, record.funcName) == (
        __file__,
        "test_each_use_leaves_a_warning_with_where_by_whom_and_why",
    )
    assert record.audit == {
        "actor_type": "user",
        "actor_id": "7",
        "actor_repr": "alice",
        "reason": "first import",
        "correlation_id": "job-1",
        "metadata": {"file": "a.csv"},
    }


def test_the_warning_comes_before_the_work(caplog):
    with audit_disabled():
        assert len(warnings(caplog)) == 1
    assert len(warnings(caplog)) == 1


async def test_every_way_to_use_it_is_seen_where_it_is_used(caplog):
    @audit_disabled()
    def function() -> None: ...

    @audit_disabled()
    async def coroutine() -> None: ...

    @audit_disabled()
    def generator():
        yield 1
        yield 2

    @audit_disabled()
    async def async_generator():
        yield 1
        yield 2

    function()
    await coroutine()
    list(generator())
    [item async for item in async_generator()]
    async with audit_disabled():
        pass
    assert warnings(caplog) == [warnings(caplog)[0]] * 5
    assert {record.pathname for record in caplog.records} == {__file__}


async def test_a_coroutine_of_a_user_whom_nobody_asked_for_is_seen_too(caplog, rf):
    from django.core.exceptions import SynchronousOnlyOperation
    from django.utils.functional import SimpleLazyObject

    def look() -> None:
        raise SynchronousOnlyOperation

    with audit_context(actor=SimpleLazyObject(look), correlation_id="request-1"), audit_disabled():
        pass
    assert warnings(caplog) == ["auditable WARNING Auditing is disabled by the user of the request"]
    assert caplog.records[0].audit["correlation_id"] == "request-1"


@pytest.mark.django_db
def test_the_settings_can_forbid_it(caplog):
    decorated = audit_disabled()(partial(Transfer.objects.create))
    with override_settings(AUDITABLE={"ALLOW_DISABLED": False}):
        for use in (decorated, audit_disabled().__enter__):
            with pytest.raises(AuditDisabledError) as forbidden:
                use()
            assert str(forbidden.value) == (
                "audit_disabled() is forbidden here: AUDITABLE['ALLOW_DISABLED'] is False."
            )
    assert not is_disabled()
    assert not Transfer.objects.exists()
    assert warnings(caplog) == []


@pytest.mark.django_db(transaction=True)
def test_a_commit_callback_does_not_carry_it_out_of_its_block():
    with transaction.atomic(), audit_disabled():
        transaction.on_commit(lambda: Transfer.objects.create(amount=1))
    assert AuditEntry.objects.get().changes == {"amount": [None, 1]}
