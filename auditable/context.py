"""Who and why: what is in force where an entry is written.

The value is frozen and lives in a `ContextVar`, so threads, tasks and coroutines have their own,
and `asgiref` carries it over `sync_to_async` and `async_to_sync`. Blocks are taken off by
identity rather than by the token of the `ContextVar`: a generator that ends while a block opened
after it is still open takes away its own block, and one that ends in another task takes away
none.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import wraps
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.utils.functional import LazyObject, Promise

from .scopes import Scope

__all__ = [
    "Actor",
    "AuditContext",
    "Block",
    "FrozenActor",
    "LiveActor",
    "audit_context",
    "bound",
    "current_context",
    "is_disabled",
]

Result = TypeVar("Result")


class FrozenActor(NamedTuple):
    """An actor as an entry keeps it; what travels to another process."""

    type: str
    """`user`, `anonymous`, `service` or `system`."""

    id: str
    """Primary key, or the name of the service or process."""

    repr: str
    """Display name."""

    model: str = ""
    """Label of the model, if that is not the user model of the project."""


class LiveActor(ABC):
    """An actor who is asked for when an entry is written, and not before."""

    @abstractmethod
    def acting(self) -> object:
        """Who acts now: a user, the name of a service, or `None`."""

    @abstractmethod
    def impersonator(self) -> object:
        """Who is behind `acting()` in a session taken over; `None` if nobody is."""

    @abstractmethod
    def settled(self) -> bool:
        """Whether both are known, and need not be found out."""


Actor: TypeAlias = Any
"""A user, the name of a service or of an API key, or `None`: nobody, on purpose."""


class NotGiven:
    """The type of `NOT_GIVEN`."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven()
