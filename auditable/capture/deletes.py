"""Deletions: what each row held, recorded as it goes."""

from collections.abc import Callable
from typing import Any

from django.db.models.sql import DeleteQuery

from ..tables import Image, Plan, Step
from ..vendors import vendor_of
from .bulk import Bulk, most_in_memory
from .rows import ABSENT, Reader, batches, restrict, single_key
from .scribe import Scribe

__all__ = ["capture"]


def capture(compiler: Any, run: Callable[[Any], Any], plan: Plan) -> Any:
    """Execute a DELETE and record the rows it removes; return what `run` returns."""
    connection = compiler.connection
    reader = Reader.of(connection, plan, plan.columns)
    scribe = Scribe(connection, plan)
    vendor = vendor_of(connection)
    key = single_key(compiler.query, plan)
    bulk = Bulk.of(compiler, plan, plan.columns) if key is ABSENT else None
    if bulk is not None and vendor.one_statement:
        return bulk.delete()
    scribe.demand_facts()
    with vendor.writing(connection, reads_first=True):
        if key is not ABSENT:
            images: list[Image] | None = reader.of_key(key, for_delete=True)
        else:
            most = most_in_memory() if bulk else None
            images = reader.matching(compiler.query, most=most, for_delete=True)
        if images is None:
            assert bulk is not None
            return bulk.delete_by_image(reader)
        if not images:
            return 0
        result = 0
        for batch in batches(connection, plan, images):
            narrowed = DeleteQuery(compiler.query.model)
            restrict(narrowed, batch)
            result += run(narrowed.get_compiler(connection=connection, using=compiler.using))
        scribe.write([Step(before=image, after=None) for image in images])
    return result
