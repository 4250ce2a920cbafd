"""Blocks that are context managers, and decorators of every kind of callable.

The kinds differ in when their code runs. A generator stands still between its steps while its
consumer goes on: it must neither show the consumer what is in force inside, nor lose it.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractContextManager
from functools import wraps
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from asgiref.sync import iscoroutinefunction

__all__ = ["Scope"]

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Scope(ABC):
    """A block of code in which something is in force: `with`, `async with`, `@scope`."""

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    @abstractmethod
    def steps(self) -> Callable[[], AbstractContextManager[None]]:
        """For one run of a generator: what makes the block of each of its steps."""

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(error_type, error, traceback)

    def __call__(self, function: Decorated) -> Decorated:
        """Run each call of a function, a coroutine function or a generator function inside."""
        if isinstance(function, type) or not callable(function):
            raise TypeError(
                f"{type(self).__name__}(…) decorates functions, coroutines and generators, "
                f"not {function!r}. Decorate the methods of a class one by one."
            )
        if inspect.isasyncgenfunction(function):
            inside = _async_generator(self, function)
        elif inspect.isgeneratorfunction(function):
            inside = _generator(self, function)
        elif iscoroutinefunction(function):
            inside = _coroutine(self, function)
        else:
            inside = _function(self, function)
        return cast("Decorated", wraps(function)(inside))


def _function(scope: Scope, function: Callable[..., Any]) -> Callable[..., Any]:
    def inside(*args: Any, **kwargs: Any) -> Any:
        with scope:
            return function(*args, **kwargs)

    return inside


def _coroutine(scope: Scope, function: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    async def inside(*args: Any, **kwargs: Any) -> Any:
        with scope:
            return await function(*args, **kwargs)

    return inside


def _generator(
    scope: Scope, function: Callable[..., Generator[Any, Any, Any]]
) -> Callable[..., Any]:
    def inside(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        running = function(*args, **kwargs)
        step, resume, payload = scope.steps(), running.send, None
        try:
            while True:
                with step():
                    item = resume(payload)
                try:
                    payload, resume = (yield item), running.send
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 - thrown in, to be thrown further
                    payload, resume = error, running.throw
        except StopIteration as end:
            return end.value
        finally:
            with step():
                running.close()

    return inside


def _async_generator(
    scope: Scope, function: Callable[..., AsyncGenerator[Any, Any]]
) -> Callable[..., Any]:
    async def inside(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        running = function(*args, **kwargs)
        step, resume, payload = scope.steps(), running.asend, None
        try:
            while True:
                with step():
                    item = await resume(payload)
                try:
                    payload, resume = (yield item), running.asend
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 - thrown in, to be thrown further
                    payload, resume = error, running.athrow
        except StopAsyncIteration:
            return
        finally:
            with step():
                await running.aclose()

    return inside
