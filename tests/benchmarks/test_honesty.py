import pytest

from tests.benchmarks.honesty import Finding, Record, canonical, judge, values

CHANGED = Record(action="update", pk="1", old={"amount": "1.00"}, new={"amount": "2.00"})
CREATED = Record(
    action="create",
    pk="2",
    old={"amount": None, "status": None},
    new={"amount": "5.00", "status": "new"},
)


def test_one_record_for_each_change_is_true() -> None:
    assert judge([CHANGED, CREATED], [CREATED, CHANGED], exact=True).finding == Finding.TRUE


def test_no_record_at_all_is_silence_and_never_counts_as_fast() -> None:
    assert judge([CHANGED], []).finding == Finding.SILENT


def test_nothing_changed_and_nothing_recorded_is_true() -> None:
    assert judge([], [], exact=True).finding == Finding.TRUE


def test_a_record_of_nothing_is_extra() -> None:
    verdict = judge([CHANGED], [CHANGED, CREATED])
    assert (verdict.finding, verdict.detail) == (Finding.EXTRA, "2 records of 1 changes")


def test_a_change_without_a_record_is_wrong() -> None:
    verdict = judge([CHANGED, CREATED], [CHANGED])
    assert (verdict.finding, verdict.detail) == (Finding.WRONG, "1 of 2 changes have no record")


@pytest.mark.parametrize(
    "record",
    [
        Record(action="update", pk="1", old={"amount": "1.00"}, new={"amount": "3.00"}),
        Record(action="update", pk="1", old={"amount": "0.00"}, new={"amount": "2.00"}),
        Record(action="update", pk="1", old={"amount": "1.00"}),
    ],
)
def test_a_value_that_was_not_there_is_wrong(record: Record) -> None:
    assert judge([CHANGED], [record]).finding == Finding.WRONG


def test_a_snapshot_may_hold_more_and_leave_out_what_was() -> None:
    snapshot = Record(action="update", pk="1", new={"amount": "2.00", "status": "new"})
    assert judge([CHANGED], [snapshot]).finding == Finding.TRUE
    assert judge([CHANGED], [snapshot], exact=True).finding == Finding.WRONG


def test_a_log_that_does_not_tell_creation_from_change_is_read_either_way() -> None:
    saved = [
        Record(action="save", pk="1", new={"amount": "2.00"}),
        Record(action="save", pk="2", new={"amount": "5.00", "status": "new"}),
    ]
    assert judge([CHANGED, CREATED], saved).finding == Finding.TRUE


@pytest.mark.parametrize("exact", [True, False])
def test_the_actor_is_compared_where_one_is_expected(exact: bool) -> None:
    by_seven = Record(
        action="update", pk="1", old={"amount": "1.00"}, new={"amount": "2.00"}, actor="7"
    )
    assert judge([CHANGED], [by_seven], exact=exact).finding == Finding.TRUE
    assert judge([by_seven], [by_seven], exact=exact).finding == Finding.TRUE
    assert judge([by_seven], [CHANGED], exact=exact).finding == Finding.WRONG


def test_a_value_has_one_spelling() -> None:
    assert canonical("amount", 10) == canonical("amount", "10.0") == "10.00"
    assert canonical("customer", 3) == canonical("customer", "3") == "3"
    assert canonical("status", None) is canonical("status", "None") is None
    assert values({"amount": 1, "fee": 2, "status": "new"}) == {"amount": "1.00", "status": "new"}
