"""Measurements that are no repeated work: storage, growth, a million rows."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from tests.benchmarks import databases, measure, rows
from tests.benchmarks.contenders.base import Clone, Contender
from tests.benchmarks.works.reading import ShortTrails

_CHUNK = 1000


def storage(contender: Contender, updates: int) -> Mapping[str, Any]:
    """Bytes an entry after this many saves, each with one changed column."""
    if not contender.log_tables:
        return {}
    before, entries = _sizes(contender), _count(contender.log_tables[0])
    payments = list(contender.Payment.objects.order_by("pk"))
    for start in range(0, updates, _CHUNK):
        with transaction.atomic():
            for number in range(start, min(start + _CHUNK, updates)):
                payment = payments[number % len(payments)]
                payment.amount += Decimal("0.01")
                contender.save(payment)
    after, gained = _sizes(contender), _count(contender.log_tables[0]) - entries
    return {
        "updates": updates,
        "entries": gained,
        **{part: (after[part] - before[part]) / max(gained, 1) for part in after},
    }


def _sizes(contender: Contender) -> Mapping[str, int]:
    databases.tidy(connection)
    return databases.sizes(connection, contender.log_tables)


def _count(table: str | None) -> int:
    if table is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COUNT(*) FROM "{table}"')
        return int(cursor.fetchone()[0])


def grow(contender: Contender, entries: int) -> Mapping[str, Any]:
    """Fill the log up to this many entries, with the trails to be read scattered among them."""
    if not contender.clones:
        return {}
    trails = ShortTrails(contender, 0)
    made = [
        rows.payment(contender.Payment, number, currency=trails.currency)
        for number in range(trails.objects_count)
    ]
    with transaction.atomic():
        for payment in made:
            contender.create(payment)
    # The last entry is the one to be multiplied: let it be an update.
    _change(contender, made)
    rounds = trails.length - 2
    for number in range(rounds):
        _fill(contender, entries // rounds, entries, number)
        _change(contender, made)
    databases.tidy(connection)
    return {"entries": _count(contender.log_tables[0])}


def _change(contender: Contender, payments: list[Any]) -> None:
    with transaction.atomic():
        for payment in payments:
            payment.amount += Decimal("0.01")
            contender.save(payment)


def _fill(contender: Contender, count: int, total: int, part: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for clone in contender.clones:
            cursor.execute(_fill_statement(cursor, clone, count, total, part))
            _pass_over(cursor, clone.table)


def _pass_over(cursor: Any, table: str) -> None:
    """Let PostgreSQL's sequences know of the primary keys that were given."""
    if connection.vendor != "postgresql":
        return
    for sequence in connection.introspection.get_sequences(cursor, table):
        column = sequence["column"]
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), MAX(\"{column}\")) "
            f'FROM "{table}"'
        )


def _fill_statement(cursor: Any, clone: Clone, count: int, total: int, part: int) -> str:
    described = connection.introspection.get_table_description(cursor, clone.table)
    primary = connection.introspection.get_primary_key_column(cursor, clone.table)
    words = _words(cursor, clone, str(primary), total, part * count)
    columns, expressions = [], []
    for column in described:
        if column.name == primary and primary not in clone.columns:
            continue
        columns.append(f'"{column.name}"')
        expression = clone.columns.get(column.name)
        expressions.append(expression.format(**words) if expression else f'log."{column.name}"')
    newest = f'(SELECT * FROM "{clone.table}" ORDER BY "{primary}" DESC LIMIT 1) AS log'
    return (
        f'INSERT INTO "{clone.table}" ({", ".join(columns)}) '
        f"SELECT {', '.join(expressions)} FROM {newest}, {_series(count)}"
    )


def _words(cursor: Any, clone: Clone, primary: str, total: int, offset: int) -> dict[str, str]:
    """What the expressions of a clone may speak of."""
    cursor.execute(f'SELECT COALESCE(MAX("{primary}"), 0) FROM "{clone.table}"')
    n, key = f"(n + {offset})", f"(1000000 + ((n + {offset}) * 7919) % {max(total // 20, 1)})"
    postgresql = connection.vendor == "postgresql"
    return {
        "base": str(cursor.fetchone()[0] - offset),
        "n": n,
        "key": key,
        "json_key": f"to_jsonb{key}" if postgresql else f"CAST({key} AS text)",
        "moment": (
            f"to_timestamp(1767225600 + {n})"
            if postgresql
            else f"strftime('%Y-%m-%d %H:%M:%S', 1767225600 + {n}, 'unixepoch')"
        ),
    }


def _series(count: int) -> str:
    if connection.vendor == "postgresql":
        return f"generate_series(1, {count}) AS series(n)"
    return (
        f"(WITH RECURSIVE series(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM series "
        f"WHERE n < {count}) SELECT n FROM series)"
    )


def million(contender: Contender, count: int) -> Mapping[str, Any]:
    """One `update()` of this many rows of a narrow table: seconds and growth of the process."""
    _fill_balances(contender, count)
    Balance = contender.Balance
    constant = _one_update(
        contender, lambda: contender.update(Balance.objects.all(), amount=Decimal("5.00"))
    )
    expression = _one_update(
        contender, lambda: contender.update(Balance.objects.all(), amount=F("amount") + 1)
    )
    changed = Balance.objects.filter(amount=Decimal("6.00")).count()
    return {"rows": count, "changed": changed, "constant": constant, "expression": expression}


def _fill_balances(contender: Contender, count: int) -> None:
    table = contender.Balance._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (owner, amount) SELECT n, 1.25 FROM {_series(count)}'
        )
    databases.tidy(connection)


def _one_update(contender: Contender, call: Callable[[], None]) -> Mapping[str, Any]:
    entries = _count(contender.balance_log)
    elapsed: list[float] = []
    with measure.statements(connection) as counted:
        growth = measure.resident_growth(lambda: elapsed.append(measure.seconds(call)))
    return {
        "seconds": elapsed[0],
        "growth": growth,
        "statements": counted.count,
        "entries": _count(contender.balance_log) - entries,
    }
