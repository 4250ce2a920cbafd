"""An opt-in audit log for Django models."""

from typing import TYPE_CHECKING, Any

from .changes import MISSING, Change
from .context import audit_context
from .decorator import auditable
from .disabled import audit_disabled
from .exceptions import (
    AppendOnlyError,
    AuditableError,
    AuditDisabledError,
    MissingContextError,
)

if TYPE_CHECKING:
    from .base import AuditedModel

__all__ = [
    "MISSING",
    "AppendOnlyError",
    "AuditDisabledError",
    "AuditableError",
    "AuditedModel",
    "Change",
    "MissingContextError",
    "audit_context",
    "audit_disabled",
    "auditable",
]


def __getattr__(name: str) -> Any:
    # An abstract model cannot be imported before the app registry is ready.
    if name == "AuditedModel":
        from .base import AuditedModel  # noqa: PLC0415

        return AuditedModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
