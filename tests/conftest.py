from __future__ import annotations

import pytest
from django.conf import settings

from tests import databases


def pytest_configure(config: pytest.Config) -> None:
    try:
        databases.check()
    except databases.UnreachableError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_report_header() -> str:
    return f"database: {databases.check()} ({databases.VARIABLE}={databases.DATABASE})"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Put SQLite's test databases into files, a folder for each worker."""
    if databases.DATABASE != "sqlite":
        return
    folder = tmp_path_factory.mktemp("databases")
    for alias in databases.ALIASES:
        settings.DATABASES[alias]["TEST"]["NAME"] = str(folder / f"{alias}.sqlite3")
