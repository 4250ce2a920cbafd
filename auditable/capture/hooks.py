"""Where Django executes a write, and how the capture gets between.

The three methods replaced here are the only door: `Query.get_compiler()` hands out these classes
or a backend's subclasses of them, and none of Django's backends executes a write elsewhere. A
model that is not audited pays one dictionary lookup a statement.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models.constants import OnConflict
from django.db.models.sql.compiler import (
    SQLDeleteCompiler,
    SQLInsertCompiler,
    SQLUpdateCompiler,
)

from ..context import is_disabled
from ..exceptions import AppendOnlyError
from ..models import AuditEntry
from ..trail import REFUSAL
from . import deletes, inserts, updates
from .watch import plan_for

__all__ = ["install", "is_installed"]

Method = Callable[..., Any]


def install() -> None:
    """Put the capture between Django and the database; once, however often it is called."""
    if is_installed():
        return
    _replace(SQLInsertCompiler, "execute_sql", _around_insert)
    _replace(SQLUpdateCompiler, "execute_sql", _around_update)
    if hasattr(SQLUpdateCompiler, "execute_returning_sql"):  # Django 6.0
        _replace(SQLUpdateCompiler, "execute_returning_sql", _around_returning_update)
    _replace(SQLDeleteCompiler, "execute_sql", _around_delete)


def is_installed() -> bool:
    """Whether the capture is in place."""
    methods = [
        SQLInsertCompiler.execute_sql,
        SQLUpdateCompiler.execute_sql,
        SQLDeleteCompiler.execute_sql,
        getattr(SQLUpdateCompiler, "execute_returning_sql", None),
    ]
    return all(getattr(method, "captures", False) for method in methods if method)


def _replace(compiler: type[Any], name: str, around: Callable[[Method], Method]) -> None:
    captured = around(getattr(compiler, name))
    captured.captures = True  # type: ignore[attr-defined]
    setattr(compiler, name, captured)


def _around_insert(original: Method) -> Method:
    @wraps(original)
    def execute_sql(self: Any, returning_fields: Any = None) -> Any:
        plan = plan_for(self.query.model)
        if plan is None or is_disabled():
            if self.query.on_conflict == OnConflict.UPDATE:
                _refuse_entries(self.query.model)
            return original(self, returning_fields)
        return inserts.capture(self, original, plan, returning_fields)

    return execute_sql


def _around_update(original: Method) -> Method:
    @wraps(original)
    def execute_sql(self: Any, result_type: Any) -> Any:
        model = self.query.model
        plan = plan_for(model)
        if plan is None or is_disabled():
            _refuse_entries(model)
            return original(self, result_type)
        return updates.capture(self, lambda compiler: original(compiler, result_type), plan, 0)

    return execute_sql


def _around_returning_update(original: Method) -> Method:
    @wraps(original)
    def execute_returning_sql(self: Any, returning_fields: Any) -> Any:
        if not returning_fields or not self.connection.features.can_return_rows_from_update:
            return original(self, returning_fields)  # which goes on through `execute_sql`
        model = self.query.model
        plan = plan_for(model)
        if plan is None or is_disabled():
            _refuse_entries(model)
            return original(self, returning_fields)
        return updates.capture(
            self, lambda compiler: original(compiler, returning_fields), plan, []
        )

    return execute_returning_sql


def _around_delete(original: Method) -> Method:
    @wraps(original)
    def execute_sql(self: Any, *args: Any, **kwargs: Any) -> Any:
        model = self.query.model
        plan = plan_for(model)
        if plan is None or is_disabled():
            _refuse_entries(model)
            return original(self, *args, **kwargs)
        return deletes.capture(self, lambda compiler: original(compiler, *args, **kwargs), plan)

    return execute_sql


def _refuse_entries(model: Any) -> None:
    if model is AuditEntry:
        raise AppendOnlyError(REFUSAL)
