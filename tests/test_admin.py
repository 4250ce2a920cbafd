from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auditable.models import AuditEntry
from tests.shop.models import Payment

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
LOG = "/admin/auditable/auditentry/"


def test_a_superuser_reads_the_log_and_writes_nothing(admin_client: Client) -> None:
    Payment.objects.create(amount=5)
    entry = AuditEntry.objects.get()
    assert b"shop.payment" in admin_client.get(LOG).content
    assert "amount: – → 5.00" in admin_client.get(f"{LOG}{entry.pk}/change/").content.decode()
    assert admin_client.get(f"{LOG}add/").status_code == 403
    assert admin_client.post(f"{LOG}{entry.pk}/change/", {"reason": "x"}).status_code == 403
    assert admin_client.post(f"{LOG}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert AuditEntry.objects.get().reason == ""
