from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from auditable.models import AuditEntry
from tests.history.models import Tariff


@pytest.mark.django_db(transaction=True)
def test_a_data_migration_is_recorded_by_one_line() -> None:
    tariff = Tariff.objects.create(rate="1.50")
    call_command("migrate", "history", "0001", verbosity=0)
    call_command("migrate", "history", verbosity=0)
    newest = tariff.audit_trail[0]
    assert (newest.changes, newest.reason) == ({"rate": ["1.50", "3.00"]}, "doubled by migration")
    assert AuditEntry.objects.count() == 2


@pytest.mark.django_db
def test_decorating_asks_for_no_migration() -> None:
    for app in ("auditable", "history"):
        call_command("makemigrations", app, check=True, dry_run=True, stdout=StringIO())
