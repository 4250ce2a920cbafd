"""The databases that the tests run on, picked by AUDITABLE_TEST_DATABASE.

Each vendor has two aliases, `default` and `other`, so that every promise can be tested on an
alias that is not the default one. Servers are found through the variables that their own
clients read (PGHOST, MYSQL_HOST, ...), with a local server as the default.

`python -m tests.databases NAME` says in one line whether that database can be used here, and
exits with 0 if so.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ALIASES = ("default", "other")
DATABASES = ("sqlite", "postgresql", "mariadb")

VARIABLE = "AUDITABLE_TEST_DATABASE"
DATABASE = os.environ.get(VARIABLE) or "sqlite"

# Runs at the same time, of another terminal or another checkout, must not share databases.
# Workers of pytest-xdist share the identifier of their run and add a suffix of their own.
RUN = (
    os.environ.get("AUDITABLE_TEST_NAME")
    or os.environ.get("PYTEST_XDIST_TESTRUNUID", "")[:8]
    or str(os.getpid())
)


class UnreachableError(Exception):
    """The database can't be used here; the text says why, in one line."""


def settings(database: str = DATABASE) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for one of the names in `DATABASES`."""
    if database not in DATABASES:
        expected = ", ".join(DATABASES)
        message = f"{VARIABLE} is {database!r}, but must be one of {expected}."
        raise UnreachableError(message)
    make = {"sqlite": _sqlite, "postgresql": _postgresql, "mariadb": _mariadb}[database]
    return {alias: make(alias) for alias in ALIASES}


def use_files(configured: dict[str, dict[str, Any]], folder: Path) -> None:
    """Have SQLite's test databases made in files of this folder, instead of in memory.

    Threads have connections of their own then, as in real life, and the locks of the shared
    in-memory cache, which no real database has, don't get in their way.
    """
    for alias in ALIASES:
        if configured[alias]["ENGINE"].endswith("sqlite3"):
            configured[alias]["TEST"]["NAME"] = str(folder / f"{alias}.sqlite3")


def check(database: str = DATABASE) -> str:
    """The version of the server, or `UnreachableError`."""
    configured = settings(database)["default"]
    return {"sqlite": _check_sqlite, "postgresql": _check_postgresql, "mariadb": _check_mariadb}[
        database
    ](configured)


def _sqlite(alias: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {"init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF"},
        "TEST": {"NAME": None},
    }


def _postgresql(alias: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "HOST": os.environ.get("PGHOST", "127.0.0.1"),
        "PORT": os.environ.get("PGPORT", "5432"),
        "USER": os.environ.get("PGUSER", "postgres"),
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
        "TEST": {"NAME": f"auditable_{RUN}_{alias}"},
    }


def _mariadb(alias: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "",
        "HOST": os.environ.get("MYSQL_HOST", "127.0.0.1"),
        "PORT": os.environ.get("MYSQL_TCP_PORT", "3306"),
        "USER": os.environ.get("MYSQL_USER", "root"),
        "PASSWORD": os.environ.get("MYSQL_PWD", ""),
        "OPTIONS": {"charset": "utf8mb4"},
        "TEST": {"NAME": f"auditable_{RUN}_{alias}", "CHARSET": "utf8mb4"},
    }


def _check_sqlite(configured: dict[str, Any]) -> str:
    return f"SQLite {import_module('sqlite3').sqlite_version}"


def _check_postgresql(configured: dict[str, Any]) -> str:
    where = f"PostgreSQL at {configured['HOST']}:{configured['PORT']}"
    driver = _driver("psycopg", where)
    try:
        with driver.connect(
            host=configured["HOST"],
            port=configured["PORT"],
            user=configured["USER"],
            password=configured["PASSWORD"],
            dbname=configured["NAME"],
            connect_timeout=5,
        ) as connection:
            return f"PostgreSQL {connection.info.parameter_status('server_version')}"
    except driver.Error as error:
        raise UnreachableError(f"{where} can't be reached: {_one_line(error)}") from error


def _check_mariadb(configured: dict[str, Any]) -> str:
    where = f"MariaDB at {configured['HOST']}:{configured['PORT']}"
    driver = _driver("MySQLdb", where)
    try:
        connection = driver.connect(
            host=configured["HOST"],
            port=int(configured["PORT"]),
            user=configured["USER"],
            password=configured["PASSWORD"],
            connect_timeout=5,
        )
    except driver.Error as error:
        raise UnreachableError(f"{where} can't be reached: {_one_line(error)}") from error
    version = connection.get_server_info()
    connection.close()
    return f"MariaDB {version}"


def _driver(name: str, where: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        message = f"{where} can't be reached: the driver {name} is not installed"
        raise UnreachableError(message) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def main(names: list[str]) -> int:
    for name in names or [DATABASE]:
        try:
            print("usable:", check(name))
        except UnreachableError as error:
            print(error)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
