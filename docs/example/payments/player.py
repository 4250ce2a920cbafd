"""Plays the events, each under its actor, reason and correlation id."""

from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from time import perf_counter
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from auditable import audit_context
from auditable.models import AuditEntry

from .counting import counted
from .events import Event
from .playbook import PLAYS


class WrongEntriesError(Exception):
    """An event has left more or fewer entries than it owes."""


@dataclass(slots=True)
class Tally:
    """What was played, by style."""

    events: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)
    queries: Counter[str] = field(default_factory=Counter)
    seconds: float = 0


def play(batches: Iterable[list[Event]]) -> Tally:
    """Play all events; each operation in a transaction, its entries counted.

    Raises `WrongEntriesError` for the first event that leaves other entries than it owes.
    """
    tally, last = Tally(), _last_entry()
    for batch in batches:
        style = PLAYS[batch[0].kind].style
        started = perf_counter()
        with counted() as counter:
            _play(batch)
        tally.seconds += perf_counter() - started
        made = AuditEntry.objects.filter(pk__gt=last).count()
        owed = sum(event.entries for event in batch)
        if made != owed:
            raise WrongEntriesError(f"{batch[0]} left {made} entries, and owes {owed}")
        last = _last_entry() if made else last
        tally.events[style] += len(batch)
        tally.operations[style] += 1
        tally.entries[style] += made
        tally.queries[style] += counter.queries
    return tally


def _play(batch: list[Event]) -> None:
    event = batch[0]
    with transaction.atomic(), _context(event):
        PLAYS[event.kind].write(batch)


def _context(event: Event) -> AbstractContextManager[Any]:
    facts: dict[str, Any] = {"happened": f"{event.at:%Y-%m-%d %H:%M}"}
    if event.actor:
        facts["actor"] = _actor(event.actor)
    if event.reason:
        facts["reason"] = event.reason
    if event.correlation_id:
        facts["correlation_id"] = event.correlation_id
    return audit_context(**facts)


@cache
def _actor(text: str) -> User | str:
    kind, _, name = text.partition(":")
    return User.objects.get(username=name) if kind == "user" else name


def _last_entry() -> int:
    last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first()
    return last or 0
