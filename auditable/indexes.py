"""Indexes of the log that each database gets in the form it does best."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Index, Model, Q

__all__ = ["AppendedIndex", "FilledIndex"]


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


class FilledIndex(Index):
    """An index of the rows whose first field is not empty; of all, without partial indexes.

    A `condition` would leave MariaDB without any index, and warn of that on every check.
    """

    def create_sql(
        self,
        model: type[Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Any:
        condition = None
        if schema_editor.connection.features.supports_partial_indexes:
            condition = ~Q(**{self.fields[0]: ""})
        plain = Index(fields=self.fields, name=self.name, condition=condition)
        return plain.create_sql(model, schema_editor, using=using, **kwargs)
