from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand

from auditable import audit_context
from auditable.models import AuditEntry
from tests.ledger.models import Transfer


class Command(BaseCommand):
    """Writes with and without a context, and prints who it was."""

    def handle(self, **options: Any) -> None:
        Transfer.objects.create(amount=1)
        async_to_sync(Transfer.objects.acreate)(amount=2)
        with audit_context(actor="importer"):
            Transfer.objects.create(amount=3)
        with audit_context(reason="why"):
            Transfer.objects.create(amount=4)
        for entry in AuditEntry.objects.order_by("pk"):
            self.stdout.write(f"{entry.actor_type}|{entry.actor_id}|{entry.actor_repr}")
