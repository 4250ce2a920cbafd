"""What holds for the project as a whole."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command

PYPROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())


def classified(prefix: str) -> list[str]:
    """The versions that the classifiers promise, oldest first."""
    pattern = re.compile(rf"{re.escape(prefix)} :: (\d+\.\d+)")
    found = map(pattern.fullmatch, PYPROJECT["project"]["classifiers"])
    return [match[1] for match in found if match]


def test_every_django_of_the_classifiers_is_in_the_matrix():
    assert list(PYPROJECT["tool"]["auditable"]["matrix"]["django"]) == classified(
        "Framework :: Django"
    )


def test_the_oldest_python_of_the_classifiers_is_the_one_required():
    oldest = classified("Programming Language :: Python")[0]

    assert PYPROJECT["project"]["requires-python"] == f">={oldest}"


def test_the_oldest_django_of_the_classifiers_is_the_one_required():
    assert f"django>={classified('Framework :: Django')[0]}" in PYPROJECT["project"]["dependencies"]


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run")
