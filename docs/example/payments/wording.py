"""An entry in words, for the terminal and for the page."""

from collections.abc import Iterator
from typing import NamedTuple

from auditable import MISSING, Change
from auditable.models import AuditEntry


class Step(NamedTuple):
    """A field's step, as text; a side that does not exist is empty."""

    field: str
    before: str
    after: str


def steps(entry: AuditEntry) -> Iterator[Step]:
    """Yield the steps of an entry. Of a many-to-many field: the keys removed, the keys added."""
    for change in entry.diff:
        many = isinstance(entry.changes[change.field], dict)
        yield _links(change) if many else Step(change.field, _text(change.old), _text(change.new))


def _links(change: Change) -> Step:
    removed = ", ".join(f"−{key}" for key in change.old)
    return Step(change.field, removed, ", ".join(f"+{key}" for key in change.new))


def _text(value: object) -> str:
    if value is MISSING:
        return ""
    return "(none)" if value is None or value == "" else str(value)
