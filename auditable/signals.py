"""The one signal of the library."""

from django.dispatch import Signal

__all__ = ["entries_recorded"]

entries_recorded = Signal()
"""Sent after entries are written, inside the transaction of the change.

Arguments: `sender`, the audited model; `entries`, the list of the `AuditEntry` written, with
their primary keys; `using`, the database alias. A receiver that raises rolls the change back.
"""
