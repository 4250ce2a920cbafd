"""Django's tasks (6.0, or the package django-tasks): the context travels with the arguments.

A backend stores nothing of a task but its arguments, so the context goes along as one of them,
under a name of its own, and is taken out again before the function is called.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, cast

from asgiref.sync import sync_to_async

from ..carry import carried, resumed

__all__ = ["CarriesContext", "carries_context"]

ARGUMENT = "_audit_context"

AnyTask = TypeVar("AnyTask")


def carries_context(task: AnyTask) -> AnyTask:
    """Have a task run in the context in which it was enqueued.

    Example:
        >>> @carries_context
        ... @task
        ... def settle(payment_id): ...
    """
    kind = _carrying(cast("Any", type(task)))
    given = {found.name: getattr(task, found.name) for found in fields(task)}  # type: ignore[arg-type]
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
        return super().enqueue(*args, **kwargs, **_taken_along())  # type: ignore[misc]

    async def aenqueue(self, *args: Any, **kwargs: Any) -> Any:
        along = await sync_to_async(_taken_along)()
        return await super().aenqueue(*args, **kwargs, **along)  # type: ignore[misc]

    def call(self, *args: Any, **kwargs: Any) -> Any:
        with _resumed(self, kwargs):
            return super().call(*args, **kwargs)  # type: ignore[misc]

    async def acall(self, *args: Any, **kwargs: Any) -> Any:
        with _resumed(self, kwargs):
            return await super().acall(*args, **kwargs)  # type: ignore[misc]


def _taken_along() -> dict[str, Any]:
    payload = carried()
    return {ARGUMENT: payload} if payload else {}


def _resumed(task: Any, kwargs: dict[str, Any]) -> AbstractContextManager[Any]:
    path = task.module_path
    return resumed(kwargs.pop(ARGUMENT, {}), process=f"task {path}", task=path)
