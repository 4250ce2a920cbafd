"""Entries as a test expects them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Model

from ..changes import MISSING
from ..facts import freeze

__all__ = ["Expected", "created", "deleted", "updated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One entry, by what a test cares about; made with `created`, `updated` and `deleted`."""

    action: str
    """`create`, `update` or `delete`."""

    of: Model | type[Model]
    """The object that was changed, or its model: any object of it."""

    changes: Mapping[str, tuple[Any, Any]] | None = None
    """`(old, new)` of every named field that changed, as Python values; `None` for any."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """Columns of the entry that must have these values."""

    actor_model: str | None = None
    """Label of the actor's model, empty for the user model of the project; `None` for any."""

    def by(self, actor: Any = MISSING, **facts: Any) -> "Expected":
        """The same entry, written by `actor`: a user, a service, `None` for nobody.

        Args:
            actor: who must have written it.
            facts: other columns: `reason`, `correlation_id`, `metadata`.
        """
        if actor is not MISSING:
            frozen = freeze(actor)
            facts |= {"actor_type": frozen.type, "actor_id": frozen.id}
            return replace(self, facts={**self.facts, **facts}, actor_model=frozen.model)
        return replace(self, facts={**self.facts, **facts})

    def accepts(self, entry: Any) -> bool:
        """Whether `entry` is the one that is meant, its object aside."""
        return (
            entry.action == self.action
            and all(getattr(entry, name) == value for name, value in self.facts.items())
            and self.actor_model in (None, entry.metadata.get("actor_model", ""))
            and (self.changes is None or _changes(entry) == dict(self.changes))
        )

    def __str__(self) -> str:
        of = self.of.__name__ if isinstance(self.of, type) else repr(self.of)
        return described(self.action, of, self.changes, self.facts)


def created(of: Model | type[Model], /, **values: Any) -> Expected:
    """The entry of a creation: `created(Payment, amount=Decimal("10.00"), status="new")`.

    Give all named fields, or none to accept any values.
    """
    return _expected("create", of, {name: (MISSING, value) for name, value in values.items()})


def updated(of: Model | type[Model], /, **changes: tuple[Any, Any]) -> Expected:
    """The entry of a change: `updated(payment, status=("new", "paid"))`.

    Give all fields that changed, or none to accept any. Of a many-to-many field, give the keys
    removed and the keys added.
    """
    return _expected("update", of, changes)


def deleted(of: Model | type[Model], /, **values: Any) -> Expected:
    """The entry of a deletion: `deleted(payment)`, or with the values that were lost."""
    return _expected("delete", of, {name: (value, MISSING) for name, value in values.items()})


def described(
    action: str, of: str, changes: Mapping[str, tuple[Any, Any]] | None, facts: Mapping[str, Any]
) -> str:
    """One entry in one line, the same for what was expected and for what was found."""
    shown = (
        ["any changes"]
        if changes is None
        else [f"{name}: {old!r} → {new!r}" for name, (old, new) in sorted(changes.items())]
    )
    told = [f"{name}={value!r}" for name, value in sorted(facts.items())]
    return f"{action} {of} ({', '.join([*shown, *told])})"


def found(entry: Any) -> str:
    """An entry of the log in one line."""
    facts = {
        name: getattr(entry, name)
        for name in ("actor_type", "actor_id", "reason", "correlation_id", "metadata")
        if getattr(entry, name)
    }
    return described(entry.action, f"{entry.model_label} {entry.object_pk}", _changes(entry), facts)


def _expected(action: str, of: Model | type[Model], changes: dict[str, Any]) -> Expected:
    return Expected(action=action, of=of, changes=changes or None)


def _changes(entry: Any) -> dict[str, tuple[Any, Any]]:
    return {change.field: (change.old, change.new) for change in entry.diff}
