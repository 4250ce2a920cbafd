"""The pytest plugin, in projects that have nothing but the installed package."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

PROJECT = {
    "settings": """
        SECRET_KEY = "only for a test"
        INSTALLED_APPS = ["django.contrib.contenttypes", "auditable", "parcels"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        USE_TZ = True
    """,
    "parcels/__init__": "",
    "parcels/models": """
        from django.db import models

        from auditable import AuditedModel, auditable


        @auditable(fields=["weight"], require_reason=True)
        class Parcel(AuditedModel):
            weight = models.IntegerField(default=0)
    """,
    "conftest": """
        import pytest
        from parcels.models import Parcel


        @pytest.fixture
        def parcel(db, audit_silenced):
            return Parcel.objects.create(weight=1)
    """,
    "test_parcels": """
        import pytest
        from auditable import MissingContextError, audit_context
        from auditable.test import created, updated
        from parcels.models import Parcel

        pytestmark = pytest.mark.django_db


        def test_entries(assert_audited):
            with assert_audited(created(Parcel, weight=3)), audit_context(reason="new"):
                Parcel.objects.create(weight=3)


        def test_other_entries(assert_audited):
            with pytest.raises(AssertionError, match="update Parcel"):
                with assert_audited(updated(Parcel)), audit_context(reason="new"):
                    Parcel.objects.create(weight=3)


        @pytest.mark.usefixtures("audit_silenced")
        def test_silence():
            assert Parcel.objects.create().audit_trail.count() == 0


        def test_a_fixture_after_the_silence(parcel):
            assert parcel.audit_trail.count() == 0


        def test_silence_ends_with_its_test():
            with pytest.raises(MissingContextError):
                Parcel.objects.create()
    """,
}

# Plugins of others have warnings of their own.
STRICTLY = ("-W", "error", "-p", "no:asyncio")

WITHOUT_DJANGO = """
    import sys

    from django.apps import apps
    from django.conf import settings


    def test_the_plugin_is_loaded_and_nothing_is_set_up():
        assert "auditable.test.plugin" in sys.modules
        assert "auditable.models" not in sys.modules
        assert not settings.configured
        assert not apps.ready
"""


@pytest.fixture(autouse=True)
def without_settings(monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)


def test_the_fixtures_are_there_in_a_project_of_django(pytester):
    pytester.makeini("[pytest]\nDJANGO_SETTINGS_MODULE = settings\npythonpath = .\n")
    pytester.mkdir("parcels")
    pytester.makepyfile(**PROJECT)

    done = pytester.runpytest_subprocess(*STRICTLY)

    done.assert_outcomes(passed=5)


@pytest.mark.parametrize("plugins", [(), ("-p", "no:django")], ids=["pytest-django", "pytest"])
def test_a_project_without_django_runs_as_ever(pytester, plugins):
    pytester.makepyfile(WITHOUT_DJANGO)

    done = pytester.runpytest_subprocess(*STRICTLY, *plugins)

    done.assert_outcomes(passed=1)
    assert done.ret == pytest.ExitCode.OK


def test_the_fixtures_are_listed_with_what_they_do(pytester):
    done = pytester.runpytest_subprocess("--fixtures", "-p", "no:django")

    listed = [line.strip() for line in done.outlines]
    for name, does in {
        "assert_audited": "Assert that a block writes these entries: the context manager itself.",
        "audit_silenced": "Record nothing of what the test writes, and what the fixtures after "
        "this one write.",
    }.items():
        (place,) = [n for n, line in enumerate(listed) if line.startswith(f"{name} --")]
        assert listed[place + 1] == does


def test_silence_is_refused_where_nothing_has_set_up_the_tests_of_django(pytester):
    pytester.makepyfile("def test_it(audit_silenced): pass")

    done = pytester.runpytest_subprocess("-p", "no:django")

    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["E *.AuditDisabledError: audit_silenced() is for tests, *"])
