"""From the frozen actor of an entry back to the live one."""

from collections.abc import Iterable
from typing import Any, Self, overload

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model

__all__ = ["ActorDescriptor"]


class ActorDescriptor:
    """`entry.actor`: the user behind an entry, or `None` if there is none, or none any more.

    The entries that one queryset fetched stand in `entry._peers`: at the first access, the actors
    of all of them are read in one query for each model of users.
    """

    @overload
    def __get__(self, entry: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, entry: Model, owner: type[Any]) -> Any: ...
    def __get__(self, entry: Any, owner: type[Any]) -> Any:
        if entry is None:
            return self
        # No data descriptor: from now on, the instance's own attribute is what is found.
        _resolve([entry, *(getattr(entry, "_peers", None) or ())])
        return vars(entry)["actor"]


def _resolve(entries: Iterable[Any]) -> None:
    """Give the entries that have none yet their `actor`."""
    wanted: dict[str, list[Any]] = {}
    for entry in entries:
        if "actor" not in vars(entry):
            wanted.setdefault(_model_label(entry), []).append(entry)
    for label, group in wanted.items():
        found = _live(label, {entry.actor_id for entry in group})
        for entry in group:
            vars(entry)["actor"] = found.get(entry.actor_id)


def _model_label(entry: Any) -> str:
    """Label of the model that the actor is an instance of; empty if of none."""
    if "actor_model" in entry.metadata:
        return str(entry.metadata["actor_model"])
    return settings.AUTH_USER_MODEL if entry.actor_type == "user" and entry.actor_id else ""


def _live(label: str, texts: Iterable[str]) -> dict[str, Model]:
    """The instances that are still there, by the text of their key."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return {}
    keys = {text: key for text in texts if (key := _key(model, text)) is not None}
    # The base manager: one that hides the inactive would make them look gone.
    found = model._base_manager.in_bulk(set(keys.values()))
    return {text: found[key] for text, key in keys.items() if key in found}


def _key(model: type[Model], text: str) -> Any:
    try:
        key = model._meta.pk.to_python(text)
    except (ValidationError, ValueError, TypeError):
        return None
    return tuple(key) if isinstance(key, list) else key
