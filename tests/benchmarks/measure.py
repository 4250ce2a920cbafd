"""Time, statements and memory of a call."""

import ctypes
import gc
import sqlite3
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
_LOCK = "WHERE 0"
"""Ends the statement that changes nothing but takes SQLite's write lock."""


def seconds(call: Callable[[], object], *, cpu: bool = False) -> float:
    clock = time.process_time if cpu else time.perf_counter
    gc.collect()
    start = clock()
    call()
    return clock() - start


def peak_allocation(call: Callable[[], object]) -> int:
    """The most that Python's allocator held during the call, in bytes beyond the start."""
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class Statements:
    """Counts what reaches the database, whichever way; transaction statements aside."""

    def __init__(self) -> None:
        self.count = 0

    def saw(self, statement: Any) -> None:
        text = str(statement).strip()
        if not text.upper().startswith(_TRANSACTION) and not text.endswith(_LOCK):
            self.count += 1


@contextmanager
def statements(connection: Any) -> Iterator[Statements]:
    counted = Statements()
    connection.ensure_connection()
    watch = _watch_psycopg if connection.vendor == "postgresql" else _watch_sqlite
    with watch(connection, counted):
        yield counted


class WatchedConnection(sqlite3.Connection):
    """Nothing but a class that can be patched while statements are counted."""


@contextmanager
def _watch_sqlite(connection: Any, counted: Statements) -> Iterator[None]:
    """Count calls, not the rows of an `executemany`, as `set_trace_callback` would."""
    from django.db.backends.sqlite3.base import SQLiteCursorWrapper

    class Cursor(sqlite3.Cursor):
        execute = _counting(sqlite3.Cursor.execute, counted)
        executemany = _counting(sqlite3.Cursor.executemany, counted)

    class DjangoCursor(SQLiteCursorWrapper, Cursor):
        """Django's own, whose `super()` is the counting one."""

    def cursor(self: Any, factory: Any = None) -> Any:
        chosen = DjangoCursor if factory is SQLiteCursorWrapper else factory or Cursor
        return sqlite3.Connection.cursor(self, chosen)

    patched = {
        "cursor": cursor,
        "execute": lambda self, *args: self.cursor().execute(*args),
        "executemany": lambda self, *args: self.cursor().executemany(*args),
    }
    for name, method in patched.items():
        setattr(WatchedConnection, name, method)
    try:
        yield
    finally:
        for name in patched:
            delattr(WatchedConnection, name)


@contextmanager
def _watch_psycopg(connection: Any, counted: Statements) -> Iterator[None]:
    import psycopg

    originals: dict[tuple[Any, str], Any] = {}
    for cursor_class in (psycopg.Cursor, psycopg.ServerCursor):
        for method in ("execute", "executemany", "copy"):
            if method in vars(cursor_class):
                originals[cursor_class, method] = vars(cursor_class)[method]
    for (cursor_class, method), original in originals.items():
        setattr(cursor_class, method, _counting(original, counted))
    try:
        yield
    finally:
        for (cursor_class, method), original in originals.items():
            setattr(cursor_class, method, original)


def _counting(original: Any, counted: Statements) -> Any:
    def counting(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        counted.saw(query)
        return original(self, query, *args, **kwargs)

    return counting


def resident_growth(call: Callable[[], object]) -> int | None:
    """How far the process grew at most during the call, in bytes; `None` where Linux is not."""
    if not Path("/proc/self/clear_refs").exists():
        return None
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    start = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    call()
    return _status("VmHWM") - start


def resident() -> int:
    return _status("VmRSS") if Path("/proc/self/status").exists() else 0


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)
