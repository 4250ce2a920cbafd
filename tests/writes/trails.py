"""What the tests of writes share: entries in a form that is easy to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditable.models import AuditEntry

if TYPE_CHECKING:
    from django.db.models import Model

Told = tuple[str, str, str, dict[str, Any]]


def told(*models: type[Model], using: str = "default", since: int = 0) -> list[Told]:
    """(action, label, object_pk, changes) of the log's entries, oldest first."""
    entries = AuditEntry.objects.using(using).filter(pk__gt=since).order_by("pk")
    if models:
        entries = entries.filter(model_label__in=[m._meta.label_lower for m in models])
    return [(e.action, e.model_label, e.object_pk, e.changes) for e in entries]


def last(using: str = "default") -> int:
    """Primary key of the newest entry, to ask for what comes after it."""
    newest = AuditEntry.objects.using(using).first()
    return newest.pk if newest else 0
