"""Making diffs of snapshots, for the logs that keep nothing else."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from tests.benchmarks.contenders.base import Diff


def diffs(newest_first: Iterable[Mapping[str, Any]]) -> list[Diff]:
    """What changed from each snapshot to the next; the oldest is a creation."""
    snapshots = list(newest_first)
    changes: list[Diff] = [
        {name: (old[name], new[name]) for name in new if new[name] != old[name]}
        for new, old in pairwise(snapshots)
    ]
    if snapshots:
        changes.append({name: (None, value) for name, value in snapshots[-1].items()})
    return changes
