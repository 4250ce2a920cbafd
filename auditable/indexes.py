"""Indexes of the log that each database gets in the form it does best."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Index, Model, Q
from django.db.models.lookups import Exact, In

__all__ = ["AppendedIndex", "SparseCharField", "SparseIndex"]


class AppendedIndex(Index):
    """An index of a column that only grows: BRIN on PostgreSQL, a thousandth of a B-tree's size.

    BRIN fits rows that lie in the order of the column, as those of an append-only table do:
    https://www.postgresql.org/docs/current/brin.html
    """

    def create_sql(
        self,
        model: type[Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Any:
        if schema_editor.connection.vendor == "postgresql":
            using = " USING brin"
        return super().create_sql(model, schema_editor, using=using, **kwargs)


class SparseCharField(models.CharField):  # type: ignore[type-arg]
    """A column with one value so frequent, and so little asked for, that its index leaves it out.

    SQLite uses a partial index only where the query states the condition of the index itself
    (https://www.sqlite.org/partialindex.html), so conditions on this column do.
    """

    def __init__(self, *args: Any, left_out: str = "", **kwargs: Any) -> None:
        self.left_out = left_out
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "left_out": self.left_out}


class _StatesTheCondition:
    """Mixed into a lookup of a `SparseCharField`."""

    def as_sqlite(self: Any, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        sql, params = super().as_sql(compiler, connection)  # type: ignore[misc]
        left_out = self.lhs.output_field.left_out
        asked = self.rhs if isinstance(self.rhs, list | tuple | set | frozenset) else [self.rhs]
        if not all(isinstance(value, str) and value != left_out for value in asked):
            return sql, params
        lhs, lhs_params = self.process_lhs(compiler, connection)
        return f"({sql} AND NOT ({lhs} = %s))", (*params, *lhs_params, left_out)


@SparseCharField.register_lookup
class SparseExact(_StatesTheCondition, Exact):
    """`=`."""


@SparseCharField.register_lookup
class SparseIn(_StatesTheCondition, In):
    """`IN`."""


class SparseIndex(Index):
    """An index of the rows whose `sparse` field holds another value than the one left out.

    Of all rows, where there are no partial indexes: Django's `condition` would leave MariaDB
    without any index, and warn of that on every check.
    """

    def __init__(self, *expressions: Any, sparse: str, **kwargs: Any) -> None:
        self.sparse = sparse
        super().__init__(*expressions, **kwargs)

    def deconstruct(self) -> Any:
        path, expressions, kwargs = super().deconstruct()
        return path, expressions, {**kwargs, "sparse": self.sparse}

    def create_sql(
        self,
        model: type[Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Any:
        condition = None
        if schema_editor.connection.features.supports_partial_indexes:
            field: Any = model._meta.get_field(self.sparse)
            # Not by the field's own lookups: they are for those who ask.
            condition = ~Q(Exact(models.F(self.sparse), models.Value(field.left_out)))
        plain = Index(fields=self.fields, name=self.name, condition=condition)
        return plain.create_sql(model, schema_editor, using=using, **kwargs)
