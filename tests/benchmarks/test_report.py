from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.report import failures, markdown, write_plots
from tests.benchmarks.report.figures import Spread, data_size, duration, ratio
from tests.benchmarks.run import Outcome, Results, rotated

TIMES = {"plain": 0.1, "floor": 0.2, "auditable": 0.3, "auditlog": 0.6}


def outcome(contender: str, work: str = "save_changed", **changes: Any) -> Outcome:
    statements = {"plain": 20, "floor": 60, "auditable": 60, "auditlog": 60}[contender]
    given = Outcome(
        database="sqlite",
        contender=contender,
        work=work,
        size=20,
        statements=statements,
        seconds=[TIMES[contender]] * 4,
        finding="unasked" if contender == "plain" else "true",
    )
    return replace(given, **changes)


def results(*works: Outcome, **changes: Any) -> Results:
    meta = {
        "date": "2026-01-01",
        "machine": {"system": "Linux", "processor": "CPU", "cores": 2, "memory": "1 GiB"},
        "python": "3.12",
        "django": "6.1",
        "driver": None,
        "databases": {"sqlite": "3.40"},
        "contenders": dict.fromkeys(found.contender for found in works),
        "rounds": 4,
        "quick": False,
        "durable": False,
        "cpu": False,
    }
    return Results(meta=meta, works=list(works), **changes)


ALL = tuple(outcome(name) for name in TIMES)


def test_a_run_that_kept_its_word_has_no_failures() -> None:
    assert failures(results(*ALL)) == []


def test_times_never_fail_a_run() -> None:
    slow = replace(outcome("auditable"), seconds=[9.0])
    assert failures(results(ALL[0], ALL[1], slow)) == []


def test_a_statement_too_many_fails_a_run() -> None:
    greedy = replace(outcome("auditable"), statements=80)
    (failure,) = failures(results(ALL[0], ALL[1], greedy))
    assert failure == (
        "save, one named column changed, auditable, sqlite: "
        "3 statements beyond Django's, the budget is 2"
    )


@pytest.mark.parametrize("finding", ["extra", "wrong", "silent", "failed"])
def test_our_own_dishonesty_fails_a_run_and_a_peers_does_not(finding: str) -> None:
    ours = replace(outcome("auditable"), finding=finding, detail="why")
    peer = replace(outcome("auditlog"), finding=finding, detail="why")
    assert failures(results(ALL[0], ALL[1], ours)) == [
        f"save, one named column changed, auditable, sqlite: {finding}, why"
    ]
    assert failures(results(*ALL[:3], peer)) == []


def test_a_run_without_its_subject_fails() -> None:
    run = results(*ALL)
    run.works = [found for found in run.works if found.contender != "auditable"]
    assert failures(run) == ["auditable took no part on sqlite"]


def test_what_is_not_audited_has_no_time_in_the_table() -> None:
    silent = replace(outcome("auditlog"), finding="silent")
    text = markdown(results(*ALL[:3], silent))
    assert "| save, one named column changed | 15.0 ms ±0% | not audited |" in text


def test_the_table_says_how_far_the_target_is() -> None:
    (line,) = [
        line
        for line in markdown(results(*ALL[:3])).splitlines()
        if line.startswith("| save, one named column changed | 5.00 ms")
    ]
    assert line.endswith(
        "| 3.00 (3.00 to 3.00) | 1.50 (1.50 to 1.50) | **missed**: ≤ 1.15 × floor |"
    )


def test_results_survive_json() -> None:
    run = results(*ALL, left_out=["a peer"])
    assert Results.from_json(run.to_json()) == run


def test_plots_hold_a_bar_for_each_contender_that_counts(tmp_path: Path) -> None:
    write_plots(results(*ALL), tmp_path)
    (plot,) = tmp_path.iterdir()
    assert plot.name == "sqlite-one.svg"
    assert plot.read_text().count("<rect") == 1 + len(ALL)


def test_each_round_begins_with_another() -> None:
    assert [rotated("abc", number) for number in range(4)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]


def test_a_ratio_is_taken_round_by_round() -> None:
    assert ratio([2.0, 20.0, 6.0], [1.0, 10.0, 2.0]) == Spread(2.0, 2.0, 2.5)


def test_numbers_are_written_for_people() -> None:
    assert [duration(number) for number in (1.5, 0.0123, 0.0000456)] == [
        "1.50 s",
        "12.3 ms",
        "45.6 µs",
    ]
    assert [data_size(number) for number in (12, 3456, 7_800_000)] == ["12 B", "3.46 kB", "7.80 MB"]
