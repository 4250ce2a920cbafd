"""Tasks of Django's own framework, for backends of this process and for a worker of another."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from auditable import audit_context
from auditable.contrib.tasks import carries_context
from tests.ledger.models import Transfer

from .backends import tasks


@carries_context
@tasks.task
def write(note: str = "", **more: Any) -> dict[str, Any]:
    Transfer.objects.create()
    return {"note": note, **more}


@carries_context
@tasks.task
async def write_async(note: str = "", **more: Any) -> dict[str, Any]:
    await Transfer.objects.acreate()
    return {"note": note, **more}


@carries_context
@tasks.task(takes_context=True)
def write_in_its_attempt(context: Any, note: str = "", **more: Any) -> dict[str, Any]:
    Transfer.objects.create()
    return {"note": note, "attempt": context.attempt, **more}


@tasks.task(backend="carrying")
def write_of_a_backend(note: str = "", **more: Any) -> dict[str, Any]:
    Transfer.objects.create()
    return {"note": note, **more}


@tasks.task
def write_plain() -> None:
    Transfer.objects.create()


@carries_context
@tasks.task
def failing() -> None:
    audit_context(actor="leak", reason="leak", leak=True).__enter__()
    Transfer.objects.create()
    raise ZeroDivisionError


@carries_context
@tasks.task
def leaking() -> None:
    audit_context(actor="leak", reason="leak", leak=True).__enter__()


@carries_context
@tasks.task(backend="dummy", priority=7, queue_name="mails", takes_context=True)
def particular(context: Any) -> None: ...


@carries_context
@tasks.task
def enqueuing(backend: str) -> None:
    with audit_context(reason="from a task"):
        write.using(backend=backend).enqueue()
    Transfer.objects.create()


if find_spec("django_tasks_db"):

    @tasks.task(backend="stored-carrying")
    def write_of_a_stored_backend() -> None:
        Transfer.objects.create()
