"""Context that travels to another process, as JSON."""

from collections.abc import Mapping
from typing import Any

from .context import Block, FrozenActor, NotGiven, current_context
from .facts import acting
from .text import clean, jsonable

__all__ = ["carried", "resumed"]


def carried() -> dict[str, Any]:
    """What is in force here, for `resumed()` elsewhere; as JSON, and empty where nothing is.

    The actor is frozen as he is now. Where nobody said who acts, none is carried, and the
    process that does the work answers for it. `audit_disabled()` stays behind.
    """
    context = current_context()
    payload: dict[str, Any] = {
        "reason": clean(str(context.reason)),
        "correlation_id": clean(str(context.correlation_id), 64),
        "metadata": jsonable(context.metadata),
    }
    if not isinstance(context.actor, NotGiven):
        payload["actor"], payload["on_behalf_of"] = acting(context)
    return {name: value for name, value in payload.items() if value}


def resumed(
    payload: Mapping[str, Any], *, process: str, task: str = "", correlation_id: str = ""
) -> Block:
    """The block in which the context that `carried()` took along is in force again.

    Args:
        payload: what `carried()` returned.
        process: who writes, where no actor was carried: `celery payments.settle`.
        task: name of the task, for the metadata of entries that someone else answers for.
        correlation_id: where none was carried.
    """
    given: dict[str, Any] = {"process": process, "metadata": dict(payload.get("metadata", {}))}
    if "actor" in payload:
        given["actor"] = FrozenActor(*payload["actor"])
        if task:
            given["metadata"]["task"] = task
    if "on_behalf_of" in payload:
        given["on_behalf_of"] = FrozenActor(*payload["on_behalf_of"])
    return Block(
        isolated=True,
        reason=payload.get("reason", ""),
        correlation_id=payload.get("correlation_id", correlation_id),
        **given,
    )
