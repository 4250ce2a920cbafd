"""The results as Markdown."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tests.benchmarks.contenders import SPECS
from tests.benchmarks.honesty import Finding
from tests.benchmarks.plan import BY_NAME, PLAN, SUBJECT, Planned
from tests.benchmarks.report.failures import budget, extra_statements
from tests.benchmarks.report.figures import (
    Spread,
    counts,
    data_size,
    duration,
    outcome,
    ratio,
    seconds,
    timed,
    times,
)
from tests.benchmarks.run import Outcome, Results

OURS = ("plain", "floor", SUBJECT)
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def markdown(results: Results, *, plots: bool = False) -> str:
    parts: list[str] = [_conditions(results)]
    for database in results.meta["databases"]:
        parts += _database(results, database, plots=plots)
    parts.append(_startup(results))
    if results.left_out:
        parts.append("Left out:\n\n" + "\n".join(f"- {line}" for line in results.left_out))
    return "\n\n".join(part for part in parts if part) + "\n"


def _conditions(results: Results) -> str:
    meta = results.meta
    machine = meta["machine"]
    databases = ", ".join(f"{DATABASES[name]} {v}" for name, v in meta["databases"].items())
    peers = ", ".join(
        dict.fromkeys(
            f"{SPECS[name].distribution} {v}" for name, v in meta["contenders"].items() if v
        )
    )
    waits = "waits for the disk" if meta["durable"] else "does not wait for the disk"
    conditions = (
        f"Measured on {meta['date']}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory']}, {machine['system']}; Python {meta['python']}, "
        f"Django {meta['django']}, {databases}, psycopg {meta['driver']}."
    )
    lines = [
        conditions,
        f"Peers: {peers}." if peers else "",
        f"Up to {meta['rounds']} interleaved rounds; a commit {waits}.",
        "Only the processor time of each contender's own process." if meta["cpu"] else "",
        "A quick run: its times mean little." if meta["quick"] else "",
    ]
    return "\n".join(line for line in lines if line)


def _database(results: Results, database: str, *, plots: bool) -> list[str]:
    title = DATABASES[database]
    sections = [
        ("against plain Django and the floor", _ours(results, database)),
        ("against the peers", _peers(results, database)),
        ("statements", _numbers(results, database, _statements)),
        ("peak memory of the process", _numbers(results, database, _allocation)),
        ("bytes an entry", _storage(results, database)),
        ("growth of the log", _growth(results, database)),
        ("one `update()` of very many rows", _million(results, database)),
    ]
    parts = []
    for heading, table in sections:
        if table:
            parts += [f"## {title}: {heading}", table]
            if plots and heading == "against the peers":
                parts += [f"![{title}: {name}]({database}-{name}.svg)" for name in ("one", "many")]
    return parts


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rows = list(rows)
    if not rows:
        return ""
    rule = ["---", *(["---:"] * (len(head) - 1))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def _works(results: Results, database: str) -> Iterator[Planned]:
    present = {found.work for found in results.works if found.database == database}
    return (work for work in PLAN if work.name in present)


# Ours against the measures


def _ours(results: Results, database: str) -> str:
    head = ["Work", "plain", "floor", SUBJECT, "÷ plain", "÷ floor", "target"]
    return _table(head, (_our_row(results, database, work) for work in _works(results, database)))


def _our_row(results: Results, database: str, work: Planned) -> list[str]:
    found = {name: outcome(results, database, name, work.name) for name in OURS}
    cells = [_cell(found[name]) for name in OURS]
    quick = results.meta["quick"]
    ratios = {name: _ratio(found[SUBJECT], found[name]) for name in ("plain", "floor")}
    shown = [times(spread) if spread else "" for spread in ratios.values()]
    return [_title(found, work), *cells, *shown, "" if quick else _target(work, ratios)]


def _title(found: dict[str, Outcome | None], work: Planned) -> str:
    return work.titled(next((item.size for item in found.values() if item), work.size))


def _ratio(ours: Outcome | None, theirs: Outcome | None) -> Spread | None:
    if ours is None or theirs is None or not counts(ours) or not counts(theirs):
        return None
    return ratio(ours.seconds, theirs.seconds)


def _target(work: Planned, ratios: dict[str, Spread | None]) -> str:
    if work.target is None:
        return ""
    name, most = work.target
    reached = ratios.get(name)
    if reached is None:
        return f"≤ {most:g} × {name}"
    return f"{'met' if reached.middle <= most else '**missed**'}: ≤ {most:g} × {name}"


def _cell(found: Outcome | None) -> str:
    if found is None:
        return ""
    if not counts(found):
        return _mark(found)
    return timed(seconds(found))


def _mark(found: Outcome) -> str:
    return {
        Finding.SILENT: "not audited",
        Finding.WRONG: "wrong",
        Finding.FAILED: "failed",
    }.get(Finding(found.finding), "")


# The peers against ours


def _peers(results: Results, database: str) -> str:
    names = [
        name
        for name in results.meta["contenders"]
        if name not in OURS and any(_have(results, database, name))
    ]
    if not names or SUBJECT not in results.meta["contenders"]:
        return ""
    head = ["Work", SUBJECT, *(SPECS[name].title for name in names)]
    rows, notes = [], _Notes()
    for work in _works(results, database):
        ours = outcome(results, database, SUBJECT, work.name)
        cells = [
            _peer_cell(ours, outcome(results, database, name, work.name), notes) for name in names
        ]
        if any(cells):
            rows.append([work.titled(ours.size if ours else work.size), _cell(ours), *cells])
    explained = (
        "In brackets: the peer's time as a multiple of ours. A time counts only if the log "
        "then held one right record for each change."
    )
    return "\n\n".join(part for part in (_table(head, rows), explained, notes.text()) if part)


def _have(results: Results, database: str, name: str) -> Iterator[bool]:
    return (found.database == database and found.contender == name for found in results.works)


class _Notes:
    """Remarks, numbered as they are first used."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def mark(self, remarks: Iterable[str]) -> str:
        marks = [str(self.numbers.setdefault(text, len(self.numbers) + 1)) for text in remarks]
        return f" ⁽{','.join(marks)}⁾" if marks else ""

    def text(self) -> str:
        return "\n".join(f"{number}. {text}" for text, number in self.numbers.items())


