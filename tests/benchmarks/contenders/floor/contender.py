import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from getpass import getuser
from pathlib import Path
from typing import Any, ClassVar

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from auditable.models import AuditEntry
from tests.benchmarks.contenders import entries
from tests.benchmarks.contenders.base import Clone, Contender
from tests.benchmarks.contenders.floor.dialects import POSTGRESQL, SQLITE, moment
from tests.benchmarks.contenders.floor.middleware import current_request
from tests.benchmarks.honesty import Record
from tests.benchmarks.names import NAMED

PROGRAM = Path(sys.argv[0]).name
NOBODY = ("system", PROGRAM, f"{PROGRAM} ({getuser()})")
to_json = json.JSONEncoder(separators=(",", ":")).encode
LABEL = "shop.payment"
COLUMN_OF = {"amount": "amount", "status": "status", "customer": "customer_id"}


class Floor(Contender):
    """The same guarantees and the same table, written by hand for these models alone.

    For one object: the named columns by primary key under a lock, Django's own write, one entry,
    both statements straight on the driver's cursor, one transaction. For many: one
    `INSERT … SELECT` whose JSON the database builds, then Django's own statement.
    """

    exact: ClassVar[bool] = True
    log_tables: tuple[str, ...] = (entries.TABLE,)
    clones: tuple[Clone, ...] = entries.CLONES

    def __init__(self) -> None:
        super().__init__()
        self.dialect = POSTGRESQL if self.vendor == "postgresql" else SQLITE
        self.select = self.dialect.select_one(self.Payment._meta.db_table)
        self.insert = self.dialect.insert_one()

    # One object

    def create(self, payment: Any) -> None:
        with transaction.atomic():
            payment.save(force_insert=True)
            state = _state(payment.amount, payment.status, payment.customer_id)
            changes = {name: (None, value) for name, value in state.items()}
            self._record(connection.connection.cursor(), "create", payment.pk, changes)

    def save(self, payment: Any, update_fields: Sequence[str] | None = None) -> None:
        if update_fields is not None and not set(NAMED).intersection(update_fields):
            payment.save(update_fields=update_fields)
            return
        with transaction.atomic():
            cursor = connection.connection.cursor()
            cursor.execute(self.select, (payment.pk,))
            old = _state(*cursor.fetchone())
            payment.save(update_fields=update_fields)
            new = _state(payment.amount, payment.status, payment.customer_id)
            changes = {name: (old[name], new[name]) for name in NAMED if old[name] != new[name]}
            if changes:
                self._record(cursor, "update", payment.pk, changes)

    def save_in_request(self, payment: Any) -> None:
        self.save(payment)

    def _record(self, cursor: Any, action: str, pk: int, changes: Mapping[str, Any]) -> None:
        now = moment(self.vendor, timezone.now())
        context = (*_actor(), "", "", "{}")
        cursor.execute(self.insert, (now, action, LABEL, str(pk), to_json(changes), *context))

    # Many objects

    def update(self, rows: QuerySet[Any], **changes: Any) -> None:
        with transaction.atomic():
            ((name, change),) = changes.items()
            new, new_params = _compiled(rows, change)
            where, where_params = _where(rows)
            column, differs = COLUMN_OF[name], self.dialect.differs
            source = (
                f"{rows.model._meta.db_table} "
                f"WHERE {where} AND {differs.format(column, new)}{self.dialect.row_lock}"
            )
            self._record_many(
                "update",
                rows.model._meta.label_lower,
                self._pair(name, column, new),
                source,
                new_params,
                (*where_params, *new_params),
            )
            rows.update(**changes)

    def bulk_create(self, payments: Sequence[Any]) -> None:
        with transaction.atomic():
            self.Payment.objects.bulk_create(payments)
            keys: Any = [payment.pk for payment in payments]
            pairs = ", ".join(self._pair(name, "NULL", COLUMN_OF[name]) for name in NAMED)
            source = f"{self.Payment._meta.db_table} WHERE {self.dialect.chosen}"
            if self.vendor == "sqlite":
                keys = json.dumps(keys)
            self._record_many("create", LABEL, pairs, source, (), (keys,))

    def bulk_update(self, payments: Sequence[Any], columns: Sequence[str]) -> None:
        (name,) = columns
        with transaction.atomic():
            new_values = json.dumps({payment.pk: str(payment.amount) for payment in payments})
            old, new = self._text(name, COLUMN_OF[name]), self._text(name, "assigned::numeric")
            if self.vendor == "sqlite":
                new = "assigned"
            table = self.Payment._meta.db_table
            source = (
                f"{table} JOIN {self.dialect.assigned} AS given ON id = assigned_key "
                f"WHERE {self.dialect.differs.format(old, new)}"
            )
            if self.dialect.row_lock:
                source += f"{self.dialect.row_lock} OF {table}"
            pairs = f"'{name}', {self.dialect.pair.format(old, new)}"
            self._record_many("update", LABEL, pairs, source, (), (new_values,))
            self.Payment.objects.bulk_update(payments, columns)

    def delete(self, rows: QuerySet[Any]) -> None:
        with transaction.atomic():
            where, params = _where(rows)
            pairs = ", ".join(self._pair(name, COLUMN_OF[name], "NULL") for name in NAMED)
            source = f"{self.Payment._meta.db_table} WHERE {where}{self.dialect.row_lock}"
            self._record_many("delete", LABEL, pairs, source, (), params)
            rows.delete()

    def _record_many(
        self,
        action: str,
        label: str,
        pairs: str,
        source: str,
        pair_params: Sequence[Any],
        source_params: Sequence[Any],
    ) -> None:
        now = moment(self.vendor, timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(
                self.dialect.insert_many(pairs, source),
                (now, action, label, *pair_params, *NOBODY, *source_params),
            )

    def _pair(self, name: str, old: str, new: str) -> str:
        return f"'{name}', {self.dialect.pair.format(self._text(name, old), self._text(name, new))}"

    def _text(self, name: str, expression: str) -> str:
        if expression == "NULL":
            return "NULL"
        if name == "amount":
            return self.dialect.as_amount.format(expression)
        return expression

    # Reading: the same rows, undecoded

    def trail(self, payment: Any) -> Sequence[Any]:
        rows = AuditEntry.objects.filter(model_label=LABEL, object_pk=str(payment.pk))
        return list(rows.order_by("-id").values_list())

    def trails(self, payments: Sequence[Any]) -> Mapping[Any, Sequence[Any]]:
        found: dict[str, list[Any]] = {str(payment.pk): [] for payment in payments}
        rows = AuditEntry.objects.filter(model_label=LABEL, object_pk__in=list(found))
        for row in rows.order_by("-id").values_list():
            found[row[4]].append(row)
        return {int(pk): listed for pk, listed in found.items()}

    def diff_of(self, item: Any) -> Mapping[str, Sequence[Any]]:
        return item[5]

    def mark(self) -> int:
        return entries.mark()

    def records(self, since: int) -> Iterable[Record]:
        return entries.records(since)


def _state(amount: Any, status: str, customer: int | None) -> dict[str, Any]:
    return {"amount": f"{amount:.2f}", "status": status, "customer": customer}


def _actor() -> tuple[str, str, str]:
    request = current_request.get()
    if request is None:
        return NOBODY
    user = request.user
    if not user.is_authenticated:
        return ("anonymous", "", "")
    return ("user", str(user.pk), user.get_username())


def _compiled(rows: QuerySet[Any], change: Any) -> tuple[str, Sequence[Any]]:
    if not hasattr(change, "resolve_expression"):
        return "%s", (change,)
    expression = change.resolve_expression(rows.query.chain(), allow_joins=False, for_save=True)
    return rows.query.get_compiler(connection=connection).compile(expression)


def _where(rows: QuerySet[Any]) -> tuple[str, Sequence[Any]]:
    if not rows.query.where:
        return "1 = 1", ()
    return rows.query.get_compiler(connection=connection).compile(rows.query.where)


CONTENDER = Floor
