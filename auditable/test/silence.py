"""Writing unseen, in tests and nowhere else."""

from django.test import utils

from ..context import Block
from ..exceptions import AuditDisabledError

__all__ = ["audit_silenced"]


class audit_silenced(Block):  # noqa: N801 - reads as the function it is used as
    """Do not record what is written inside, and say nothing of it: for factories and set-up.

    A context manager and a decorator, scoped like `audit_context`. It does not reach into the
    requests of a test client: a request begins with a context of its own.

    Raises:
        AuditDisabledError: no test runs, that is, Django's test environment is not set up.
    """

    def __init__(self) -> None:
        super().__init__(disabled=True)

    def begin(self) -> None:
        # Django's own mark of `setup_test_environment()`; a mailbox in memory is made elsewhere, too.
        if not hasattr(utils._TestState, "saved_data"):
            raise AuditDisabledError(
                "audit_silenced() is for tests, and no test is running. "
                "Use audit_disabled(), which leaves a record of its use."
            )
