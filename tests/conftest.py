from __future__ import annotations

import hypothesis
import pytest
from django.conf import settings

from tests import databases

# A busy machine is no error.
hypothesis.settings.register_profile("tests", deadline=None, print_blob=True)
hypothesis.settings.load_profile("tests")


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
    databases.use_files(settings.DATABASES, tmp_path_factory.mktemp("databases"))
