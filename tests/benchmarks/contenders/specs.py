"""What must be known of the contenders before Django is set up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SQLITE = "sqlite"
POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What must be known of a contender before Django is set up."""

    title: str
    """Its name in the tables."""

    package: str
    """Which package under `contenders` holds its models and its ways of work."""

    mechanism: str
    """How it notices a change: `signals`, `overrides`, `triggers`, `queries` or `-`."""

    distribution: str | None = None
    """The distribution to install and to ask for the version of; `None`: part of this project."""

    module: str | None = None
    """What must be importable for it to take part."""

    apps: tuple[str, ...] = ()
    """Installed before the models."""

    middleware: tuple[str, ...] = ()

    settings: Mapping[str, Any] = field(default_factory=dict)

    sqlite_options: Mapping[str, Any] = field(default_factory=dict)

    databases: tuple[str, ...] = (SQLITE, POSTGRESQL)

    updates_in_one_statement: bool = True
    """False where a million rows would be as many statements or objects, for hours."""

    remarks: Mapping[str, str] = field(default_factory=dict)
    """By name of a work: what the reader of its number must know."""


_SIGNALS = "signals"

_BULK_UNSEEN = "documented: bulk writes send no signals"

SPECS: Mapping[str, Spec] = {
    "plain": Spec(title="plain Django", package="plain", mechanism="-"),
    "floor": Spec(
        title="floor",
        package="floor",
        mechanism="hand-written",
        module="auditable",
        apps=("auditable",),
        middleware=("tests.benchmarks.contenders.floor.middleware.RememberRequest",),
        # It reads before it writes, so it must hold the write lock from the start.
        sqlite_options={"transaction_mode": "IMMEDIATE"},
    ),
    "auditable": Spec(
        title="auditable",
        package="auditable",
        mechanism="queries",
        module="auditable",
        apps=("auditable",),
        middleware=("auditable.middleware.AuditMiddleware",),
    ),
    "auditlog": Spec(
        title="django-auditlog",
        package="auditlog",
        mechanism=_SIGNALS,
        distribution="django-auditlog",
        module="auditlog",
        apps=("auditlog",),
        middleware=("auditlog.middleware.AuditlogMiddleware",),
        remarks={
            "update": _BULK_UNSEEN,
            "update_expression": _BULK_UNSEEN,
            "bulk_create": _BULK_UNSEEN,
            "bulk_update": _BULK_UNSEEN,
        },
    ),
    "simple_history": Spec(
        title="django-simple-history",
        package="simple_history",
        mechanism=_SIGNALS,
        distribution="django-simple-history",
        module="simple_history",
        apps=("simple_history",),
        middleware=("simple_history.middleware.HistoryRequestMiddleware",),
        updates_in_one_statement=False,
        remarks={
            "update": "by bulk_update_with_history()",
            "update_expression": "by bulk_update_with_history()",
            "bulk_create": "by bulk_create_with_history()",
            "bulk_update": "by bulk_update_with_history()",
            "trail": "diff_against() of neighbouring snapshots",
        },
    ),
    "field_audit": Spec(
        title="django-field-audit",
        package="field_audit",
        mechanism="overrides",
        distribution="django-field-audit",
        module="field_audit",
        apps=("field_audit",),
        middleware=("field_audit.middleware.FieldAuditMiddleware",),
        # The default adds an auditor that starts a process (`who -m`) for each event.
        settings={
            "FIELD_AUDIT_AUDITORS": ["field_audit.auditors.RequestAuditor"],
            # Its migrations do not run on Django 6: its table is made from its model.
            "MIGRATION_MODULES": {"field_audit": None},
        },
        remarks={
            "update": "by audit_action=AuditAction.AUDIT",
            "update_expression": "by audit_action=AuditAction.AUDIT",
            "bulk_create": "by audit_action=AuditAction.AUDIT",
            "bulk_update": "documented: not implemented",
            "delete": "by audit_action=AuditAction.AUDIT",
        },
    ),
    "reversion": Spec(
        title="django-reversion",
        package="reversion",
        mechanism=_SIGNALS,
        distribution="django-reversion",
        module="reversion",
        apps=("reversion",),
        middleware=("reversion.middleware.RevisionMiddleware",),
        remarks={
            "update": _BULK_UNSEEN,
            "update_expression": _BULK_UNSEEN,
            "bulk_create": _BULK_UNSEEN,
            "bulk_update": _BULK_UNSEEN,
            "delete": "a deletion leaves no version",
            "trail": "field_dict of neighbouring snapshots, compared",
        },
    ),
    "easyaudit": Spec(
        title="django-easy-audit",
        package="easyaudit",
        mechanism=_SIGNALS,
        distribution="django-easy-audit",
        module="easyaudit",
        apps=("easyaudit",),
        middleware=("easyaudit.middleware.easyaudit.EasyAuditMiddleware",),
        settings={
            "DJANGO_EASY_AUDIT_WATCH_REQUEST_EVENTS": False,
            "DJANGO_EASY_AUDIT_WATCH_AUTH_EVENTS": False,
            "DJANGO_EASY_AUDIT_REGISTERED_CLASSES": ["shop.Payment"],
            "DJANGO_EASY_AUDIT_CRUD_EVENT_NO_CHANGED_FIELDS_SKIP": True,
            "DJANGO_EASY_AUDIT_PROPAGATE_EXCEPTIONS": True,
        },
        remarks={
            "save_unnamed": "columns cannot be chosen",
            "update": _BULK_UNSEEN,
            "update_expression": _BULK_UNSEEN,
            "bulk_create": _BULK_UNSEEN,
            "bulk_update": _BULK_UNSEEN,
        },
    ),
    "pghistory": Spec(
        title="django-pghistory, row triggers",
        package="pghistory",
        mechanism="triggers",
        distribution="django-pghistory",
        module="pghistory",
        apps=("pgtrigger", "pghistory"),
        middleware=("pghistory.middleware.HistoryMiddleware",),
        settings={"BENCHMARK_TRIGGER_LEVEL": "Row"},
        databases=(POSTGRESQL,),
        remarks={"trail": "neighbouring snapshots of the events table, compared"},
    ),
    "pghistory_statement": Spec(
        title="django-pghistory, statement triggers",
        package="pghistory",
        mechanism="triggers",
        distribution="django-pghistory",
        module="pghistory",
        apps=("pgtrigger", "pghistory"),
        middleware=("pghistory.middleware.HistoryMiddleware",),
        settings={"BENCHMARK_TRIGGER_LEVEL": "Statement"},
        databases=(POSTGRESQL,),
        remarks={"trail": "neighbouring snapshots of the events table, compared"},
    ),
}
