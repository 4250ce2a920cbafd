"""The only code that writes entries."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.utils import timezone

from .codecs import json_text
from .conf import batch_size
from .facts import Facts
from .models import AuditEntry
from .signals import entries_recorded
from .tables import Entry
from .vendors import vendor_of

__all__ = ["CONSTANTS", "constants", "has_consumers", "record", "target"]

COLUMNS = (
    "timestamp",
    "action",
    "model_label",
    "actor_type",
    "actor_id",
    "actor_repr",
    "reason",
    "correlation_id",
    "metadata",
    "object_pk",
    "changes",
)

CONSTANTS = len(COLUMNS) - 2
"""How many of the columns, the first ones, are the same for all entries of a statement."""


def record(
    connection: BaseDatabaseWrapper,
    model: type[Model],
    facts: Facts,
    action: str,
    entries: Sequence[Entry],
) -> None:
    """Write the entries of one statement, in batches, in the transaction that is open."""
    write = _write_objects if has_consumers(model) else _write_rows
    if len(entries) == 1:
        write(connection, model, facts, action, entries)
        return
    remaining = iter(entries)
    while batch := list(islice(remaining, batch_size())):
        write(connection, model, facts, action, batch)


def has_consumers(model: type[Model]) -> bool:
    """Whether someone listens to the entries of `model`, and so needs them as objects."""
    # Most projects have none at all, and asking for those of a model takes a lock.
    return bool(entries_recorded.receivers and entries_recorded.has_listeners(model))


def target(connection: BaseDatabaseWrapper) -> tuple[str, tuple[str, ...]]:
    """The log's table and its columns, quoted for `connection`."""
    if connection.vendor not in _targets:
        quote = connection.ops.quote_name
        _targets[connection.vendor] = quote(AuditEntry._meta.db_table), tuple(map(quote, COLUMNS))
    return _targets[connection.vendor]


_targets: dict[str, tuple[str, tuple[str, ...]]] = {}


def constants(
    connection: BaseDatabaseWrapper, model: type[Model], facts: Facts, action: str
) -> tuple[Any, ...]:
    """The values that all entries of one statement share, in the order of the columns."""
    return (
        connection.ops.adapt_datetimefield_value(timezone.now()),
        action,
        model._meta.label_lower,
        facts.actor_type,
        facts.actor_id,
        facts.actor_repr,
        facts.reason,
        facts.correlation_id,
        json_text(facts.metadata) if facts.metadata else "{}",
    )


def _write_rows(
    connection: BaseDatabaseWrapper,
    model: type[Model],
    facts: Facts,
    action: str,
    entries: Sequence[Entry],
) -> None:
    rows = [(entry.object_pk, json_text(entry.changes)) for entry in entries]
    given = constants(connection, model, facts, action)
    vendor_of(connection).insert_rows(connection, *target(connection), given, rows)


def _write_objects(
    connection: BaseDatabaseWrapper,
    model: type[Model],
    facts: Facts,
    action: str,
    entries: Sequence[Entry],
) -> None:
    timestamp = timezone.now()
    objects = AuditEntry._base_manager.using(connection.alias).bulk_create(
        AuditEntry(
            timestamp=timestamp,
            action=action,
            model_label=model._meta.label_lower,
            object_pk=entry.object_pk,
            changes=entry.changes,
            actor_type=facts.actor_type,
            actor_id=facts.actor_id,
            actor_repr=facts.actor_repr,
            reason=facts.reason,
            correlation_id=facts.correlation_id,
            metadata=facts.metadata,
        )
        for entry in entries
    )
    entries_recorded.send(sender=model, entries=objects, using=connection.alias)