def _peer_cell(ours: Outcome | None, found: Outcome | None, notes: _Notes) -> str:
    if found is None:
        return ""
    remarks = [SPECS[found.contender].remarks.get(found.work, "")]
    if found.finding == Finding.EXTRA:
        remarks.append("a record although no named column changed")
    elif found.finding in (Finding.WRONG, Finding.FAILED) or found.work in ("trail", "trails"):
        remarks.append(found.detail.split("\n")[0][:160])
    marks = notes.mark(dict.fromkeys(remark for remark in remarks if remark))
    if not counts(found):
        return _mark(found) + marks
    spread = _ratio(found, ours)
    multiple = f" (× {spread.middle:.1f})" if spread else ""
    return duration(seconds(found).middle) + multiple + marks


# Plain numbers of all contenders


def _numbers(results: Results, database: str, show: Any) -> str:
    names = [name for name in results.meta["contenders"] if any(_have(results, database, name))]
    rows = []
    for work in _works(results, database):
        found = [outcome(results, database, name, work.name) for name in names]
        size = next((item.size for item in found if item), work.size)
        rows.append([work.titled(size), *(show(results, item) if item else "" for item in found)])
    return _table(["Work", *(SPECS[name].title for name in names)], rows)


def _statements(results: Results, found: Outcome) -> str:
    if found.finding in (Finding.SILENT, Finding.FAILED, Finding.WRONG):
        return _mark(found)
    each = found.statements / (found.size if BY_NAME[found.work].each else 1)
    if found.contender != SUBJECT:
        return f"{each:g}"
    extra, allowed = extra_statements(results, found), budget(found)
    if extra is None or allowed is None:
        return f"{each:g}"
    return f"{each:g} ({extra:+g}, budget {allowed:+g})"


