"""What the tests of context share: who is named in the log."""

from __future__ import annotations

from typing import Any

from auditable.models import AuditEntry


def named(**where: Any) -> list[tuple[str, str, str]]:
    """(type, id, display name) of the actors of all entries, oldest first."""
    entries = AuditEntry.objects.filter(**where).order_by("pk")
    return list(entries.values_list("actor_type", "actor_id", "actor_repr"))


def entry() -> AuditEntry:
    """The newest entry."""
    return AuditEntry.objects.order_by("-pk")[0]
