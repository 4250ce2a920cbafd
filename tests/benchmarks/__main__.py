"""The command line."""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.contenders import SPECS
from tests.benchmarks.contenders.specs import POSTGRESQL, SQLITE
from tests.benchmarks.lanes import Lane
from tests.benchmarks.plan import BY_NAME, FULL, QUICK
from tests.benchmarks.run import SECTIONS, Options, Results, run, say


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    if given.profile:
        return _profile(given)
    if given.from_json:
        results = Results.from_json(given.from_json.read_text())
    else:
        results = run(_options(given), lambda so_far: _keep(so_far, given.json))
    _keep(results, given.json)
    if given.plots:
        report.write_plots(results, given.plots)
    text = report.markdown(results, plots=given.plots is not None)
    if given.markdown:
        given.markdown.parent.mkdir(parents=True, exist_ok=True)
        given.markdown.write_text(text)
    print(text)
    failures = report.failures(results)
    for failure in failures:
        say(f"FAILED: {failure}")
    return 1 if failures else 0


def _keep(results: Results, file: Path | None) -> None:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(results.to_json())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="What auditing costs, beside plain Django, a hand-written floor and the peers.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="about a minute: checks honesty, times mean little"
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="NAMES",
        help=f"contenders ({', '.join(SPECS)}), works ({', '.join(BY_NAME)}) "
        f"and sections ({', '.join(SECTIONS)}), with commas; a kind not named is taken whole, "
        "except that naming works or sections leaves out the others",
    )
    parser.add_argument("--rounds", type=int, help="samples of each work")
    parser.add_argument("--databases", default=f"{SQLITE},{POSTGRESQL}")
    parser.add_argument(
        "--entries", type=int, nargs="+", help="sizes of the log for growth, such as 10000000"
    )
    parser.add_argument(
        "--million",
        nargs="?",
        type=int,
        const=1_000_000,
        metavar="ROWS",
        help="also update() this many rows of a narrow table, and a tenth of them",
    )
    parser.add_argument("--durable", action="store_true", help="let each commit wait for the disk")
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="for a busy machine: count the processor time of the contender's process, "
        "which leaves out a server's",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="write SVG plots there")
    parser.add_argument(
        "--from-json", type=Path, metavar="FILE", help="no run: report on these results"
    )
    parser.add_argument(
        "--profile",
        metavar="WORK",
        help="run one work under a profiler; the contender is `auditable` or the one in --only",
    )
    parser.add_argument("--profiler", choices=("cprofile", "pyinstrument"), default="cprofile")
    return parser


def _options(given: argparse.Namespace) -> Options:
    scale = QUICK if given.quick else FULL
    if given.rounds:
        scale = replace(scale, rounds=given.rounds, startup_rounds=given.rounds)
    if given.entries:
        scale = replace(scale, growth=tuple(given.entries))
    only = [name for name in given.only.split(",") if name]
    unknown = [name for name in only if name not in {*SPECS, *BY_NAME, *SECTIONS}]
    if unknown:
        raise SystemExit(f"--only: unknown {', '.join(unknown)}")
    chosen = any(name in BY_NAME or name in SECTIONS for name in only)
    sections = [name for name in SECTIONS if name in only or not chosen]
    if not given.million and "million" not in only and "million" in sections:
        sections.remove("million")
    if given.million and "million" not in sections:
        sections.append("million")
    return Options(
        contenders=tuple(name for name in SPECS if name in only) or tuple(SPECS),
        works=tuple(name for name in BY_NAME if name in only or not chosen),
        sections=tuple(sections),
        vendors=tuple(given.databases.split(",")),
        scale=scale,
        quick=given.quick,
        durable=given.durable,
        cpu=given.cpu,
        million=given.million or 1_000_000,
    )


def _profile(given: argparse.Namespace) -> int:
    contenders = [name for name in given.only.split(",") if name in SPECS] or ["auditable"]
    work = BY_NAME[given.profile]
    size = work.quick if given.quick else work.size
    vendor = given.databases.split(",")[0]
    with tempfile.TemporaryDirectory(prefix="auditable-bench-") as folder:
        for contender in contenders:
            lane = Lane(contender=contender, vendor=vendor, folder=Path(folder), suffix="_profile")
            try:
                lane.open((QUICK if given.quick else FULL).rows)
                answer = lane.ask("profile", work=work.name, size=size, tool=given.profiler)
                print(f"{contender}, {work.titled(size)}, {vendor}, size {size}\n{answer['text']}")
            finally:
                lane.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
