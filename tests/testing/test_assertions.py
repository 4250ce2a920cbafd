"""`assert_audited`: what it says of what was not expected, and what else goes on in its block."""

from __future__ import annotations

import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import product

import pytest
from django.db import connections, transaction
from django.test import TestCase
from hypothesis import example, given
from hypothesis import strategies as st

from auditable import audit_context
from auditable.models import AuditEntry
from auditable.test import AuditAssertions, assert_audited, created, deleted, updated
from auditable.test.assertions import _pair_off
from tests.context.who import on_one_connection
from tests.ledger.models import Transfer
from tests.shop.models import Payment, Plain

pytestmark = pytest.mark.django_db(databases=["default", "other"])


@contextmanager
def fails(*lines: str) -> Iterator[None]:
    """The assertion inside fails with exactly this text."""
    with pytest.raises(AssertionError) as raised, audit_context(actor="importer"):
        yield
    heading = "The block did not write the entries that were expected."
    assert str(raised.value).splitlines() == [heading, *lines]


BY_IMPORTER = "actor_id='importer', actor_type='service'"


class TestFailures:
    def test_one_missing(self):
        with (
            fails("Expected 1:", "  create Transfer (any changes)", "Written 0:"),
            assert_audited(created(Transfer)),
        ):
            pass

    def test_one_too_many(self):
        transfer = Transfer(pk=41)
        written = f"  create ledger.transfer 41 (amount: MISSING → 0, {BY_IMPORTER})"
        with fails("Expected 0:", "Written 1:", written), assert_audited():
            transfer.save()

    def test_both_sides_are_listed_with_all_that_is_known(self):
        payment = Payment.objects.create(pk=41, reference="a")
        with fails(
            "Expected 2:",
            "  update <Payment: Payment object (41)> "
            "(amount: Decimal('0.00') → Decimal('5.00'), status: 'new' → 'lost', "
            "actor_id='billing', actor_type='service', reason='chargeback')",
            "  delete Plain (title: 'a' → MISSING)",
            "Written 1:",
            "  update shop.payment 41 "
            "(amount: Decimal('0.00') → Decimal('5.00'), status: 'new' → 'paid', "
            "actor_id='importer', actor_type='service', correlation_id='job-7', "
            "metadata={'ticket': 1}, reason='typo')",
        ):
            changes = {"status": ("new", "lost"), "amount": (Decimal("0.00"), Decimal("5.00"))}
            expected = updated(payment, **changes).by("billing", reason="chargeback")
            why = audit_context(reason="typo", correlation_id="job-7", ticket=1)
            with assert_audited(expected, deleted(Plain, title="a")), why:
                Payment.objects.update(status="paid", amount=5)

    def test_the_right_entry_of_another_object(self):
        mine, other = (Transfer.objects.create(pk=pk) for pk in (41, 42))
        with (
            fails(
                "Expected 1:",
                "  update <Transfer: Transfer object (41)> (amount: 0 → 1)",
                "Written 1:",
                f"  update ledger.transfer 42 (amount: 0 → 1, {BY_IMPORTER})",
            ),
            assert_audited(updated(mine, amount=(0, 1))),
        ):
            Transfer.objects.filter(pk=other.pk).update(amount=1)

    def test_the_right_entry_of_another_model(self):
        with (
            fails(
                "Expected 1:",
                "  create Payment (any changes)",
                "Written 1:",
                f"  create ledger.transfer 41 (amount: MISSING → 0, {BY_IMPORTER})",
            ),
            assert_audited(created(Payment)),
        ):
            Transfer.objects.create(pk=41)

    @pytest.mark.parametrize(
        "expected",
        [
            created(Transfer),
            deleted(Transfer),
            updated(Transfer, amount=(0, 2)),
            updated(Transfer, amount=(1, 1)),
            updated(Transfer, amount=(0, 1), note=("", "a")),
            updated(Transfer).by("billing"),
            updated(Transfer).by(reason="typo"),
        ],
        ids=str,
    )
    def test_what_differs_in_one_thing(self, expected):
        Transfer.objects.create()
        who = audit_context(actor="importer")
        with pytest.raises(AssertionError), assert_audited(expected), who:
            Transfer.objects.update(amount=1, note="a")

    def test_a_change_that_tells_more_than_was_expected(self):
        expected = updated(Payment.objects.create(), status=("new", "paid"))
        with pytest.raises(AssertionError), assert_audited(expected):
            Payment.objects.update(status="paid", amount=1)


class TestPairing:
    """Each expectation has an entry of its own, whichever stands first."""

    @pytest.mark.parametrize("odd", range(4))
    def test_what_accepts_any_leaves_the_others_their_entries(self, odd):
        Transfer.objects.create()
        exact = [updated(Transfer, amount=(n, n + 1)) for n in range(4) if n != odd]
        with assert_audited(updated(Transfer), *exact):
            for n in range(4):
                Transfer.objects.update(amount=n + 1)

    def test_expectations_that_overlap(self):
        made = [Transfer(pk=pk) for pk in (41, 42, 43)]
        with assert_audited(
            created(Transfer).by("b"),
            created(made[0]),
            created(Transfer, amount=0),
        ):
            for transfer, actor in zip(made, ("a", "b", "b"), strict=True):
                with audit_context(actor=actor):
                    transfer.save()

    def test_one_entry_does_not_serve_two(self):
        expected = updated(Transfer.objects.create(), amount=(0, 1))
        with pytest.raises(AssertionError), assert_audited(expected, expected):
            Transfer.objects.update(amount=1)

    def test_one_entry_does_not_serve_two_where_another_is_left_over(self):
        expected = updated(Transfer.objects.create(), amount=(0, 1))
        with pytest.raises(AssertionError), assert_audited(expected, expected):
            Transfer.objects.update(amount=1)
            Transfer.objects.update(amount=2)

    @example([frozenset(keys) for keys in ({1, 2}, {3, 4}, {1, 3}, {1})])
    @example([frozenset(keys) for keys in ({1, 2}, {3, 4}, {1, 3}, {3})])
    @given(st.lists(st.frozensets(st.integers(1, 5)), max_size=5))
    def test_it_is_found_wherever_there_is_one(self, candidates):
        choices = product(*candidates)
        exists = any(len(set(choice)) == len(candidates) for choice in choices)
        assert _pair_off(candidates) is exists

    @pytest.mark.parametrize("place", [0, 30])
    def test_many_that_are_alike_fail_as_fast_as_few(self, place):
        expected = [created(Transfer)] * 30
        with pytest.raises(AssertionError), assert_audited(*expected, created(Transfer)):
            Transfer.objects.bulk_create(Transfer() for _ in range(30))
            Plain.objects.create()
        expected.insert(place, created(Plain))
        with assert_audited(*expected):
            Transfer.objects.bulk_create(Transfer() for _ in range(30))
            Plain.objects.create()


