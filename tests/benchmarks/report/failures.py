"""What makes a run fail: dishonest or too many statements of ours, never a time."""

from collections.abc import Iterator
from math import ceil

from tests.benchmarks.honesty import Finding
from tests.benchmarks.plan import (
    BATCH,
    BY_NAME,
    CHECKED,
    READING,
    STATEMENTS_TO_READ,
    SUBJECT,
)
from tests.benchmarks.report.figures import outcome
from tests.benchmarks.run import Outcome, Results


def failures(results: Results) -> list[str]:
    return [
        *_dishonest(results),
        *_over_budget(results),
        *_storage(results),
        *_million(results),
        *_absent(results),
    ]


def _dishonest(results: Results) -> Iterator[str]:
    for found in results.works:
        wrong = found.finding not in (Finding.TRUE, Finding.UNASKED)
        if found.contender in CHECKED and wrong:
            yield f"{_name(found)}: {found.finding}, {found.detail}"
    for grown in results.growth:
        if grown["contender"] in CHECKED and grown["finding"] != Finding.TRUE:
            yield f"growth, {grown['contender']}: {grown['finding']}, {grown['detail']}"


def _over_budget(results: Results) -> Iterator[str]:
    for found in results.works:
        if found.contender != SUBJECT or found.finding != Finding.TRUE:
            continue
        extra, allowed = extra_statements(results, found), budget(found)
        if extra is not None and allowed is not None and extra > allowed:
            yield f"{_name(found)}: {extra:g} statements beyond Django's, the budget is {allowed:g}"


def extra_statements(results: Results, found: Outcome) -> float | None:
    """Statements beyond plain Django's: of one object, or of the whole."""
    work = BY_NAME[found.work]
    if work.group == READING:
        return found.statements
    plain = outcome(results, found.database, "plain", found.work)
    if plain is None or plain.finding == Finding.FAILED:
        return None
    return (found.statements - plain.statements) / (found.size if work.each else 1)


def budget(found: Outcome) -> float | None:
    work = BY_NAME[found.work]
    if work.group == READING:
        return STATEMENTS_TO_READ
    return work.budget(ceil(found.size / BATCH)) if work.budget else None


def _storage(results: Results) -> Iterator[str]:
    for found in results.storage:
        if found["contender"] in CHECKED and found["entries"] != found["updates"]:
            yield f"storage: {found['entries']} entries of {found['updates']} updates"


def _million(results: Results) -> Iterator[str]:
    for found in results.million:
        name = f"update() of {found['rows']:,} rows, {found['contender']}, {found['database']}"
        if found["contender"] not in CHECKED:
            continue
        if "error" in found:
            yield f"{name}: {found['error']}"
        elif found["changed"] != found["rows"]:
            yield f"{name}: {found['changed']} rows changed"
        elif found["contender"] != "plain" and not _complete(found):
            yield f"{name}: entries are missing"


def _complete(found: dict) -> bool:
    return all(found[kind]["entries"] == found["rows"] for kind in ("constant", "expression"))


def _absent(results: Results) -> Iterator[str]:
    """Without the subject itself a run proves nothing."""
    asked = results.meta["contenders"]
    written = any(BY_NAME[found.work].group != READING for found in results.works)
    for database in results.meta["databases"]:
        present = {found.contender for found in results.works if found.database == database}
        for name in CHECKED if written else ():
            if name in asked and name not in present:
                yield f"{name} took no part on {database}"


def _name(found: Outcome) -> str:
    return f"{BY_NAME[found.work].titled(found.size)}, {found.contender}, {found.database}"
