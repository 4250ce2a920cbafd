"""Assertions about the entries that a block of code writes."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.db.models import Max, Model

from .expected import Expected, found

__all__ = ["AuditAssertions", "assert_audited"]

Entries = Sequence[Any]


class assert_audited:  # noqa: N801 - reads as the function it is used as
    """Assert that a block writes these entries, and no others; in any order.

    A context manager, for `with` and `async with`. It reads the log itself, so entries that were
    rolled back do not count. `with … as entries` gives the list of them when the block has ended.

    Example:
        >>> with assert_audited(updated(payment, status=("new", "paid")).by(alice)):
        ...     pay(payment)

    Raises:
        AssertionError: other entries, more of them or fewer; the text lists both sides.
    """

    def __init__(self, *expected: Expected, using: str = "default") -> None:
        """Name the entries that are expected.

        Args:
            expected: made with `created`, `updated` and `deleted`; nothing for no entries at all.
            using: alias of the database that is written.
        """
        self._expected = expected
        self._using = using
        self._entries: list[Any] = []
        self._last = 0

    def __enter__(self) -> list[Any]:
        self._last = self._log().aggregate(last=Max("id"))["last"] or 0
        return self._entries

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            return
        self._entries[:] = self._log().filter(id__gt=self._last).order_by("id")
        candidates = [self._candidates(expected) for expected in self._expected]
        if len(self._entries) != len(candidates) or not _pair_off(candidates):
            raise AssertionError(_difference(self._expected, self._entries))

    async def __aenter__(self) -> list[Any]:
        return await sync_to_async(self.__enter__)()

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await sync_to_async(self.__exit__)(error_type, error, traceback)

    def _log(self) -> Any:
        # Pytest loads this module before the models of the project.
        return apps.get_model("auditable", "AuditEntry").objects.using(self._using)

    def _candidates(self, expected: Expected) -> frozenset[int]:
        """The keys of the entries that `expected` may mean."""
        of, log = expected.of, self._log()
        about = log.for_object(of) if isinstance(of, Model) else log.for_model(of)
        keys = frozenset(about.filter(id__gt=self._last).values_list("id", flat=True))
        return frozenset(
            entry.id for entry in self._entries if entry.id in keys and expected.accepts(entry)
        )


class AuditAssertions:
    """Mixed into a `TestCase`: the assertions as methods."""

    def assertAudited(self, *expected: Expected, using: str = "default") -> assert_audited:  # noqa: N802 - as unittest's
        """Assert that a block writes these entries, and no others."""
        return assert_audited(*expected, using=using)

    def assertNotAudited(self, using: str = "default") -> assert_audited:  # noqa: N802 - as unittest's
        """Assert that a block writes no entry."""
        return assert_audited(using=using)


def _pair_off(candidates: Sequence[frozenset[int]]) -> bool:
    """Whether each expectation can have an entry of its own."""
    owners: dict[int, int] = {}
    held: dict[int, int] = {}
    return all(_place(index, candidates, owners, held) for index in range(len(candidates)))


def _place(
    index: int, candidates: Sequence[frozenset[int]], owners: dict[int, int], held: dict[int, int]
) -> bool:
    """Give an expectation an entry; those that hold one may have to take another."""
    wanted_by: dict[int, int] = {}
    waiting = [index]
    while waiting:
        wanting = waiting.pop()
        for key in candidates[wanting].difference(wanted_by):
            wanted_by[key] = wanting
            if key in owners:
                waiting.append(owners[key])
                continue
            free: int | None = key
            while free is not None:
                owner = owners[free] = wanted_by[free]
                given_up = held.get(owner)
                held[owner] = free
                free = given_up
            return True
    return False


def _difference(expected: Sequence[Expected], entries: Entries) -> str:
    return "\n".join(
        [
            "The block did not write the entries that were expected.",
            f"Expected {len(expected)}:",
            *(f"  {one}" for one in expected),
            f"Written {len(entries)}:",
            *(f"  {found(entry)}" for entry in entries),
        ]
    )
