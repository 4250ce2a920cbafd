"""What the demo shows in a terminal, and in a file where there is none."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from shutil import get_terminal_size
from textwrap import wrap
from time import monotonic
from typing import TextIO, TypeVar

from auditable.models import AuditEntry

from .wording import Step, steps

T = TypeVar("T")
Paint = Callable[[str], str]


def width(stream: TextIO) -> int:
    """Return how wide to write: the terminal's width between 80 and 100, 80 without one."""
    return max(80, min(get_terminal_size().columns, 100)) if stream.isatty() else 80


def make_lenient(stream: TextIO) -> None:
    """Replace what the stream's encoding lacks (an arrow, a dash) instead of failing on it."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def python(folder: Path) -> str:
    """Return how to call this Python from a folder: in an environment that is not active, by path.

    A throw-away environment, such as the one that nox makes, lies in the checkout.
    """
    checkout = folder.parents[1]
    if checkout in Path(sys.executable).parents:
        return os.path.relpath(sys.executable, folder)
    return "python"


def with_progress(items: list[T], label: str, stream: TextIO = sys.stderr) -> Iterator[T]:
    """Hand on the items: a bar in a terminal, a line for each fifth elsewhere."""
    show = _bar if stream.isatty() else _line
    shown, total, started = -1, len(items), monotonic()
    for done, item in enumerate(items):
        if (percent := 100 * done // total) != shown:
            shown = percent
            show(stream, label, percent, monotonic() - started)
        yield item
    show(stream, label, 100, monotonic() - started)


def _bar(stream: TextIO, label: str, percent: int, seconds: float) -> None:
    filled = "#" * (percent * 30 // 100)
    end = "\n" if percent == 100 else ""
    stream.write(f"\r{label} [{filled:.<30}] {percent:3} %  {seconds:5.1f} s{end}")
    stream.flush()


def _line(stream: TextIO, label: str, percent: int, seconds: float) -> None:
    if percent % 20 == 0:
        stream.write(f"{label} {percent:3} %  {seconds:5.1f} s\n")
        stream.flush()


def table(
    heads: Iterable[str], rows: Iterable[Iterable[object]], *, texts: int = 1, indent: str = "  "
) -> Iterator[str]:
    """Yield the lines of a table: the first `texts` columns to the left, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (
            cell.ljust(size) if at < texts else cell.rjust(size)
            for at, (cell, size) in enumerate(zip(row, widths, strict=True))
        )
        yield indent + "  ".join(padded).rstrip()


def paragraph(text: str, columns: int) -> list[str]:
    """Return the text in lines that fit; its own line breaks stay."""
    return [part for line in text.split("\n") for part in wrap(line, columns) or [""]]


def trail_lines(entries: Iterable[AuditEntry], columns: int, title: Paint) -> Iterator[str]:
    """Yield the lines that tell a trail: a heading an entry, a line a change."""
    for entry in entries:
        happened = entry.metadata.get("happened", f"{entry.timestamp:%Y-%m-%d %H:%M}")
        heading = f"{happened}  {entry.action}  by {entry.actor_type} {entry.actor_repr}"
        yield title(heading)
        why = "  ".join(filter(None, (entry.reason, entry.correlation_id)))
        if why:
            yield f"  {why}"[:columns]
        for step in steps(entry):
            yield from step_lines(step, columns)


def step_lines(step: Step, columns: int) -> Iterator[str]:
    """Yield the line of a step, or several where it is long."""
    yield from wrap(
        " → ".join(filter(None, (step.before, step.after))),
        width=columns,
        initial_indent=f"    {step.field:<16}",
        subsequent_indent=" " * 20,
    )
