"""Django's tasks (6.0, or the package django-tasks): the context travels with the arguments.

A backend stores nothing of a task but its arguments, so the context goes along as one of them,
under a name of its own, and is taken out again before the function is called.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, cast

from asgiref.sync import sync_to_async

from ..carry import carried, resumed
from ..context import Block

__all__ = ["CarriesContext", "carries_context"]

ARGUMENT = "_audit_context"

AnyTask = TypeVar("AnyTask")


def carries_context(task: AnyTask) -> AnyTask:
    """Have a task run in the context in which it was enqueued.

    Example:
        >>> @carries_context
        ... @task
        ... def settle(payment_id): ...

    Raises:
        TypeError: what was given is no task.
    """
    if not is_dataclass(task):
        raise TypeError(f"carries_context({task!r}): give a task; write it above @task.")
    kind = _carrying(cast("Any", type(task)))
    given = {found.name: getattr(task, found.name) for found in fields(task)}
    return cast("AnyTask", kind(**given))


class CarriesContext:
    """Mixed into a task backend: every task of the backend carries its context.

    Example:
        >>> class Backend(CarriesContext, DatabaseBackend):
        ...     pass
    """

    task_class: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.task_class = _carrying(cls.task_class)


@cache
def _carrying(kind: Any) -> Any:
    """The subclass of a class of tasks that carries the context."""
    if issubclass(kind, _Carrier):
        return kind
    return type(f"Carrying{kind.__name__}", (_Carrier, kind), {"__slots__": ()})


class _Carrier:
    """What a carrying task does otherwise than a plain one."""

    __slots__ = ()

    # Of the class that it is mixed into.
    func: Callable[..., Any]

    def enqueue(self, *args: Any, **kwargs: Any) -> Any:
        return super().enqueue(*args, **_with_context(kwargs))  # type: ignore[misc]

    async def aenqueue(self, *args: Any, **kwargs: Any) -> Any:
        # A lazy actor is asked for, which may take a query.
        along = await sync_to_async(_with_context)(kwargs)
        return await super().aenqueue(*args, **along)  # type: ignore[misc]

    def call(self, *args: Any, **kwargs: Any) -> Any:
        with _resumed(self, kwargs):
            return super().call(*args, **kwargs)  # type: ignore[misc]

    async def acall(self, *args: Any, **kwargs: Any) -> Any:
        with _resumed(self, kwargs):
            return await super().acall(*args, **kwargs)  # type: ignore[misc]


def _with_context(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    # The arguments may be those of an older result, with the context of back then.
    return {**kwargs, ARGUMENT: carried()}


def _resumed(task: Any, kwargs: dict[str, Any]) -> Block:
    """The block in which the task runs; its argument is taken out of `kwargs`."""
    path = task.module_path
    payload = kwargs.pop(ARGUMENT, None)
    if payload is None:
        # Called and not enqueued: no other process, we are still where it was called.
        return Block(process=f"task {path}")
    return resumed(payload, process=f"task {path}", task=path)
