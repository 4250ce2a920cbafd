"""Django's tasks, from Django itself or from the package, and the backends of the tests."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from auditable.contrib.tasks import CarriesContext

PACKAGE = "django.tasks" if find_spec("django.tasks") else "django_tasks"

# Whatever test imports this is skipped where there are no tasks at all.
tasks: Any = pytest.importorskip(PACKAGE, reason="neither Django 6 nor django-tasks is here")
Immediate: Any = import_module(f"{PACKAGE}.backends.immediate").ImmediateBackend
Dummy: Any = import_module(f"{PACKAGE}.backends.dummy").DummyBackend


class Carrying(CarriesContext, Immediate):
    """All its tasks carry their context, with no decorator of theirs."""


if find_spec("django_tasks_db"):
    Stored: Any = import_module("django_tasks_db").DatabaseBackend

    class StoredCarrying(CarriesContext, Stored):
        """The same, for a worker of another process."""
