"""What a contender is: how it does each kind of work, and how its log reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.apps import apps
from django.db import connection
from django.db.models import Model, QuerySet

from tests.benchmarks.honesty import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """How to multiply the rows of a log's table.

    The expressions may use `{n}` (counts from 1), `{key}` (an object's primary key, 20 entries
    each) and `{moment}` (a time that grows with n).
    """

    table: str
    columns: Mapping[str, str]


Diff = Mapping[str, Sequence[Any]]
"""Old and new value by column, in whatever types the log's reader gives."""


class NotAudited(Exception):
    """The contender has no way to audit this work."""


class Contender:
    """Django as it is; each method says how a user does this kind of work with auditing on."""

    audits: ClassVar[bool] = True

    exact: ClassVar[bool] = False
    """Its records are compared as a whole."""

    log_tables: tuple[str, ...] = ()
    """What its log is made of, for its size."""

    @property
    def balance_log(self) -> str | None:
        """Where the changes of a balance end up."""
        return next(iter(self.log_tables), None)

    clones: tuple[Clone, ...] = ()
    """How to make its log long without the work."""

    def __init__(self) -> None:
        self.vendor = connection.vendor
        self.Customer: type[Any] = apps.get_model("shop.Customer")
        self.Payment: type[Any] = apps.get_model("shop.Payment")
        self.Draft: type[Any] = apps.get_model("shop.Draft")
        self.Balance: type[Any] = apps.get_model("shop.Balance")

    def install(self) -> None:
        """What its tables need beyond `migrate`."""

    # Writing

    def create(self, payment: Model) -> None:
        payment.save(force_insert=True)

    def save(self, payment: Model, update_fields: Sequence[str] | None = None) -> None:
        payment.save(update_fields=update_fields)

    def save_in_request(self, payment: Model) -> None:
        """The same behind the contender's middleware."""
        payment.save()

    def save_draft(self, draft: Model) -> None:
        """Save an object of a model that nobody audits."""
        draft.save()

    def update(self, rows: QuerySet[Any], **changes: Any) -> None:
        rows.update(**changes)

    def bulk_create(self, payments: Sequence[Model]) -> None:
        self.Payment.objects.bulk_create(payments)

    def bulk_update(self, payments: Sequence[Model], columns: Sequence[str]) -> None:
        self.Payment.objects.bulk_update(payments, columns)

    def delete(self, rows: QuerySet[Any]) -> None:
        rows.delete()

    # Reading

    def trail(self, payment: Any) -> Sequence[Any]:
        """All changes of one object, newest first, decoded as far as the contender decodes."""
        raise NotImplementedError

    def trails(self, payments: Sequence[Any]) -> Mapping[Any, Sequence[Any]]:
        """The trails of these payments, by primary key."""
        raise NotImplementedError

    def diff_of(self, item: Any) -> Diff:
        """What one item of a trail says."""
        return item

    # For the honesty checks

    def mark(self) -> Any:
        """A point in the log, to read on from."""
        return None

    def records(self, since: Any) -> Iterable[Record]:
        """What the log gained after `since`."""
        return []


def last_id(table: str, column: str = "id") -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COALESCE(MAX("{column}"), 0) FROM "{table}"')
        return int(cursor.fetchone()[0])
