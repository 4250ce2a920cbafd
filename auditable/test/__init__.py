"""For tests of projects that use the log: what a block writes, and how to write unseen.

For pytest, the fixtures of `auditable.test.plugin` are there as soon as the package is installed.
"""

from .assertions import AuditAssertions, assert_audited
from .expected import Expected, created, deleted, updated
from .silence import audit_silenced

__all__ = [
    "AuditAssertions",
    "Expected",
    "assert_audited",
    "audit_silenced",
    "created",
    "deleted",
    "updated",
]
