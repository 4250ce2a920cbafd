"""Did the contender write what the work asked for? Pure comparison, no database."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tests.benchmarks.names import NAMED

Values = Mapping[str, str | None]


class Finding(StrEnum):
    """What a contender's log turned out to hold, from good to bad."""

    TRUE = "true"
    """One record for each change, with the right values."""

    EXTRA = "extra"
    """All that was asked for, and records of changes that were none."""

    WRONG = "wrong"
    """A record is missing, or a value is not what the database held."""

    SILENT = "silent"
    """Nothing was recorded: the work is not audited."""

    UNASKED = "unasked"
    """Nothing is promised here: the contender that does not audit at all."""

    FAILED = "failed"
    """The contender raised an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One change of one row, as text, whichever log it comes from."""

    action: str
    """`create`, `update`, `delete`; `save` where the log does not tell the first two apart."""

    pk: str

    old: Values | None = None
    """Named columns before the change; `None` if the log does not say."""

    new: Values | None = None
    """Named columns after the change; `None` if the log does not say."""

    actor: str | None = None
    """Primary key of the user who did it, as text."""


@dataclass(frozen=True, slots=True)
class Verdict:
    finding: Finding
    detail: str = ""


def canonical(column: str, value: Any) -> str | None:
    """One text for one value, however a log spells it."""
    if value is None or value == "None":
        return None
    if column == "amount":
        return f"{Decimal(str(value)):.2f}"
    return str(value)


def values(columns: Mapping[str, Any]) -> dict[str, str | None]:
    """The named ones of `columns`, in canonical text."""
    return {name: canonical(name, columns[name]) for name in NAMED if name in columns}


def judge(expected: Sequence[Record], found: Iterable[Record], *, exact: bool = False) -> Verdict:
    """Compare what was done with what was recorded.

    Args:
        expected: One record for each change of a row.
        found: What the log gained meanwhile.
        exact: Demand equality. Otherwise a record may hold more columns than the changed ones,
            and may leave out the old or the new side of them (a log of snapshots).
    """
    wanted = {(record.action, record.pk): record for record in expected}
    found = [_told(record, wanted) for record in found]
    if wanted and not found:
        return Verdict(Finding.SILENT)
    times = Counter((record.action, record.pk) for record in found)
    missing = [key for key in wanted if not times[key]]
    if missing:
        return Verdict(Finding.WRONG, f"{len(missing)} of {len(wanted)} changes have no record")
    for record in found:
        asked = wanted.get((record.action, record.pk))
        if asked and not (_equals(record, asked) if exact else _holds(record, asked)):
            return Verdict(Finding.WRONG, f"expected {asked}, found {record}")
    extra = len(found) - len(wanted)
    if extra:
        return Verdict(Finding.EXTRA, f"{len(found)} records of {len(wanted)} changes")
    return Verdict(Finding.TRUE)


def _told(record: Record, wanted: Mapping[tuple[str, str], Record]) -> Record:
    if record.action != "save":
        return record
    action = "create" if ("create", record.pk) in wanted else "update"
    return replace(record, action=action)


def _equals(record: Record, asked: Record) -> bool:
    return (
        record.old == asked.old and record.new == asked.new and asked.actor in (None, record.actor)
    )


def _holds(record: Record, asked: Record) -> bool:
    needs_new = asked.action != "delete"
    return (
        (record.new is not None if needs_new else record.old is not None)
        and (not needs_new or _covers(record.new, asked.new))
        and (asked.action == "create" or _covers(record.old, asked.old))
        and asked.actor in (None, record.actor)
    )


def _covers(held: Values | None, asked: Values | None) -> bool:
    return held is None or asked is None or all(held.get(name) == asked[name] for name in asked)
