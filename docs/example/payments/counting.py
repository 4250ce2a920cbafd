"""Counting the statements that a block sends to the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

# Statements of transactions: Django sends those with and without an audit.
TRANSACTION = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


class QueryCounter:
    """Counts statements; those that open and close transactions apart."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any
    ) -> Any:
        """Count one statement, and have it run."""
        self.queries += not sql.startswith(TRANSACTION)
        return execute(sql, params, many, context)


@contextmanager
def counted() -> Iterator[QueryCounter]:
    """Count what the block sends."""
    counter = QueryCounter()
    with connection.execute_wrapper(counter):
        yield counter
