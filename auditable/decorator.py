"""`@auditable`: the one line that opts a model in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import getattr_static
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

from .options import AuditOptions, Mask
from .registry import register
from .trail import TrailDescriptor

__all__ = ["auditable"]

M = TypeVar("M", bound=Model)


def auditable(
    *,
    fields: Iterable[str] = (),
    mask_fields: Iterable[str] | Mapping[str, Mask] = (),
    require_actor: bool = False,
    require_reason: bool = False,
) -> Callable[[type[M]], type[M]]:
    """Audit the named fields of a model; use as a decorator, or call it on someone else's model.

    Arguments:
        fields: names of the critical fields: columns, foreign keys (by the name of the field,
            not of its `_id` column) and many-to-many fields that the model itself declares.
        mask_fields: names of fields whose values must not appear in the log: kept as a keyed
            digest, or, in a mapping, as the text that a callable makes of the value.
        require_actor: refuse a write that no actor answers for, with `MissingContextError`.
        require_reason: refuse a write that gives no reason, with `MissingContextError`.

    Returns the class unchanged, but for its `audit_trail`.

    Raises `django.core.exceptions.ImproperlyConfigured`, at once, for a name that is unknown,
    given twice or not auditable, for an empty list, for a class decorated twice, for a proxy
    and for what is no model.

        @auditable(fields=["amount", "status"])
        class Payment(AuditedModel): ...

        auditable(fields=["email", "is_staff"])(User)
    """
    options = AuditOptions.of(
        fields=fields,
        mask_fields=mask_fields,
        require_actor=require_actor,
        require_reason=require_reason,
    )

    def decorate(model: type[M]) -> type[M]:
        given: Any = model
        if not (isinstance(given, type) and issubclass(given, Model)) or given is Model:
            raise ImproperlyConfigured(
                f"@auditable goes on a Django model class, not on {model!r}."
            )
        found = getattr_static(model, "audit_trail", None)
        if not isinstance(found, TrailDescriptor | None):
            raise ImproperlyConfigured(
                f"{model._meta.label} has an attribute 'audit_trail' of its own: rename it, "
                "the trail of the model is read there."
            )
        register(model, options)
        if found is None:
            model.audit_trail = TrailDescriptor()  # type: ignore[attr-defined]
        return model

    return decorate
