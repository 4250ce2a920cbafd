"""`audit_silenced`: what it covers, what it does not, and where it may not be used."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings, utils
from django.urls import path

from auditable import AuditDisabledError
from auditable.context import is_disabled
from auditable.test import assert_audited, audit_silenced, created
from tests.context.who import on_one_connection
from tests.ledger.models import Transfer, Writeoff


def write(request: HttpRequest) -> HttpResponse:
    Transfer.objects.create(amount=8)
    return HttpResponse("written")


urlpatterns = [path("write/", write)]

REFUSAL = (
    "audit_silenced() is for tests, and no test is running. "
    "Use audit_disabled(), which leaves a record of its use."
)


@pytest.mark.django_db
class TestWhatItCovers:
    def test_writes_inside_are_not_recorded_and_those_around_are(self):
        with assert_audited(created(Transfer, amount=1), created(Transfer, amount=4)):
            Transfer.objects.create(amount=1)
            with audit_silenced():
                Transfer.objects.create(amount=2)
                Transfer.objects.bulk_create([Transfer(amount=3)])
                Transfer.objects.update(amount=9)
                Transfer.objects.all().delete()
            Transfer.objects.create(amount=4)

    def test_facts_are_not_demanded(self):
        with assert_audited(), audit_silenced():
            Writeoff.objects.create()

    def test_nothing_is_said_of_it(self, caplog):
        with caplog.at_level(logging.DEBUG, "auditable"), audit_silenced():
            Transfer.objects.create()
        assert [record for record in caplog.records if record.name == "auditable"] == []

    @override_settings(AUDITABLE={"ALLOW_DISABLED": False})
    def test_the_setting_that_forbids_to_disable_is_not_for_tests(self):
        with assert_audited(), audit_silenced():
            Transfer.objects.create()

    def test_a_factory_that_is_decorated(self):
        @audit_silenced()
        def make(amount: int) -> Transfer:
            return Transfer.objects.create(amount=amount)

        with assert_audited():
            assert [make(1).amount, make(2).amount] == [1, 2]

    @on_one_connection
    async def test_coroutines(self):
        @audit_silenced()
        async def make() -> None:
            await Transfer.objects.acreate()

        async with assert_audited(created(Transfer, amount=4)):
            await make()
            async with audit_silenced():
                await Transfer.objects.acreate()
            await Transfer.objects.acreate(amount=4)

    def test_a_request_of_a_test_client_is_recorded(self, client):
        with (
            override_settings(
                ROOT_URLCONF=__name__, MIDDLEWARE=["auditable.middleware.AuditMiddleware"]
            ),
            assert_audited(created(Transfer, amount=8)),
            audit_silenced(),
        ):
            client.get("/write/")

    def test_an_error_ends_it(self):
        with pytest.raises(ZeroDivisionError), audit_silenced():
            assert is_disabled()
            1 / 0
        assert not is_disabled()


class TestOutsideOfTests:
    @pytest.fixture(autouse=True)
    def no_test_environment(self, monkeypatch):
        monkeypatch.delattr(utils._TestState, "saved_data")

    def test_a_block_is_refused_and_not_entered(self):
        with pytest.raises(AuditDisabledError) as raised, audit_silenced():
            pytest.fail("the block was entered")
        assert str(raised.value) == REFUSAL
        assert not is_disabled()

    def test_a_decorated_function_is_refused_when_it_is_called(self):
        @audit_silenced()
        def make() -> None:
            pytest.fail("the function was called")

        with pytest.raises(AuditDisabledError):
            make()

    @on_one_connection
    async def test_an_asynchronous_block_is_refused(self):
        with pytest.raises(AuditDisabledError):
            async with audit_silenced():
                pytest.fail("the block was entered")


def test_a_process_of_its_own_is_refused():
    """As a server or a command is: set up by Django, and by no test runner."""
    program = (
        "import django; django.setup()\n"
        "from auditable.test import audit_silenced\n"
        "with audit_silenced(): print('entered')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(f"auditable.exceptions.AuditDisabledError: {REFUSAL}\n")
