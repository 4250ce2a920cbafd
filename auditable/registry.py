"""Which models are audited, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.db.models.signals import class_prepared

from .options import AuditOptions

__all__ = ["audited_models", "is_audited", "options_of", "register", "subscribe"]

Subscriber: TypeAlias = Callable[[type[Model]], None]

_options: dict[type[Model], AuditOptions] = {}
_abstract: dict[type[Model], AuditOptions] = {}
_inherited: set[type[Model]] = set()
_subscribers: list[Subscriber] = []


def register(model: type[Model], options: AuditOptions) -> None:
    """Audit `model`; each concrete subclass of it, if it is abstract.

    Raises `ImproperlyConfigured` for a proxy, for a model that is audited already, and for
    options that name no field of the model.
    """
    if model in _abstract or (model in _options and model not in _inherited):
        raise ImproperlyConfigured(f"{model._meta.label} is decorated with @auditable twice.")
    if model._meta.proxy:
        concrete = model._meta.concrete_model
        raise ImproperlyConfigured(
            f"{model._meta.label} is a proxy and has no columns: decorate "
            f"{concrete._meta.label if concrete else 'its concrete model'}, "
            "whose trail its proxies share."
        )
    options.check_against(model)
    if model._meta.abstract:
        _abstract[model] = options
    else:
        _add(model, options)
        _inherited.discard(model)


def subscribe(subscriber: Subscriber) -> None:
    """Call `subscriber` with each audited model, those of today and those to come."""
    _subscribers.append(subscriber)
    for model in list(_options):
        subscriber(model)


def audited_models() -> Iterator[type[Model]]:
    """The concrete models that are audited, in the order they were decorated."""
    return iter(list(_options))


def is_audited(model: type[Model]) -> bool:
    """Whether `model`, concrete or abstract, is decorated or inherits it from an abstract base."""
    return model in _options or model in _abstract


def options_of(model: type[Model]) -> AuditOptions | None:
    """What the decorator was told about the concrete `model`, or None."""
    return _options.get(model)


def _add(model: type[Model], options: AuditOptions) -> None:
    _options[model] = options
    for subscriber in _subscribers:
        subscriber(model)


def _inherit(sender: type[Model], **_: object) -> None:
    """Audit a new concrete subclass of a decorated abstract model, under its own label."""
    if sender._meta.abstract or sender._meta.proxy or sender in _options:
        return
    parents = {id(base) for parent in sender._meta.all_parents for base in parent.__mro__}
    for base in sender.__mro__:
        if base in _abstract and id(base) not in parents:
            _inherited.add(sender)
            _add(sender, _abstract[base])
            return


class_prepared.connect(_inherit, dispatch_uid="auditable.registry")
