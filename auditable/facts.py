"""The facts of an entry that its row does not tell, frozen as they are when it is written."""

from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.utils.functional import LazyObject, empty

from . import conf
from .context import (
    AuditContext,
    FrozenActor,
    LiveActor,
    NotGiven,
    current_context,
)
from .exceptions import MissingContextError
from .options import AuditOptions
from .process import os_user, program
from .text import clean, jsonable

__all__ = ["Facts", "acting", "current_facts", "freeze", "frozen_facts", "settled"]

ANONYMOUS = FrozenActor("anonymous", "", "")
UNRESOLVED = FrozenActor("user", "", "the user of the request")
ANSWERABLE = frozenset({"user", "service"})

_finding: ContextVar[bool] = ContextVar("auditable_finding", default=False)
"""Whether someone is being found out who has not been asked for before."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Who, when, why: the columns of an entry that are the same for a whole statement."""

    actor_type: str
    actor_id: str
    actor_repr: str
    reason: str
    correlation_id: str
    metadata: dict[str, Any]
    """Shared by the entries of one context: copy it before it can be changed."""


def frozen_facts(label: str, options: AuditOptions) -> Facts:
    """The facts of a write to the model `label`, as they are now.

    Raises:
        MissingContextError: the model demands an actor or a reason, and there is none.
    """
    facts = current_facts()
    if options.require_actor and not (facts.actor_type in ANSWERABLE and facts.actor_id):
        raise MissingContextError(_demand(label, "actor", _found(facts)))
    if options.require_reason and not facts.reason.strip():
        raise MissingContextError(_demand(label, "reason", "none was given"))
    return facts


def current_facts() -> Facts:
    """The facts of what is written here and now."""
    context = current_context()
    actor, principal = acting(context)
    # The context is frozen, but for the actor: a login, or a new name, counts from now on.
    memo = context.memo
    if memo is not None and memo[0] == actor and memo[1] == principal:
        return memo[2]  # type: ignore[no-any-return]
    facts = _facts(context, actor, principal)
    context.remember((actor, principal, facts))
    return facts


def _facts(context: AuditContext, actor: FrozenActor, principal: FrozenActor | None) -> Facts:
    metadata = jsonable(context.metadata)
    if actor.model:
        metadata["actor_model"] = actor.model
    if principal:
        metadata["on_behalf_of"] = {
            name: text for name, text in principal._asdict().items() if text
        }
    return Facts(
        actor_type=actor.type,
        actor_id=actor.id,
        actor_repr=actor.repr,
        reason=clean(str(context.reason)),
        correlation_id=clean(str(context.correlation_id), 64),
        metadata=metadata,
    )


def settled() -> bool:
    """Whether who acts is known here, so that to ask for it reads nothing from the database."""
    context = current_context()
    return not any(map(_is_open, (context.actor, context.live, context.on_behalf_of)))


def _is_open(actor: Any) -> bool:
    # By its type: `isinstance()` would look behind a lazy object, and so have it found out.
    kind = type(actor)
    if issubclass(kind, LiveActor):
        return not actor.settled()
    return issubclass(kind, LazyObject) and actor._wrapped is empty


def acting(context: AuditContext) -> tuple[FrozenActor, FrozenActor | None]:
    """Who acts, and for whom if that is someone else."""
    try:
        return _acting(context)
    except SynchronousOnlyOperation:
        # No entry is written in a coroutine, but a message may be sent, or auditing disabled.
        return UNRESOLVED, None


def _acting(context: AuditContext) -> tuple[FrozenActor, FrozenActor | None]:
    given, principal = context.actor, context.on_behalf_of
    if isinstance(given, NotGiven):
        actor = _system(context.process or program())
    else:
        actor = freeze(given.acting() if isinstance(given, LiveActor) else given)
    principal = None if principal is None else freeze(principal)
    live = context.live
    if live is not None:
        behind = live.impersonator()
        if behind is not None and actor == freeze(live.acting()):
            return freeze(behind), principal or actor
    return actor, principal


def freeze(actor: Any) -> FrozenActor:
    """An actor as he is now, in texts that fit the columns."""
    while issubclass(type(actor), LazyObject):
        actor = _unwrapped(actor)
    if actor is None:
        return ANONYMOUS
    if isinstance(actor, FrozenActor):
        return actor
    if isinstance(actor, str):
        return FrozenActor("service", clean(actor, 255), clean(actor, 255))
    is_user = getattr(actor, "is_authenticated", None)
    if is_user is False:
        return ANONYMOUS
    return FrozenActor(
        "service" if is_user is None and hasattr(actor, "_meta") else "user",
        clean(_key(actor), 255),
        clean(_name(actor), 255),
        _model_label(actor, settings.AUTH_USER_MODEL),
    )


def _unwrapped(actor: Any) -> Any:
    # Each attribute read through the wrapper would cost as much as all the rest.
    if actor._wrapped is empty:
        if _finding.get():
            return None  # what finds out who he is writes something audited itself
        token = _finding.set(True)
        try:
            actor._setup()
        finally:
            _finding.reset(token)
    return actor._wrapped


def _key(actor: Any) -> str:
    key = getattr(actor, "pk", None)
    if key is None:
        return ""
    return actor._meta.pk.value_to_string(actor) if isinstance(key, tuple) else str(key)


def _name(actor: Any) -> str:
    configured = conf.actor_repr()
    if configured is not None:
        return str(configured(actor))
    username = getattr(actor, "get_username", None)
    if username is not None:
        return str(username())
    # `str(actor)` may hold anything.
    label = _model_label(actor, "")
    return f"{label} {_key(actor)}" if label else ""


def _model_label(actor: Any, user_model: str) -> str:
    """Label of the actor's model; empty for the user model of the project, and for no model."""
    meta = getattr(actor, "_meta", None)
    if meta is None:
        return ""
    label: str = meta.concrete_model._meta.label_lower
    return "" if label == user_model.lower() else label


@cache
def _system(process: str) -> FrozenActor:
    user = os_user()
    shown = f"{process} ({user})" if user else process
    return FrozenActor("system", clean(process, 255), clean(shown, 255))


def _found(facts: Facts) -> str:
    if facts.actor_type == "system":
        return f"no context reached it, only {facts.actor_repr!r} is known"
    if facts.actor_type == "anonymous":
        return "nobody was logged in"
    return f"{facts.actor_repr!r} has no primary key yet"


def _demand(label: str, fact: str, found: str) -> str:
    give = {"actor": "actor=request.user", "reason": 'reason="…"'}[fact]
    return (
        f"{label} may not be written without {'an' if fact == 'actor' else 'a'} {fact}: {found}. "
        f"Nothing was written. Write it inside `with audit_context({give}):`."
    )
