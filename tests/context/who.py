"""What the tests of context share: who is named in the log."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync

from auditable.models import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def on_one_connection(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a coroutine as a test; what it does to the database is done in this thread.

    So it is in the transaction of the test, and costs no database that has to be emptied.
    """

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        async_to_sync(test)(*args, **kwargs)

    return run


def named(**where: Any) -> list[tuple[str, str, str]]:
    """(type, id, display name) of the actors of all entries, oldest first."""
    entries = AuditEntry.objects.filter(**where).order_by("pk")
    return list(entries.values_list("actor_type", "actor_id", "actor_repr"))


def entry() -> AuditEntry:
    """The newest entry."""
    return AuditEntry.objects.order_by("-pk")[0]
