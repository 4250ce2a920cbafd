"""The abstract model that audited models may inherit from."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import models

from .trail import TrailDescriptor, remember_key

__all__ = ["AuditedModel", "remembering_delete"]


def remembering_delete(delete: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a model's `delete` so that the deleted instance can still read its trail."""

    @wraps(delete)
    def wrapped(self: models.Model, *args: Any, **kwargs: Any) -> Any:
        remember_key(self)
        return delete(self, *args, **kwargs)

    wrapped.alters_data = True  # type: ignore[attr-defined]
    wrapped.remembers_key = True  # type: ignore[attr-defined]
    return wrapped


class AuditedModel(models.Model):
    """Base of models decorated with `@auditable`: types `audit_trail` for checkers and editors.

    A decorated model that does not inherit from it keeps every promise too.
    """

    audit_trail = TrailDescriptor()
    """The entries of this object, newest first; on the class, of all its objects."""

    delete = remembering_delete(models.Model.delete)

    class Meta:
        abstract = True