class TestTheBlock:
    def test_the_entries_are_there_when_it_has_ended(self):
        Transfer.objects.create()
        with assert_audited(created(Transfer), updated(Transfer)) as entries:
            transfer = Transfer.objects.create()
            Transfer.objects.filter(pk=transfer.pk).update(amount=3)
            assert entries == []
        assert entries == list(AuditEntry.objects.order_by("pk"))[1:]

    def test_the_entries_are_there_when_it_has_failed(self):
        with pytest.raises(AssertionError), assert_audited() as entries:
            Transfer.objects.create()
        assert entries == [AuditEntry.objects.get()]

    def test_entries_that_were_rolled_back_do_not_count(self):
        with assert_audited(created(Transfer, amount=1)):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                Transfer.objects.create(amount=2)
                1 / 0
            Transfer.objects.create(amount=1)

    def test_an_object_that_is_created_and_deleted_inside(self):
        transfer = Transfer()
        with assert_audited(created(transfer), deleted(transfer, amount=0)):
            transfer.save()
            transfer.delete()

    def test_it_can_be_nested(self):
        with assert_audited(created(Transfer), created(Plain)):
            Transfer.objects.create()
            with assert_audited(created(Plain)):
                Plain.objects.create()

    def test_an_error_passes_through_untouched(self):
        error = ValueError("mine")
        with pytest.raises(ValueError, match="mine") as raised, assert_audited(created(Transfer)):
            raise error
        assert raised.value is error
        assert (error.__cause__, error.__context__) == (None, None)

    def test_an_error_of_the_database_passes_through_where_nothing_can_be_read(self):
        expected = assert_audited(created(Transfer))
        with pytest.raises(ZeroDivisionError), transaction.atomic(), expected:
            connections["default"].needs_rollback = True
            1 / 0

    def test_another_database(self):
        with assert_audited(), assert_audited(created(Transfer, amount=5), using="other"):
            Transfer.objects.using("other").create(amount=5)
        with pytest.raises(AssertionError), assert_audited(created(Transfer), using="other"):
            Transfer.objects.create()


class TestAsync:
    @on_one_connection
    async def test_entries_that_were_expected(self):
        async with assert_audited(created(Transfer)) as entries:
            await Transfer.objects.acreate()
        assert [entry.action for entry in entries] == ["create"]

    @on_one_connection
    async def test_entries_that_were_not(self):
        with fails("Expected 1:", "  delete Transfer (any changes)", "Written 0:"):
            async with assert_audited(deleted(Transfer)):
                await Transfer.objects.all().adelete()

    @on_one_connection
    async def test_an_error_passes_through_untouched(self):
        error = ValueError("mine")
        with pytest.raises(ValueError, match="mine") as raised:
            async with assert_audited(created(Transfer)):
                raise error
        assert raised.value is error


class Assertions(AuditAssertions):
    """What passes, and what fails with a text of the whole."""

    def test_passes(self) -> None:
        with self.assertAudited(created(Transfer), using="default") as entries:
            Transfer.objects.create()
        assert len(entries) == 1
        with self.assertNotAudited(), self.assertNotAudited(using="other"):
            Transfer.objects.update(note="not critical")

    def test_nothing_is_expected_of_the_named_database(self) -> None:
        with pytest.raises(AssertionError), self.assertNotAudited(using="other"):
            Transfer.objects.using("other").create()
        with self.assertNotAudited(using="other"):
            Transfer.objects.create()

    def test_fails(self) -> None:
        with audit_context(actor="importer"), self.assertNotAudited():
            Transfer.objects.create(pk=41)

    def test_fails_on_the_other_database(self) -> None:
        with self.assertAudited(created(Transfer), using="other"):
            Transfer.objects.create()


class InDjango(Assertions, TestCase):
    __test__ = False
    databases = {"default", "other"}


class InUnittest(Assertions, unittest.TestCase):
    __test__ = False


@pytest.mark.parametrize("case", [InDjango, InUnittest])
def test_the_assertions_of_a_test_case(case):
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert (result.testsRun, result.errors) == (4, [])
    texts = {test._testMethodName: text for test, text in result.failures}
    assert set(texts) == {"test_fails", "test_fails_on_the_other_database"}
    assert texts["test_fails"].endswith(
        "AssertionError: The block did not write the entries that were expected.\n"
        "Expected 0:\n"
        "Written 1:\n"
        f"  create ledger.transfer 41 (amount: MISSING → 0, {BY_IMPORTER})\n"
    )
