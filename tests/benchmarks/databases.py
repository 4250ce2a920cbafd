"""One database a lane: an SQLite file in WAL mode, or a database of its own on PostgreSQL."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders.specs import POSTGRESQL, SQLITE

PREFIX = f"auditable_bench_{os.getpid()}_"
"""Runs at the same time do not meet."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where PostgreSQL listens, from the environment variables that psql reads."""

    host: str
    port: str
    user: str
    password: str

    @classmethod
    def from_environment(cls) -> "Server":
        return cls(
            host=os.environ.get("PGHOST", "127.0.0.1"),
            port=os.environ.get("PGPORT", "5432"),
            user=os.environ.get("PGUSER", "postgres"),
            password=os.environ.get("PGPASSWORD", ""),
        )

    def connect(self) -> Any:
        import psycopg

        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )


def unreachable(vendor: str) -> str | None:
    """Why this database cannot take part, if so."""
    if vendor == SQLITE:
        return None
    try:
        Server.from_environment().connect().close()
    except ImportError:
        return "psycopg is not installed"
    except Exception as error:  # noqa: BLE001 - whatever the driver says is the reason
        return str(error).strip().splitlines()[0]
    return None


def create(vendor: str, name: str, folder: Path) -> None:
    drop(vendor, name, folder)
    if vendor == POSTGRESQL:
        with Server.from_environment().connect() as connection:
            connection.execute(f'CREATE DATABASE "{PREFIX}{name}"')


def drop(vendor: str, name: str, folder: Path) -> None:
    if vendor == SQLITE:
        for path in folder.glob(f"{name}.sqlite3*"):
            path.unlink()
        return
    with Server.from_environment().connect() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{PREFIX}{name}" WITH (FORCE)')


def settings(vendor: str, name: str, folder: Path, *, durable: bool) -> dict[str, Any]:
    """The entry in `DATABASES`.

    Unless `durable`, no commit waits for the disk: the wait is the same for all, varies much,
    and would hide what they differ in.
    """
    if vendor == SQLITE:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / f"{name}.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 30,
                "init_command": (
                    "PRAGMA journal_mode=WAL; "
                    f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'};"
                ),
            },
        }
    server = Server.from_environment()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": f"{PREFIX}{name}",
        "HOST": server.host,
        "PORT": server.port,
        "USER": server.user,
        "PASSWORD": server.password,
        "CONN_MAX_AGE": None,
        "OPTIONS": {} if durable else {"options": "-c synchronous_commit=off"},
    }


def version(vendor: str) -> str:
    if vendor == SQLITE:
        import sqlite3

        return sqlite3.sqlite_version
    with Server.from_environment().connect() as connection:
        return str(connection.execute("SHOW server_version").fetchone()[0]).split()[0]


def sizes(connection: Any, tables: tuple[str, ...]) -> Mapping[str, int]:
    """Bytes of these tables, and of all their indexes."""
    measure = _sizes_postgresql if connection.vendor == "postgresql" else _sizes_sqlite
    with connection.cursor() as cursor:
        parts = [measure(cursor, table) for table in tables]
    return {"table": sum(part[0] for part in parts), "indexes": sum(part[1] for part in parts)}


def _sizes_postgresql(cursor: Any, table: str) -> tuple[int, int]:
    cursor.execute("SELECT pg_table_size(%s::regclass), pg_indexes_size(%s::regclass)", [table] * 2)
    return cursor.fetchone()


def _sizes_sqlite(cursor: Any, table: str) -> tuple[int, int]:
    cursor.execute("SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE name = %s", [table])
    (of_table,) = cursor.fetchone()
    cursor.execute(
        "SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE name IN "
        "(SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = %s)",
        [table],
    )
    (of_indexes,) = cursor.fetchone()
    return of_table, of_indexes


def tidy(connection: Any, tables: Sequence[str] = ()) -> None:
    """Leave nothing of these tables, or of all, to be done in the next one's measured time."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE " + ", ".join(f'"{table}"' for table in tables))
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if not tables:
                cursor.execute("ANALYZE")
