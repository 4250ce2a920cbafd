"""A whole run: who takes part, in which order, and what comes out."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks import databases, machine
from tests.benchmarks.contenders import SPECS, missing
from tests.benchmarks.honesty import Finding
from tests.benchmarks.lanes import ROOT, Lane, LaneError
from tests.benchmarks.plan import BY_NAME, CHECKED, READING, Planned, Scale

SECTIONS = ("startup", "storage", "growth", "million")
"""Parts of a run that are no repeated work; the last one only on demand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    contenders: tuple[str, ...]
    works: tuple[str, ...]
    sections: tuple[str, ...]
    vendors: tuple[str, ...]
    scale: Scale
    quick: bool = False
    durable: bool = False
    cpu: bool = False
    million: int = 1_000_000


@dataclass(kw_only=True)
class Outcome:
    """What one contender did of one work on one database."""

    database: str
    contender: str
    work: str
    size: int
    finding: str = Finding.TRUE
    detail: str = ""
    statements: int = 0
    allocation: int = 0
    seconds: list[float] = field(default_factory=list)

    def saw(self, answer: Mapping[str, Any]) -> None:
        """Remember the worst finding."""
        order = list(Finding)
        if order.index(Finding(answer["finding"])) > order.index(Finding(self.finding)) or (
            answer["finding"] == self.finding and not self.detail
        ):
            self.finding, self.detail = answer["finding"], answer["detail"]


