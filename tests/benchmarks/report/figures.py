"""Numbers out of results: medians, spreads, ratios, and how to write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from tests.benchmarks.honesty import Finding
from tests.benchmarks.plan import BY_NAME
from tests.benchmarks.run import Outcome, Results

COUNTED = (Finding.TRUE, Finding.EXTRA, Finding.UNASKED)
"""Findings whose times mean something."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with its quartiles."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> "Spread":
        if len(numbers) < 2:
            return cls(numbers[0], numbers[0], numbers[0])
        low, _, high = quantiles(numbers, n=4, method="inclusive")
        return cls(median(numbers), low, high)


def outcome(results: Results, database: str, contender: str, work: str) -> Outcome | None:
    for found in results.works:
        if (found.database, found.contender, found.work) == (database, contender, work):
            return found
    return None


def counts(found: Outcome | None) -> bool:
    return found is not None and bool(found.seconds) and found.finding in COUNTED


def seconds(found: Outcome) -> Spread:
    """Of one object, or of the whole, as the plan says."""
    share = found.size if BY_NAME[found.work].each else 1
    return Spread.of([number / share for number in found.seconds])


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """The quotient round by round, so that what slows a round falls out."""
    return Spread.of([a / b for a, b in zip(ours, theirs, strict=False)])


def duration(number: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if number >= size:
            return f"{_three(number / size)} {unit}"
    return f"{_three(number * 1e6)} µs"


def timed(spread: Spread) -> str:
    """The median, and half the distance of the quartiles as a share of it."""
    return f"{duration(spread.middle)} ±{_share(spread)}"


def times(spread: Spread) -> str:
    return f"{spread.middle:.2f} ({spread.low:.2f} to {spread.high:.2f})"


def data_size(number: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(number) >= size:
            return f"{_three(number / size)} {unit}"
    return f"{number:.0f} B"


def _share(spread: Spread) -> str:
    return f"{(spread.high - spread.low) / 2 / spread.middle:.0%}" if spread.middle else "0%"


def _three(number: float) -> str:
    """About three digits."""
    return (
        f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"
    )
