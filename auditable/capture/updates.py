"""Updates: what each row held before, and what it holds after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Case, ExpressionWrapper, F, Model, Value
from django.db.models.functions import Cast
from django.db.models.sql import Query

from ..codecs import UNFORESEEN
from ..facts import settled
from ..tables import Column, Image, Plan, Step, pk_text
from ..vendors import vendor_of
from .bulk import Bulk, most_in_memory
from .rows import ABSENT, Reader, batches, key_of_exact, pks_of, restrict, single_key
from .scribe import Scribe

__all__ = ["capture"]

Run = Callable[[Any], Any]


def capture(compiler: Any, run: Run, plan: Plan, nothing: Any) -> Any:
    """Execute an UPDATE and record what it changes; return what `run` returns.

    `nothing` is what `run` would return if no row matched.
    """
    columns, moves = plan.reach([field for field, _model, _value in compiler.query.values])
    if moves:
        return _capture_moved(compiler, run, plan, nothing)
    if not columns:
        return run(compiler)
    connection = compiler.connection
    vendor = vendor_of(connection)
    reader = Reader.of(connection, plan, columns)
    key = single_key(compiler.query, plan)
    bulk = _bulk(compiler, plan, columns, key) if nothing == 0 else None
    if bulk is not None and vendor.one_statement:
        return bulk.update(reader) if key is ABSENT else bulk.update_one(reader, key)
    with vendor.writing(connection, reads_first=True):
        images = _lock(compiler, reader, key, most=most_in_memory() if bulk else None)
        if images is None:
            assert bulk is not None
            return bulk.update_by_image(reader)
        if not images:
            return nothing
        if key is ABSENT:
            run = _narrowed(run, plan, images)
        return _update(compiler, run, plan, columns, images)


def _bulk(compiler: Any, plan: Plan, columns: tuple[Column, ...], key: Any) -> Bulk | None:
    """The means to have the database record the update, where that can be and is worth it."""
    if compiler.query.related_updates:
        return None
    if key is not ABSENT:
        if not vendor_of(compiler.connection).one_statement:
            return None
        # A statement that looks for itself whether it changes the row cannot leave it to the
        # outcome whether somebody is asked for.
        options = plan.table.options if plan.table else None
        demanding = options is None or options.require_actor or options.require_reason
        if demanding or not settled():
            return None
    return Bulk.of(compiler, plan, columns)


def _lock(compiler: Any, reader: Reader, key: Any, *, most: int | None) -> list[Image] | None:
    """The rows that the statement will change, and no others from here on; None if too many."""
    if key is not ABSENT:
        return reader.of_key(key)
    return reader.matching(compiler.query, most=most)


def _narrowed(run: Run, plan: Plan, images: Sequence[Image]) -> Run:
    """`run`, on just the rows that were read."""

    def narrowed(compiler: Any) -> Any:
        results = []
        for batch in batches(compiler.connection, plan, images):
            restrict(compiler.query, batch)
            results.append(run(compiler))
        first, *others = results
        return sum(others, start=first) if first is not None else None

    return narrowed


def _update(
    compiler: Any, run: Run, plan: Plan, columns: Sequence[Column], images: Sequence[Image]
) -> Any:
    scribe = Scribe(compiler.connection, plan)
    forecast = Forecast(compiler.query, plan, columns)
    steps = [Step(image, forecast.of(image)) for image in images]
    unknown = forecast.unforeseen
    if not unknown:
        steps = [step for step in steps if step.changes]
        if not steps:
            return run(compiler)
    scribe.demand_facts()
    result = run(compiler)
    if unknown:
        steps = _read_back(Reader.of(compiler.connection, plan, tuple(unknown)), steps)
    scribe.write(steps)
    return result


def _read_back(reader: Reader, steps: Sequence[Step]) -> list[Step]:
    """Complete the steps with the columns that only the database knew."""
    found = reader.of_keys([step.before.pk for step in steps if step.before])
    completed = []
    for step in steps:
        assert step.before is not None
        assert step.after is not None
        after = found.get(step.before.pk)
        if after is not None:
            values = {**step.after.values, **after.values}
            completed.append(Step(step.before, replace(step.after, values=values)))
    return completed


class Forecast:
    """What an UPDATE's assignments will make of a row, as far as that can be told."""

    def __init__(self, query: Any, plan: Plan, columns: Sequence[Column]) -> None:
        self.keys = plan.keys
        self.unforeseen: list[Column] = []
        self.constant: dict[str, Any] = {}
        self.by_key: dict[str, Mapping[Any, Any]] = {}
        assigned = {field.attname: value for field, _model, value in query.values}
        for column in columns:
            if column.field.attname in assigned:
                self._foresee(column, assigned[column.field.attname])
            elif column.field.generated:
                self.unforeseen.append(column)

    def of(self, image: Image) -> Image:
        """The row after the update, without the unforeseen columns."""
        values = {**image.values, **self.constant}
        for column in self.unforeseen:
            del values[column.field.attname]
        for attname, found in self.by_key.items():
            values[attname] = found.get(image.object_pk)
        return Image(pk=image.pk, object_pk=image.object_pk, values=values)

    def _foresee(self, column: Column, value: Any) -> None:
        attname, foresee = column.field.attname, column.codec.foresee
        if isinstance(value, Model):
            value = value.prepare_database_save(column.field)
        if isinstance(value, Value):
            value = value.value
        found = foresee(value)
        if found is not UNFORESEEN:
            self.constant[attname] = found
            return
        by_key = _values_by_key(value, self.keys)
        foreseen = {key: foresee(each) for key, each in by_key.items()}
        if foreseen and not any(each is UNFORESEEN for each in foreseen.values()):
            self.by_key[attname] = foreseen
        else:
            self.unforeseen.append(column)


