"""Which tables are watched, and what is recorded of each."""

from typing import Any

from django.db.models import ManyToManyField, Model

from ..registry import options_of
from ..tables import Plan, plan_of
from .links import merge_set_on

__all__ = ["plan_for", "watch"]

_plans: dict[type[Model], Plan | None] = {}


def watch(model: type[Model]) -> None:
    """Watch the table of an audited model, and the through tables of its named fields."""
    _plans[model] = None
    options = options_of(model)
    for name in options.fields if options else ():
        field: Any = model._meta.get_field(name)
        if isinstance(field, ManyToManyField):
            through: Any = field.remote_field.through
            _plans[through] = None
            merge_set_on(field)


def plan_for(model: type[Model] | None) -> Plan | None:
    """What is recorded of the table of `model`, proxies included; None if nothing is."""
    concrete: Any = model._meta.concrete_model if model is not None else None
    try:
        plan = _plans[concrete]
    except KeyError:
        return None
    if plan is None:
        plan = _plans[concrete] = plan_of(concrete)
    return plan
