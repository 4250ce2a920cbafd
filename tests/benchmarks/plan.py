"""What is measured, how much of it, and what auditing may cost in statements."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

SINGLE = "One object"
BULK = "Many rows"
READING = "Reading"
REQUESTS = "Requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One work of the plan."""

    name: str

    title: str
    """May speak of `{size}`, and of `{length}`, a hundredth of it."""

    group: str

    size: int
    """Objects or rows in one sample of a full run."""

    quick: int
    """The same in a quick run."""

    each: bool = True
    """Report the time of one object; otherwise of the whole."""

    budget: Callable[[int], float] | None = None
    """Most statements beyond plain Django's that auditing may take, by the number of batches."""

    target: tuple[str, float] | None = None
    """What our time is promised to stay under: a multiple of another contender's."""

    def titled(self, size: int) -> str:
        return self.title.format(size=f"{size:,}", length=size // 100)


PLAN: tuple[Planned, ...] = (
    Planned(
        name="create",
        title="create",
        group=SINGLE,
        size=200,
        quick=20,
        budget=lambda _: 1,
        target=("floor", 1.15),
    ),
    Planned(
        name="save_changed",
        title="save, one named column changed",
        group=SINGLE,
        size=200,
        quick=20,
        budget=lambda _: 2,
        target=("floor", 1.15),
    ),
    Planned(
        name="save_unchanged",
        title="save, nothing changed",
        group=SINGLE,
        size=200,
        quick=20,
        budget=lambda _: 1,
    ),
    Planned(
        name="save_unnamed",
        title="save of unnamed columns only",
        group=SINGLE,
        size=200,
        quick=20,
        budget=lambda _: 0,
        target=("plain", 1.02),
    ),
    Planned(
        name="save_undecorated",
        title="save of a model not audited",
        group=SINGLE,
        size=200,
        quick=20,
        budget=lambda _: 0,
        target=("plain", 1.02),
    ),
    Planned(
        name="save_loop",
        title="saves in one transaction, each",
        group=SINGLE,
        size=1000,
        quick=50,
        budget=lambda _: 2,
    ),
    Planned(
        name="update",
        title="update() of a constant, {size} rows",
        group=BULK,
        size=5000,
        quick=200,
        each=False,
        budget=lambda batches: 1 + batches,
        target=("floor", 1.3),
    ),
    Planned(
        name="update_expression",
        title="update() of an expression, {size} rows",
        group=BULK,
        size=5000,
        quick=200,
        each=False,
        budget=lambda batches: 2 + batches,
        target=("floor", 1.3),
    ),
    Planned(
        name="bulk_create",
        title="bulk_create(), {size} rows",
        group=BULK,
        size=5000,
        quick=200,
        each=False,
        budget=lambda batches: batches,
        target=("floor", 1.3),
    ),
    Planned(
        name="bulk_update",
        title="bulk_update(), {size} rows",
        group=BULK,
        size=5000,
        quick=200,
        each=False,
        budget=lambda batches: 2 * batches,
        target=("floor", 1.3),
    ),
    Planned(
        name="delete",
        title="delete() of a queryset, {size} rows",
        group=BULK,
        size=5000,
        quick=200,
        each=False,
        budget=lambda batches: 2 * batches,
        target=("floor", 1.3),
    ),
    Planned(
        name="trail",
        title="one trail of {size} entries",
        group=READING,
        size=1000,
        quick=100,
        each=False,
        target=("floor", 2.0),
    ),
    Planned(
        name="trails",
        title="100 trails of {length} entries",
        group=READING,
        size=1000,
        quick=200,
        each=False,
    ),
    Planned(
        name="request_idle",
        title="request that writes nothing",
        group=REQUESTS,
        size=200,
        quick=20,
        budget=lambda _: 0,
    ),
    Planned(
        name="request_write",
        title="request that changes one object",
        group=REQUESTS,
        size=100,
        quick=20,
        budget=lambda _: 2,
    ),
)

BY_NAME: Mapping[str, Planned] = {work.name: work for work in PLAN}

STATEMENTS_TO_READ = 1
"""What the design grants a trail, or the trails of many objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much of everything."""

    rows: int
    """Payments in the table from the start; what a bulk write changes."""

    rounds: int

    storage_updates: int

    growth: tuple[int, ...]

    growth_size: int

    startup_rounds: int

    patience: float
    """Seconds that one contender may take in the rounds of one work, after the third."""


QUICK = Scale(
    rows=200,
    rounds=1,
    storage_updates=200,
    growth=(2000,),
    growth_size=20,
    startup_rounds=1,
    patience=5,
)
FULL = Scale(
    rows=5000,
    rounds=15,
    storage_updates=100_000,
    growth=(10_000, 1_000_000),
    growth_size=100,
    startup_rounds=15,
    patience=60,
)

SUBJECT = "auditable"
"""Who is measured; all others are there to compare with."""

CHECKED = (SUBJECT, "floor", "plain")
"""Whose records must be right; a peer's are marked and that is all."""

BATCH = 500
"""Entries written by one statement, the library's default."""