def _values_by_key(expression: Any, keys: Sequence[Column]) -> dict[str, Any]:
    """The constants that `bulk_update()` assigns, by object key; none for other expressions.

    It writes `CASE WHEN pk = 1 THEN … WHEN pk = 2 THEN … END`, in a cast on PostgreSQL.
    """
    if isinstance(expression, Cast):
        (expression,) = expression.get_source_expressions()
    if not isinstance(expression, Case) or len(keys) != 1 or not _is_null(expression.default):
        return {}
    found = {}
    for when in expression.cases:
        key = key_of_exact(when.condition, keys[0])
        if key is ABSENT or not isinstance(when.result, Value):
            return {}
        found[pk_text([keys[0].codec.encode(key)])] = when.result.value
    return found


def _is_null(expression: Any) -> bool:
    return isinstance(expression, Value) and expression.value is None


def _capture_moved(compiler: Any, run: Run, plan: Plan, nothing: Any) -> Any:
    """Execute an UPDATE that assigns primary keys: each row goes, and comes back elsewhere."""
    connection = compiler.connection
    reader = Reader.of(connection, plan, plan.columns)
    scribe = Scribe(connection, plan)
    scribe.demand_facts()
    with vendor_of(connection).writing(connection, reads_first=True):
        images = reader.matching(compiler.query) or []
        if not images:
            return nothing
        keys = _new_keys(compiler, plan, images)
        result = _narrowed(run, plan, images)(compiler)
        after = reader.of_keys(keys)
        gone = [Step(before=image, after=None) for image in images]
        come = [Step(before=None, after=image) for image in after.values()]
        scribe.write(gone + come)
    return result


def _new_keys(compiler: Any, plan: Plan, images: Sequence[Image]) -> list[tuple[Any, ...]]:
    """The primary keys that the rows are about to get; expressions computed by the database."""
    assigned = {field: value for field, _model, value in compiler.query.values}
    values = [assigned.get(key.field, F(key.field.name)) for key in plan.keys]
    expressions = {
        f"_key{position}": ExpressionWrapper(value, output_field=key.field)
        for position, (key, value) in enumerate(zip(plan.keys, values, strict=True))
        if hasattr(value, "resolve_expression")
    }
    if not expressions:
        return [tuple(values)]
    select: Any = Query(plan.model)
    select.add_filter("pk__in", pks_of(images))
    for name, expression in expressions.items():
        select.add_annotation(expression, name, select=True)
    select.clear_select_clause()
    select.set_annotation_mask(expressions)
    rows = select.get_compiler(connection=compiler.connection, using=compiler.using).results_iter()
    return [
        tuple(computed.get(f"_key{position}", value) for position, value in enumerate(values))
        for computed in (dict(zip(expressions, row, strict=True)) for row in rows)
    ]
