"""System checks: what can only be seen once all models and settings are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.db import connections, models, router

from . import conf
from .base import AuditedModel
from .capture.hooks import is_installed
from .models import AuditEntry
from .registry import audited_models, is_audited, options_of

__all__ = [
    "check_capture",
    "check_database_deletions",
    "check_decorated",
    "check_routing",
    "check_settings",
]

Configs = Sequence[AppConfig] | None


@register(Tags.models)
def check_decorated(app_configs: Configs = None, **_: Any) -> list[CheckMessage]:
    """Every concrete model that inherits from `AuditedModel` says what is audited."""
    return [
        Error(
            f"{model._meta.label} inherits from AuditedModel but is not decorated: "
            "nothing of it is recorded.",
            hint="Decorate it with @auditable(fields=[…]), or inherit from models.Model.",
            obj=model,
            id="auditable.E001",
        )
        for model in _models(app_configs)
        if issubclass(model, AuditedModel)
        and not model._meta.proxy
        and not is_audited(model)
        and not any(map(is_audited, model._meta.all_parents))
    ]


@register()
def check_settings(app_configs: Configs = None, **_: Any) -> list[CheckMessage]:
    """The keys of `AUDITABLE` exist, and have values that can be used."""
    return [
        Error(problem.message, hint=problem.hint, id="auditable.E002")
        for problem in conf.problems()
    ]


@register(Tags.models)
def check_routing(app_configs: Configs = None, **_: Any) -> list[CheckMessage]:
    """The log's table is on every database that an audited model is on."""
    return [
        Error(
            f"{model._meta.label} is on the database {alias!r}, where the routers do not allow "
            "the audit log: its writes there would fail.",
            hint="Let allow_migrate() return True for app label 'auditable' on that database.",
            obj=model,
            id="auditable.E003",
        )
        for model in _audited(app_configs)
        for alias in connections
        if router.allow_migrate_model(alias, model)
        and not router.allow_migrate_model(alias, AuditEntry)
    ]


@register()
def check_capture(app_configs: Configs = None, **_: Any) -> list[CheckMessage]:
    """The capture still stands between Django and the database."""
    if is_installed():
        return []
    return [
        Error(
            "Writes are not captured: another package has replaced execute_sql() of Django's "
            "SQL compilers.",
            hint="Put 'auditable' after that package in INSTALLED_APPS.",
            id="auditable.E004",
        )
    ]


@register(Tags.models)
def check_database_deletions(app_configs: Configs = None, **_: Any) -> list[CheckMessage]:
    """Deletions that the database does by itself, and Django never sees (Django 6.1)."""
    found: list[CheckMessage] = []
    for model in _audited(app_configs):
        options = options_of(model)
        named = options.fields if options else ()
        for field in model._meta.local_fields:
            action = str(getattr(field.remote_field, "on_delete", ""))
            if action in {"DB_SET_NULL", "DB_SET_DEFAULT"} and field.name in named:
                found.append(_unseen(model, field, "W002", f"changes by {action}"))
            if action == "DB_CASCADE":
                found.append(_unseen(model, field, "W003", "rows go by DB_CASCADE"))
    return found


def _unseen(model: Any, field: Any, check_id: str, what: str) -> CheckMessage:
    action = str(field.remote_field.on_delete)
    return Warning(
        f"{model._meta.label}.{field.name}: {what}, which the database does by itself: "
        "the log does not show it.",
        hint=f"Use models.{action.removeprefix('DB_')}, which Django carries out and the log sees.",
        obj=model,
        id=f"auditable.{check_id}",
    )


def _models(app_configs: Configs) -> Iterable[type[models.Model]]:
    configs = apps.get_app_configs() if app_configs is None else app_configs
    return [model for config in configs for model in config.get_models()]


def _audited(app_configs: Configs) -> Iterable[type[models.Model]]:
    checked = set(_models(app_configs))
    return [model for model in audited_models() if model in checked]
