"""The results as small SVG plots: horizontal bars, one group a work."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tests.benchmarks.contenders import SPECS
from tests.benchmarks.plan import BULK, PLAN, SINGLE, SUBJECT
from tests.benchmarks.report.figures import counts, duration, outcome, seconds
from tests.benchmarks.run import Results

WIDTH, LABEL, BAR, GAP, HEAD = 760, 250, 15, 12, 24
COLOURS = {"plain": "#b8bcc4", "floor": "#7d8590", SUBJECT: "#0b6e4f"}
PEER = "#d9822b"

Group = tuple[str, Sequence[tuple[str, float]]]
"""A title, and the seconds of each contender that counts."""


def write_plots(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for database in results.meta["databases"]:
        for name, group in (("one", SINGLE), ("many", BULK)):
            groups = list(_groups(results, database, group))
            if groups:
                (folder / f"{database}-{name}.svg").write_text(_svg(groups))


def _groups(results: Results, database: str, group: str) -> Iterator[Group]:
    for work in PLAN:
        if work.group != group:
            continue
        bars, size = [], work.size
        for name in results.meta["contenders"]:
            found = outcome(results, database, name, work.name)
            if found is not None and counts(found):
                bars.append((name, seconds(found).middle))
                size = found.size
        if bars:
            yield work.titled(size), bars


def _svg(groups: Sequence[Group]) -> str:
    parts: list[str] = []
    top = 8
    for title, bars in groups:
        parts += _group(title, bars, top)
        top += HEAD + len(bars) * BAR + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" '
        f'font-family="system-ui, sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _group(title: str, bars: Sequence[tuple[str, float]], top: int) -> Iterator[str]:
    longest = max(value for _, value in bars)
    yield f'<text x="8" y="{top + 14}" font-weight="bold" fill="#1f2328">{escape(title)}</text>'
    for number, (name, value) in enumerate(bars):
        y = top + HEAD + number * BAR
        length = max(1, round((WIDTH - LABEL - 90) * value / longest))
        yield (
            f'<text x="{LABEL - 6}" y="{y + 10}" text-anchor="end" fill="#1f2328">'
            f"{escape(SPECS[name].title)}</text>"
            f'<rect x="{LABEL}" y="{y}" width="{length}" height="{BAR - 4}" '
            f'fill="{COLOURS.get(name, PEER)}"/>'
            f'<text x="{LABEL + length + 5}" y="{y + 10}" fill="#1f2328">{duration(value)}</text>'
        )
