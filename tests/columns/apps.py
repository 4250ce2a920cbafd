from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate


class ColumnsConfig(AppConfig):
    name = "tests.columns"

    def ready(self) -> None:
        pre_migrate.connect(create_extension, sender=self)


def create_extension(using: str, **kwargs: Any) -> None:
    """What a project does by the operation `HStoreExtension` in a migration."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    from django.contrib.postgres.signals import get_hstore_oids, register_type_handlers

    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS hstore")
    get_hstore_oids.cache_clear()
    register_type_handlers(connection)
