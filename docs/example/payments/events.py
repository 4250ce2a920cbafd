"""The bundled events, as typed values."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

BUNDLED = Path(__file__).with_name("events.csv")

# Events that arrive as a batch: neighbouring lines of one correlation id are written together.
BATCHES = {"customer.imported", "customer.synced", "payment.imported"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the file."""

    at: datetime
    """When it happened."""

    kind: str
    """What happened: `payment.captured`."""

    subject: str
    """Reference of what it happened to; empty for an event about many rows."""

    entries: int
    """How many entries the log owes for it, by the books of whoever made the file."""

    actor: str
    """`user:maria.keller`, `service:checkout-api`, or empty where nobody acts."""

    reason: str
    correlation_id: str

    data: dict[str, str]
    """What else belongs to the event."""

    def __getitem__(self, name: str) -> str:
        """Look into the data."""
        return self.data[name]

    def moment(self, name: str) -> datetime:
        """Read a moment from the data."""
        return datetime.fromisoformat(self.data[name])

    def listed(self, name: str) -> list[str]:
        """Read a list of references from the data."""
        return [part for part in self.data[name].split(",") if part]


def read(path: Path = BUNDLED) -> Iterator[Event]:
    """Read the events, in the order in which they happened."""
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            pairs = (pair.partition("=") for pair in line["data"].split("; ") if pair)
            yield Event(
                at=datetime.fromisoformat(line["at"]),
                kind=line["event"],
                subject=line["subject"],
                entries=int(line["entries"]),
                actor=line["actor"],
                reason=line["reason"],
                correlation_id=line["correlation_id"],
                data={name: value for name, _, value in pairs},
            )


def in_batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    """Group the events into what one operation writes: most are alone."""
    alone = iter(range(1 << 31))

    def operation(event: Event) -> tuple[str, object]:
        batched = event.kind in BATCHES
        return event.kind, event.correlation_id if batched else next(alone)

    for _, group in groupby(events, key=operation):
        yield list(group)
