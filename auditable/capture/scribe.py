"""From what became of the rows to entries, with the facts as they stand at that moment."""

from collections.abc import Iterable, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from ..facts import Facts, frozen_facts
from ..recorder import record
from ..tables import Entry, Plan, Step, Table
from . import links

__all__ = ["Scribe"]


class Scribe:
    """Writes the entries of one statement."""

    def __init__(self, connection: BaseDatabaseWrapper, plan: Plan) -> None:
        self.connection = connection
        self.plan = plan
        self.facts: Facts | None = None
        self.link_facts: list[Facts] = []

    def demand_facts(self) -> None:
        """Freeze who and why; raise `MissingContextError` if a model demands more."""
        table = self.plan.table
        if table is not None:
            self.facts = frozen_facts(table.label, table.options)
        self.link_facts = [
            frozen_facts(link.model._meta.label_lower, link.options) for link in self.plan.links
        ]

    def write(self, steps: Sequence[Step]) -> None:
        """Write what became of the rows, after `demand_facts`."""
        table = self.plan.table
        if table is not None:
            assert self.facts is not None, "nobody has asked for the facts"
            for action, entries in _entries(table, steps):
                if entries:
                    record(self.connection, table.model, self.facts, action, entries)
        for link, facts in zip(self.plan.links, self.link_facts, strict=True):
            links.record_steps(self.connection, link, facts, steps)


def _entries(table: Table, steps: Iterable[Step]) -> Iterable[tuple[str, list[Entry]]]:
    found: dict[str, list[Entry]] = {"delete": [], "create": [], "update": []}
    for step in steps:
        before, after = step.before, step.after
        if after is None:
            assert before is not None
            action, image, changes = "delete", before, table.deleted(before)
        elif before is None:
            action, image, changes = "create", after, table.created(after)
        else:
            action, image, changes = "update", before, table.updated(before, after)
        if changes:
            found[action].append(Entry(image.object_pk, changes))
    return found.items()
