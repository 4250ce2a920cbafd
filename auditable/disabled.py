"""The switch that turns recording off, and is seen doing so.

It leaves a record in the log of the process, at warning level, and no entry: a log record goes
out at once, to a place that the one who writes to the database need not have in hand, and a
rollback of the transaction does not take it back.
"""

import logging
import sys
from dataclasses import asdict

from . import conf
from .context import Block
from .exceptions import AuditDisabledError
from .facts import current_facts

__all__ = ["audit_disabled"]

logger = logging.getLogger("auditable")

INTERNAL = {__name__, "auditable.context", "auditable.scopes", "contextlib"}


class audit_disabled(Block):  # noqa: N801 - reads as the function it is used as
    """Do not record what is written inside: for imports of what is no news.

    A context manager and a decorator, scoped like `audit_context`. Each use leaves a warning in
    the logger `auditable`, with where, by whom and why;
    `AUDITABLE = {"ALLOW_DISABLED": False}` refuses each use.

    Raises:
        AuditDisabledError: the settings forbid it.
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(disabled=True)

    def begin(self) -> None:
        if not conf.allow_disabled():
            raise AuditDisabledError(
                "audit_disabled() is forbidden here: AUDITABLE['ALLOW_DISABLED'] is False."
            )
        facts = current_facts()
        logger.warning(
            "Auditing is disabled by %s",
            facts.actor_repr or facts.actor_type,
            extra={"audit": asdict(facts)},
            stacklevel=_distance(),
        )


def _distance() -> int:
    """How many calls lie between the log record and the code that uses the switch."""
    frame, distance = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals["__name__"] in INTERNAL:
        frame, distance = frame.f_back, distance + 1
    return distance