"""No one said who acts: no context reached us."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AuditContext:
    """What is in force in a block: its own values over those of the blocks around it."""

    actor: Actor | LiveActor | FrozenActor | NotGiven = NOT_GIVEN
    """Who acts."""

    on_behalf_of: Actor | FrozenActor = None
    """For whom, if that is someone else."""

    live: LiveActor | None = None
    """Of the request we are in, whoever `actor` is."""

    reason: str | Promise = ""
    """Why."""

    correlation_id: object = ""
    """Request or job."""

    metadata: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """The rest."""

    process: str = ""
    """The job that runs, where the process alone would say too little."""

    disabled: bool = False
    """Writes are not recorded."""

    block: "Block | None" = field(default=None, repr=False)
    """The block that put these values in force."""

    below: "AuditContext | None" = field(default=None, repr=False)
    """What was in force when the block began."""

    memo: Any = field(default=None, repr=False)
    """What was last made of this value, for whoever makes it."""

    def remember(self, memo: object) -> None:
        """Keep what was made of this value for as long as the value is in force."""
        object.__setattr__(self, "memo", memo)


_NOTHING = AuditContext()
_current: ContextVar[AuditContext] = ContextVar("auditable", default=_NOTHING)


def current_context() -> AuditContext:
    """What is in force here."""
    return _current.get()


def is_disabled() -> bool:
    """Whether writes go unrecorded here."""
    return _current.get().disabled


class Block(Scope):
    """Values in force in a block of code, over those that are in force around it."""

    __slots__ = ("_given", "isolated")

    def __init__(self, *, isolated: bool = False, **given: Any) -> None:
        """Args:
        isolated: nothing of what is in force around the block is seen inside: the start of
            a request, or of a task in a worker.
        given: attributes of `AuditContext`.
        """
        self.isolated = isolated
        self._given = given

    def over(self, outer: AuditContext) -> AuditContext:
        """What is in force inside, where `outer` is in force around."""
        given = dict(self._given)
        seen = _NOTHING if self.isolated else outer
        if "metadata" in given:
            given["metadata"] = MappingProxyType({**seen.metadata, **given["metadata"]})
        if self.isolated:
            return AuditContext(**given, block=self, below=outer)
        return replace(seen, **given, block=self, below=outer, memo=None)

    def begin(self) -> None:
        """What else happens when the block begins, in the context around it."""

    def __enter__(self) -> Self:
        self.begin()
        _current.set(self.over(_current.get()))
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _current.set(_without(self, _current.get()))

    def steps(self) -> Callable[[], AbstractContextManager[None]]:
        left: AuditContext | None = None

        @contextmanager
        def step() -> Generator[None, None, None]:
            nonlocal left
            consumer = _current.get()
            if left is None:
                self.begin()
            _current.set(self.over(consumer) if left is None else left)
            try:
                yield
            finally:
                left = _current.get()
                _current.set(consumer)

        return step


def _without(block: Block, context: AuditContext) -> AuditContext:
    """`context` as if `block` had not been entered; itself if it was not entered here."""
    if context.block is None or context.below is None:
        return context
    if context.block is block:
        return context.below
    below = _without(block, context.below)
    if below is context.below:
        return context
    if block.isolated:
        return below  # with a request ends whatever was opened in it and never closed
    return context.block.over(below)


class audit_context(Block):  # noqa: N801 - reads as the function it is used as
    """Say who writes, and why, for all that is written inside.

    A context manager and a decorator, of functions, coroutines, generators and asynchronous
    generators. Blocks nest: what an inner one gives stands over what the outer ones gave, and
    the outer values are back when it ends. `with` in the body of a generator is seen by its
    consumer between two steps; decorate the generator instead.

    Example:
        >>> with audit_context(actor=request.user, reason="chargeback 881", ticket=4711):
        ...     payment.save()
    """

    __slots__ = ()

    def __init__(
        self,
        *,
        actor: Actor = NOT_GIVEN,
        reason: str | Promise | None = None,
        correlation_id: object = None,
        on_behalf_of: Actor = None,
        **metadata: object,
    ) -> None:
        """Args:
            actor: a user, the name of a service or of an API key, or `None` to say that nobody
                acts, on purpose. A new actor acts for himself unless `on_behalf_of` is given
                along.
            reason: why. `None` leaves the reason of the outer block in force.
            correlation_id: the request or job that this is part of. `None` leaves the outer one.
            on_behalf_of: the user or service for whom the actor acts.
            metadata: facts of your own. They are stored as JSON; what JSON has no form for is
                stored as its text.

        Raises:
            TypeError: the actor is none of these things, or a fact of your own has a name that
                the log uses itself.
        """
        if "actor_model" in metadata:
            raise TypeError("audit_context(actor_model=…): the log writes this fact itself.")
        given: dict[str, Any] = {}
        if actor is not NOT_GIVEN:
            given["actor"] = _checked("actor", actor)
            given["on_behalf_of"] = None
        if on_behalf_of is not None:
            given["on_behalf_of"] = _checked("on_behalf_of", on_behalf_of)
        if reason is not None:
            given["reason"] = reason
        if correlation_id is not None:
            given["correlation_id"] = correlation_id
        if metadata:
            given["metadata"] = metadata
        super().__init__(**given)


def _checked(argument: str, actor: Actor) -> Actor:
    # Not even a look at a lazy `request.user`: that would read it from the database.
    if actor is None or issubclass(type(actor), LazyObject | FrozenActor):
        return actor
    if isinstance(actor, str):
        known = bool(actor.strip())
    else:
        known = hasattr(actor, "is_authenticated") or hasattr(actor, "_meta")
    if not known:
        raise TypeError(
            f"audit_context({argument}={actor!r}): give a user, the name of a service, or None."
        )
    return actor


def bound(function: Callable[..., Result]) -> Callable[..., Result]:
    """Have a function see, whenever it is called, the context that is in force now.

    Whether writes are recorded is the caller's matter all the same: a callback must not carry
    `audit_disabled()` out of its block.
    """
    context = _current.get()

    @wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Result:
        caller = _current.get()
        if context.disabled is caller.disabled:
            _current.set(context)
        else:
            _current.set(replace(context, disabled=caller.disabled, memo=None))
        try:
            return function(*args, **kwargs)
        finally:
            _current.set(caller)

    return inside


@receiver(connection_created, dispatch_uid="auditable.context")
def _bind_commit_callbacks(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Have what `transaction.on_commit` is given run in the context that gave it."""
    if "on_commit" in vars(connection):
        return
    on_commit = connection.on_commit

    def on_commit_bound(func: Any, robust: bool = False) -> None:  # noqa: FBT001, FBT002 - as Django's
        on_commit(bound(func) if callable(func) else func, robust)

    connection.on_commit = on_commit_bound  # type: ignore[method-assign]