@dataclass(kw_only=True)
class Results:
    """All that a run found; what the reports are made from."""

    meta: dict[str, Any]
    works: list[Outcome] = field(default_factory=list)
    startup: list[dict[str, Any]] = field(default_factory=list)
    storage: list[dict[str, Any]] = field(default_factory=list)
    growth: list[dict[str, Any]] = field(default_factory=list)
    million: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        return json.dumps(_rounded(asdict(self)), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Results":
        data = json.loads(text)
        works = [Outcome(**outcome) for outcome in data.pop("works")]
        return cls(works=works, **data)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


_BEGIN = time.monotonic()


def say(text: str) -> None:
    print(f"[{time.monotonic() - _BEGIN:5.0f} s] {text}", file=sys.stderr, flush=True)


def run(options: Options, keep: Callable[[Results], None] = lambda _: None) -> Results:
    """Measure all that `options` ask for; `keep` is handed what there is after each part."""
    results = Results(meta=machine.description(options))
    with tempfile.TemporaryDirectory(prefix="auditable-bench-") as folder:
        for vendor in options.vendors:
            reason = databases.unreachable(vendor)
            if reason:
                _leave_out(results, f"{vendor}: {reason}")
                continue
            results.meta["databases"][vendor] = databases.version(vendor)
            for _ in _parts(vendor, options, Path(folder), results):
                keep(results)
    return results


def _leave_out(results: Results, line: str) -> None:
    say(f"left out: {line}")
    results.left_out.append(line)


def _parts(vendor: str, options: Options, folder: Path, results: Results) -> Iterator[None]:
    lanes = [
        Lane(contender=name, vendor=vendor, folder=folder, durable=options.durable)
        for name in _takers(vendor, options, results)
    ]
    with opened(lanes, options.scale.rows, results) as open_lanes:
        for name in options.works:
            say(f"{vendor}: {name}")
            able = [lane for lane in open_lanes if not _has_nothing_to_read(lane, name)]
            results.works += _interleaved(able, BY_NAME[name], options)
            yield
        if "storage" in options.sections:
            results.storage += _storage(open_lanes, options.scale.storage_updates, results)
            yield
    present = [lane for lane in lanes if lane in open_lanes]
    if options.quick:
        present = [lane for lane in present if lane.contender in CHECKED]
    if "startup" in options.sections:
        say(f"{vendor}: start of a process")
        results.startup += _startup(present, options.scale.startup_rounds)
        yield
    if "growth" in options.sections:
        results.growth += _growth(present, options, results)
        yield
    if "million" in options.sections:
        results.million += _million(present, options.million, results)
        yield


def _has_nothing_to_read(lane: Lane, work: str) -> bool:
    return lane.contender == "plain" and BY_NAME[work].group == READING


def _takers(vendor: str, options: Options, results: Results) -> Iterator[str]:
    for name in options.contenders:
        if vendor not in SPECS[name].databases:
            continue
        reason = missing(name)
        if reason:
            _leave_out(results, f"{SPECS[name].title} on {vendor}: {reason}")
        else:
            yield name


@contextmanager
def opened(lanes: Sequence[Lane], rows: int, results: Results) -> Iterator[list[Lane]]:
    """Start the processes; leave out whoever cannot start beside this Python and Django."""

    def try_to_open(lane: Lane) -> str | None:
        try:
            lane.open(rows)
        except LaneError as error:
            return str(error.args[0])
        return None

    try:
        with ThreadPoolExecutor(2) as pool:
            reasons = list(pool.map(try_to_open, lanes))
        ready = []
        for lane, reason in zip(lanes, reasons, strict=True):
            if reason:
                _leave_out(results, f"{SPECS[lane.contender].title} on {lane.vendor}: {reason}")
            else:
                ready.append(lane)
        yield ready
    finally:
        for lane in lanes:
            lane.close()


def _interleaved(lanes: Sequence[Lane], work: Planned, options: Options) -> list[Outcome]:
    """Rounds of one sample each, so that the machine's moods hit all contenders alike."""
    size = work.quick if options.quick else work.size
    outcomes = {
        lane.database: Outcome(
            database=lane.vendor, contender=lane.contender, work=work.name, size=size
        )
        for lane in lanes
    }
    running = [lane for lane in lanes if _first(lane, outcomes[lane.database])]
    for number in range(options.scale.rounds):
        for lane in rotated(running, number):
            outcome = outcomes[lane.database]
            tired = sum(outcome.seconds) > options.scale.patience
            if outcome.finding == Finding.FAILED or (tired and len(outcome.seconds) >= 3):
                continue
            _attempt(outcome, partial(_timed, lane, work.name, size, options))
    return list(outcomes.values())


def rotated(lanes: Sequence[Lane], number: int) -> list[Lane]:
    """Another one begins in each round, so that nobody always follows the same neighbour."""
    start = number % len(lanes) if lanes else 0
    return [*lanes[start:], *lanes[:start]]


def _first(lane: Lane, outcome: Outcome) -> bool:
    """Count and warm up; False if there is nothing worth timing."""
    answer = _attempt(outcome, lambda: lane.ask("count", work=outcome.work, size=outcome.size))
    if answer is None:
        return False
    outcome.statements, outcome.allocation = answer["statements"], answer["allocation"]
    return outcome.finding not in (Finding.SILENT, Finding.FAILED)


def _timed(lane: Lane, work: str, size: int, options: Options) -> Mapping[str, Any]:
    if not options.quick:
        lane.ask("tidy")
    return lane.ask("time", work=work, size=size, cpu=options.cpu)


def _attempt(outcome: Outcome, call: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any] | None:
    try:
        answer = call()
    except LaneError as error:
        outcome.finding, outcome.detail = Finding.FAILED, str(error.args[0])
        say("\n".join(map(str, error.args)))
        return None
    outcome.saw(answer)
    if "seconds" in answer:
        outcome.seconds.append(answer["seconds"])
    return answer


def _special(lane: Lane, name: str, number: int, results: Results) -> Mapping[str, Any]:
    try:
        return lane.ask("special", name=name, number=number)
    except LaneError as error:
        title = SPECS[lane.contender].title
        _leave_out(results, f"{name} of {title} on {lane.vendor}: {error.args[0]}")
        return {}


def _storage(lanes: Sequence[Lane], updates: int, results: Results) -> list[dict[str, Any]]:
    found = []
    for lane in lanes:
        say(f"{lane.vendor}: storage, {lane.contender}")
        answer = _special(lane, "storage", updates, results)
        if answer:
            found.append({"database": lane.vendor, "contender": lane.contender, **answer})
    return found


def _startup(lanes: Sequence[Lane], rounds: int) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {
        lane.contender: {
            "database": lane.vendor,
            "contender": lane.contender,
            "seconds": [],
            "bytes": [],
        }
        for lane in lanes
    }
    # The first one fills the file system's cache and is not counted.
    for number in range(rounds + 1):
        for lane in rotated(lanes, number):
            command = ["-m", "tests.benchmarks.startup", lane.contender, json.dumps(lane.settings)]
            done = subprocess.run(
                [sys.executable, *command], cwd=ROOT, check=True, capture_output=True, text=True
            )
            if number:
                answer = json.loads(done.stdout)
                found[lane.contender]["seconds"].append(answer["seconds"])
                found[lane.contender]["bytes"].append(answer["bytes"])
    return list(found.values())


def _growth(lanes: Sequence[Lane], options: Options, results: Results) -> list[dict[str, Any]]:
    """Each size of log in a database of its own, measured in turns."""
    scale = options.scale
    grown = [
        replace(lane, suffix=f"_{entries}", process=None)
        for entries in scale.growth
        for lane in lanes
        if lane.contender != "plain"
    ]
    found: list[dict[str, Any]] = []
    with opened(grown, max(scale.growth_size, 200), results) as ready:
        entries = {}
        for lane in ready:
            number = int(lane.suffix.removeprefix("_"))
            start = time.perf_counter()
            answer = _special(lane, "grow", number, results)
            say(f"{lane.vendor}: {lane.database} filled in {time.perf_counter() - start:.0f} s")
            if answer:
                entries[lane.database] = number
        filled = [lane for lane in ready if lane.database in entries]
        for name, size in (("save_changed", scale.growth_size), ("short_trails", 50)):
            say(f"growth, {name}")
            work = replace(BY_NAME["save_changed"], name=name, title=name, size=size, quick=size)
            outcomes = _interleaved(filled, work, options)
            for lane, outcome in zip(filled, outcomes, strict=True):
                found.append({**asdict(outcome), "entries": entries[lane.database]})
    return found


def _million(lanes: Sequence[Lane], rows: int, results: Results) -> list[dict[str, Any]]:
    """A fresh process for each, one after another: nobody else's memory or work counts."""
    found = []
    for lane in lanes:
        if not SPECS[lane.contender].updates_in_one_statement:
            continue
        for number in (rows // 10, rows):
            alone = replace(lane, suffix=f"_rows{number}", process=None)
            say(f"{lane.vendor}: update() of {number:,} rows, {lane.contender}")
            with opened([alone], 0, results) as ready:
                if not ready:
                    continue
                try:
                    answer = alone.ask("special", name="million", number=number)
                except LaneError as error:
                    answer = {"rows": number, "error": str(error.args[0])}
                found.append({"database": lane.vendor, "contender": lane.contender, **answer})
    return found
