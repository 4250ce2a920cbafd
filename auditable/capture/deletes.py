"""Deletions: what each row held, recorded as it goes."""

from collections.abc import Callable
from typing import Any

from django.db.models.sql import DeleteQuery

from ..tables import Plan, Step
from ..vendors import vendor_of
from .bulk import Bulk
from .rows import ABSENT, Reader, restrict, single_key
from .scribe import Scribe

__all__ = ["capture"]


def capture(compiler: Any, run: Callable[[Any], Any], plan: Plan) -> Any:
    """Execute a DELETE and record the rows it removes; return what `run` returns."""
    connection = compiler.connection
    reader = Reader(connection, plan, plan.columns)
    scribe = Scribe(connection, plan)
    key = single_key(compiler.query, plan)
    if key is ABSENT and vendor_of(connection).one_statement:
        bulk = Bulk.of(compiler, plan, plan.columns)
        if bulk is not None:
            return bulk.delete()
    with vendor_of(connection).writing(connection, reads_first=True):
        if key is not ABSENT:
            images = reader.of_key(key, for_delete=True)
        else:
            images = reader.matching(compiler.query, for_delete=True) or []
        if not images:
            return 0
        scribe.demand_facts()
        narrowed = DeleteQuery(compiler.query.model)
        restrict(narrowed, images)
        result = run(narrowed.get_compiler(connection=connection, using=compiler.using))
        scribe.write([Step(before=image, after=None) for image in images])
    return result
