"""Folding: from nothing but its entries, say what a row must hold; then look at the row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Model

from auditable.models import AuditEntry
from auditable.registry import audited_models, options_of

State = dict[str, Any]


class BrokenTrailError(Exception):
    """An entry does not begin where the one before it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What came of folding every trail of one model."""

    model: type[Model]

    entries: int
    """Entries that were folded."""

    deleted: int
    """Trails that end in a deletion."""

    rows: int
    """Rows in the table."""

    wrong: list[str]
    """Keys of the rows that are not what their trail folds to, or have none, or should be gone."""


def fold(entries: Iterable[AuditEntry], empty: State) -> State | None:
    """Apply a trail, oldest entry first: the values at its end, or `None` for a deleted object.

    `empty` is what a new object holds that its creation does not tell: no many-to-many links.
    Raises `BrokenTrailError` where an old value is not the new value before it.
    """
    state: State | None = None
    for entry in entries:
        if (state is None) != (entry.action == "create"):
            raise BrokenTrailError(f"entry {entry.pk}: {entry.action} of {state}")
        after = _apply(entry, empty if state is None else state)
        state = None if entry.action == "delete" else after
    return state


def prove() -> Iterator[Proof]:
    """Fold every trail of every audited model, and compare with the rows there are."""
    for model in audited_models():
        names = _named(model)
        links = {name for name in names if model._meta.get_field(name).many_to_many}
        trails = _trails(model)
        empty = dict.fromkeys(links, frozenset())
        folded = {pk: fold(trail, empty) for pk, trail in trails.items()}
        rows = {str(row.pk): _state(row, names) for row in _rows(model, links)}
        yield Proof(
            model=model,
            entries=sum(map(len, trails.values())),
            deleted=sum(state is None for state in folded.values()),
            rows=len(rows),
            wrong=sorted(pk for pk in folded.keys() | rows if folded.get(pk) != rows.get(pk)),
        )


def _apply(entry: AuditEntry, state: State) -> State:
    after = dict(state)
    for field, old, new in entry.diff:
        many = entry.changes[field]
        if isinstance(many, dict):  # {"add": [3], "remove": [1]}
            after[field] = state[field] - {*many.get("remove", ())} | {*many.get("add", ())}
        elif entry.action != "create" and state[field] != old:
            raise BrokenTrailError(f"entry {entry.pk}: {field} was {state[field]}, not {old}")
        else:
            after[field] = new
    return after


def _trails(model: type[Model]) -> dict[str, list[AuditEntry]]:
    entries = model.audit_trail.order_by("object_pk", "id")
    return {pk: list(trail) for pk, trail in groupby(entries, attrgetter("object_pk"))}


def _rows(model: type[Model], links: Iterable[str]) -> Iterable[Model]:
    return model._base_manager.prefetch_related(*links)


def _named(model: type[Model]) -> tuple[str, ...]:
    options = options_of(model)
    return options.fields if options else ()


def _state(row: Model, names: Iterable[str]) -> State:
    fields = [row._meta.get_field(name) for name in names]
    return {
        field.name: frozenset(linked.pk for linked in getattr(row, field.name).all())
        if field.many_to_many
        else getattr(row, field.attname)
        for field in fields
    }
