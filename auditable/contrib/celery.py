"""Celery: the context travels with the message, from who publishes a task to who runs it.

Call `connect()` once, where the Celery app is made, so that publishers and workers both do:

    app = Celery("shop")
    auditable.contrib.celery.connect()
"""

import json
from typing import Any

from celery import Task, signals

from ..carry import carried, resumed
from ..context import Block

__all__ = ["connect"]

HEADER = "auditable"
BLOCK = "_auditable_block"


def connect() -> None:
    """Carry the context from now on; calling it again changes nothing."""
    signals.before_task_publish.connect(_send, dispatch_uid="auditable", weak=False)
    signals.task_prerun.connect(_begin, dispatch_uid="auditable", weak=False)
    signals.task_postrun.connect(_end, dispatch_uid="auditable", weak=False)


def _send(headers: dict[str, Any], **kwargs: Any) -> None:
    if payload := carried():
        # As text: AMQP has no form for every number and every name that JSON has.
        headers[HEADER] = json.dumps(payload)


def _begin(task: "Task[Any, Any]", task_id: str, **kwargs: Any) -> None:
    block = _block(task, task_id)
    # On the request of this very run: an eager task may run another one, or itself.
    setattr(task.request, BLOCK, block)
    block.__enter__()


def _end(task: "Task[Any, Any]", **kwargs: Any) -> None:
    block: Block | None = getattr(task.request, BLOCK, None)
    if block is not None:
        block.__exit__(None, None, None)


def _block(task: "Task[Any, Any]", task_id: str) -> Block:
    process = f"celery {task.name}"
    if task.request.is_eager:
        # No message, and no other process: we are still where the task was called.
        return Block(process=process, metadata={"task": task.name})
    return resumed(
        json.loads(getattr(task.request, HEADER, None) or "{}"),
        process=process,
        task=task.name,
        correlation_id=task.request.root_id or task_id,
    )
