"""Who writes where no context reaches."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from auditable import process
from auditable.context import FrozenActor
from auditable.facts import current_facts

ROOT = Path(__file__).parents[2]
ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (
            ["/srv/shop/manage.py", "import_transfers", "--token=s3cret"],
            "manage.py import_transfers",
        ),
        (["manage.py", "shell"], "manage.py shell"),
        (["/venv/bin/django-admin", "migrate"], "django-admin migrate"),
        (["/venv/lib/django/__main__.py", "migrate"], "django-admin migrate"),
        (["/venv/bin/shop", "import_transfers"], "shop import_transfers"),
        (["/venv/bin/gunicorn", "shop.wsgi", "--password", "s3cret"], "gunicorn"),
        (["/venv/lib/uvicorn/__main__.py", "shop.asgi:application"], "uvicorn"),
        (["/home/ada/nightly.py", "s3cret"], "nightly.py"),
        (["-c", "s3cret"], "python -c"),
        ([""], "python shell"),
        ([], "python shell"),
    ],
)
def test_a_process_is_named_by_its_program_and_its_command_and_no_other_argument(
    monkeypatch, argv, name
):
    monkeypatch.setattr(sys, "argv", argv)
    process.program.cache_clear()
    try:
        assert process.program() == name
    finally:
        process.program.cache_clear()


def test_the_user_is_the_one_of_the_operating_system_whatever_the_environment_says(monkeypatch):
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "somebody else")
    process.os_user.cache_clear()
    assert process.os_user() == ME


def test_a_user_without_an_account_is_his_number(monkeypatch):
    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    process.os_user.cache_clear()
    try:
        assert process.os_user() == str(os.geteuid())
    finally:
        process.os_user.cache_clear()


def test_no_context_is_not_the_same_as_nobody():
    facts = current_facts()
    name = process.program()
    assert (facts.actor_type, facts.actor_id, facts.actor_repr) == (
        "system",
        name,
        f"{name} ({ME})",
    )
    assert FrozenActor("system", name, f"{name} ({ME})") != FrozenActor("anonymous", "", "")


# --- Real processes


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "project_settings.py").write_text(
        f"""
SECRET_KEY = "only for tests"
INSTALLED_APPS = ["auditable", "tests.ledger"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{
    "default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {str(folder / "db.sqlite3")!r}}}
}}
USE_TZ = True
"""
    )
    (folder / "manage.py").write_text(
        "import sys\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(sys.argv)\n"
    )
    run(folder, "manage.py", "migrate", "--run-syncdb", "-v0")
    return folder


def run(folder: Path, *arguments: str, text: str = "") -> list[str]:
    paths = {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}", "LOGNAME": "somebody else"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | paths | {"DJANGO_SETTINGS_MODULE": "project_settings"},
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


SHOW = """
from auditable.models import AuditEntry
from tests.ledger.models import Transfer
Transfer.objects.create()
entry = AuditEntry.objects.first()
print(entry.actor_type, entry.actor_id, entry.actor_repr, sep="|")
"""


def test_a_management_command_is_named_with_the_user_of_the_operating_system(project):
    command = f"system|manage.py import_transfers|manage.py import_transfers ({ME})"
    assert run(project, "manage.py", "import_transfers")[-4:] == [
        command,
        command,
        "service|importer|importer",
        command,
    ]


def test_a_command_of_django_itself_is_named_too(project):
    (*_, last) = run(project, "-m", "django", "import_transfers")
    assert last == f"system|django-admin import_transfers|django-admin import_transfers ({ME})"


def test_a_shell_is_named(project):
    (*_, last) = run(project, "manage.py", "shell", "-c", SHOW)
    assert last == f"system|manage.py shell|manage.py shell ({ME})"


def test_a_script_is_named(project):
    (project / "nightly.py").write_text(f"import django\ndjango.setup()\n{SHOW}")
    (*_, last) = run(project, "nightly.py", "s3cret")
    assert last == f"system|nightly.py|nightly.py ({ME})"


def test_python_itself_is_named(project):
    (*_, last) = run(project, "-c", f"import django\ndjango.setup()\n{SHOW}")
    assert last == f"system|python -c|python -c ({ME})"
