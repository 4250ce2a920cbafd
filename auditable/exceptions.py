"""What `auditable` raises."""

__all__ = ["AppendOnlyError", "AuditDisabledError", "AuditableError", "MissingContextError"]


class AuditableError(Exception):
    """Base of every error that `auditable` raises at run time."""


class AppendOnlyError(AuditableError, TypeError):
    """Something tried to change or delete an entry of the log."""


class MissingContextError(AuditableError, ValueError):
    """A write lacks a fact, actor or reason, that its model demands; nothing was written."""


class AuditDisabledError(AuditableError):
    """`audit_disabled()` was used where the settings forbid it."""
