from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.test.utils import isolate_apps, override_settings

from auditable import AuditedModel, auditable, checks
from auditable.models import AuditEntry
from tests.shop.models import Customer


def ids(messages: list[Any]) -> list[str]:
    return [message.id for message in messages]


def test_the_test_project_is_clean() -> None:
    for check in (
        checks.check_decorated,
        checks.check_settings,
        checks.check_routing,
        checks.check_capture,
        checks.check_database_deletions,
    ):
        assert check() == []


def test_a_subclass_that_is_not_decorated() -> None:
    with isolate_apps("tests.shop") as isolated:

        class Forgotten(AuditedModel):
            class Meta:
                app_label = "shop"

        (message,) = checks.check_decorated(isolated.get_app_configs())
    assert message.id == "auditable.E001"
    assert message.obj is Forgotten
    assert "@auditable(fields=[…])" in str(message.hint)


@override_settings(AUDITABLE={"BATCHSIZE": 5, "BATCH_SIZE": "many"})
def test_settings() -> None:
    messages = checks.check_settings()
    assert ids(messages) == ["auditable.E002", "auditable.E002"]
    assert "Did you mean 'BATCH_SIZE'?" in str(messages[0].hint)


@override_settings(AUDITABLE={"IMPERSONATOR": "tests.nowhere.behind"})
def test_a_path_that_leads_nowhere() -> None:
    (message,) = checks.check_settings()
    assert str(message) == (
        "?: (auditable.E002) AUDITABLE['IMPERSONATOR'] names what cannot be imported.\n"
        "\tHINT: Importing 'tests.nowhere.behind' raises ModuleNotFoundError: "
        "No module named 'tests.nowhere'. Give a function that takes a request and returns a user "
        "or None, its dotted path, or None."
    )


class KeepsTheLogOut:
    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if app_label == "auditable" and db == "other" else None


@override_settings(DATABASE_ROUTERS=["tests.test_checks.KeepsTheLogOut"])
def test_routing() -> None:
    messages = checks.check_routing()
    assert set(ids(messages)) == {"auditable.E003"}
    assert "'other'" in messages[0].msg


def test_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.models.sql.compiler import SQLUpdateCompiler

    monkeypatch.setattr(SQLUpdateCompiler, "execute_sql", lambda *_: None)
    assert ids(checks.check_capture()) == ["auditable.E004"]


@pytest.mark.skipif(not hasattr(models, "DB_CASCADE"), reason="new in Django 6.1")
def test_database_level_deletions() -> None:
    with isolate_apps("tests.shop") as isolated:

        class Below(models.Model):
            one = models.ForeignKey(Customer, models.DB_SET_NULL, null=True, related_name="+")
            two = models.ForeignKey(Customer, models.DB_CASCADE, related_name="+")

            class Meta:
                app_label = "shop"

        auditable(fields=["one"])(Below)
        found = checks.check_database_deletions(isolated.get_app_configs())
    assert ids(found) == ["auditable.W002", "auditable.W003"]


@pytest.mark.django_db
def test_django_has_nothing_to_say_of_the_log() -> None:
    assert AuditEntry.check(databases=["default"]) == []
