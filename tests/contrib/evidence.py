"""What the log says, entry by entry, as the tests compare it."""

from __future__ import annotations

import os
import pwd
from typing import Any, NamedTuple

from auditable.models import AuditEntry

ME = pwd.getpwuid(os.geteuid()).pw_name

CREATED = {"amount": [None, 0]}


class Entry(NamedTuple):
    """One entry, but for what it is about and when it was written."""

    actor: tuple[str, str, str]
    """Type, id and display name."""

    reason: str = ""
    correlation_id: str = ""
    metadata: Any = {}
    action: str = "create"
    changes: Any = CREATED


def entries() -> list[Entry]:
    """All entries, oldest first."""
    return [
        Entry(
            actor=(entry.actor_type, entry.actor_id, entry.actor_repr),
            reason=entry.reason,
            correlation_id=entry.correlation_id,
            metadata=entry.metadata,
            action=entry.action,
            changes=entry.changes,
        )
        for entry in AuditEntry.objects.order_by("pk")
    ]


def user(user: Any) -> tuple[str, str, str]:
    return ("user", str(user.pk), user.get_username())


def principal(user: Any) -> dict[str, str]:
    """How `on_behalf_of` stands in the metadata."""
    return {"type": "user", "id": str(user.pk), "repr": user.get_username()}


def process(name: str) -> tuple[str, str, str]:
    return ("system", name, f"{name} ({ME})")