def _allocation(results: Results, found: Outcome) -> str:
    if found.finding in (Finding.SILENT, Finding.FAILED, Finding.WRONG):
        return _mark(found)
    return data_size(found.allocation)


def _storage(results: Results, database: str) -> str:
    rows = [
        [
            SPECS[found["contender"]].title,
            f"{found['table']:.0f}",
            f"{found['indexes']:.0f}",
            f"{found['table'] + found['indexes']:.0f}",
        ]
        for found in results.storage
        if found["database"] == database
    ]
    return _table(["Contender", "table", "indexes", "both"], rows)


def _growth(results: Results, database: str) -> str:
    grown = [found for found in results.growth if found["database"] == database]
    sizes = sorted({found["entries"] for found in grown})
    rows = []
    for name in dict.fromkeys(found["contender"] for found in grown):
        for work, title in (("save_changed", "save"), ("short_trails", "trail of 20")):
            of_size = {
                found["entries"]: found
                for found in grown
                if found["contender"] == name and found["work"] == work and found["seconds"]
            }
            if of_size:
                rows.append([f"{SPECS[name].title}, {title}", *_grown_cells(of_size, sizes)])
    quotient = ["last ÷ first"] if len(sizes) > 1 else []
    return _table(["Work", *(f"{size:,} entries" for size in sizes), *quotient], rows)


def _grown_cells(of_size: dict[int, Any], sizes: Sequence[int]) -> list[str]:
    cells = [
        timed(Spread.of([number / of_size[size]["size"] for number in of_size[size]["seconds"]]))
        if size in of_size
        else ""
        for size in sizes
    ]
    if len(sizes) < 2:
        return cells
    first, last = of_size.get(sizes[0]), of_size.get(sizes[-1])
    quotient = times(ratio(last["seconds"], first["seconds"])) if first and last else ""
    return [*cells, quotient]


def _million(results: Results, database: str) -> str:
    rows = []
    for found in results.million:
        if found["database"] != database:
            continue
        name = f"{SPECS[found['contender']].title}, {found['rows']:,} rows"
        if "error" in found:
            rows.append([name, found["error"][:100], "", "", ""])
            continue
        cells = []
        for kind in ("constant", "expression"):
            one = found[kind]
            recorded = found["contender"] == "plain" or one["entries"] == found["rows"]
            growth = data_size(one["growth"]) if one["growth"] is not None else ""
            cells += [duration(one["seconds"]), growth] if recorded else ["not audited", ""]
        rows.append([name, *cells])
    return _table(
        ["Contender", "constant", "process grew by", "expression", "process grew by"], rows
    )


def _startup(results: Results) -> str:
    """Of one database is enough: the driver is loaded either way."""
    databases = list(dict.fromkeys(found["database"] for found in results.startup))
    parts = []
    for database in databases:
        plain = _started(results, database, "plain")
        rows = []
        for found in results.startup:
            if found["database"] != database or plain is None:
                continue
            took = Spread.of(found["seconds"]).middle - plain[0]
            grew = Spread.of(found["bytes"]).middle - plain[1]
            rows.append(
                [SPECS[found["contender"]].title, f"{took * 1e3:+.0f} ms", f"{grew / 1e6:+.1f} MB"]
            )
        table = _table(["Contender", "time", "memory"], rows[1:])
        if plain and table:
            parts += [
                f"## {DATABASES[database]}: what the library adds to the start of a process",
                f"Plain Django's setup takes {duration(plain[0])} and {data_size(plain[1])}.",
                table,
            ]
    return "\n\n".join(parts)


def _started(results: Results, database: str, contender: str) -> tuple[float, float] | None:
    for found in results.startup:
        if (found["database"], found["contender"]) == (database, contender):
            return Spread.of(found["seconds"]).middle, Spread.of(found["bytes"]).middle
    return None
