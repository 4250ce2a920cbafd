"""One contender in a process of its own: takes commands on stdin, answers on stdout, in JSON."""

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

Answer = Mapping[str, Any]


class Worker:
    """Answers the commands; Django must be set up."""

    def __init__(self, contender: Any) -> None:
        self.contender = contender
        self.works: dict[tuple[str, int], Any] = {}

    def migrate(self, rows: int) -> Answer:
        from django.core.management import call_command
        from django.db import connection

        from tests.benchmarks.databases import tidy
        from tests.benchmarks.rows import seed

        # The shop's own tables come last: some refer to tables that migrations make.
        call_command("migrate", verbosity=0)
        call_command("migrate", run_syncdb=True, verbosity=0)
        self.contender.install()
        seed(self.contender, rows)
        tidy(connection)
        return {}

    def count(self, work: str, size: int) -> Answer:
        """Statements and memory of one run, after one that warms up; not timed."""
        from django.db import connection

        from tests.benchmarks import measure
        from tests.benchmarks.contenders.base import NotAudited
        from tests.benchmarks.honesty import Finding

        try:
            self._sample(work, size, lambda task: task.run())
        except NotAudited:
            return {"statements": 0, "allocation": 0, "finding": Finding.SILENT, "detail": ""}
        with measure.statements(connection) as counted:
            # Preparing asks the database too: count from the start of the work.
            def run(task: Any) -> int:
                counted.count = 0
                peak = measure.peak_allocation(task.run)
                self.statements = counted.count
                return peak

            allocation, verdict = self._sample(work, size, run)
        return {
            "statements": self.statements,
            "allocation": allocation,
            "finding": verdict.finding,
            "detail": verdict.detail,
        }

    def time(self, work: str, size: int, *, cpu: bool = False) -> Answer:
        from tests.benchmarks import measure

        elapsed, verdict = self._sample(work, size, lambda task: measure.seconds(task.run, cpu=cpu))
        return {"seconds": elapsed, "finding": verdict.finding, "detail": verdict.detail}

    def _sample(self, name: str, size: int, run: Callable[[Any], Any]) -> tuple[Any, Any]:
        task = self._task(name, size)
        task.prepare()
        mark = self.contender.mark()
        try:
            result = run(task)
            return result, task.verify(mark)
        finally:
            task.cleanup()

    def _task(self, name: str, size: int) -> Any:
        from tests.benchmarks.works import WORKS

        if (name, size) not in self.works:
            task = WORKS[name](self.contender, size)
            task.arrange()
            self.works[name, size] = task
        return self.works[name, size]

    def tidy(self) -> Answer:
        from django.db import connection

        from tests.benchmarks.databases import tidy

        tidy(connection, (*self.contender.log_tables, self.contender.Payment._meta.db_table))
        return {}

    def special(self, name: str, number: int) -> Answer:
        from tests.benchmarks import special

        return getattr(special, name)(self.contender, number)

    def profile(self, work: str, size: int, tool: str) -> Answer:
        from tests.benchmarks.profiling import profiled

        for _ in range(2):
            self.time(work, size)
        text, _ = self._sample(work, size, lambda task: profiled(task.run, tool))
        return {"text": text}


def start(contender: str, database: dict[str, Any]) -> Worker:
    import django
    from django.conf import settings

    from tests.benchmarks.configuration import settings_for
    from tests.benchmarks.contenders import load

    settings.configure(**settings_for(contender, database))
    django.setup()
    return Worker(load(contender))


def serve(contender: str, database: dict[str, Any]) -> None:
    # What a library prints must not end up among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    answer = partial(print, file=answers, flush=True)
    worker: Worker | None = None
    for line in sys.stdin:
        command = json.loads(line)
        try:
            if command["do"] == "start":
                worker = start(contender, database)
                answer(json.dumps({}))
            else:
                answer(json.dumps(getattr(worker, command.pop("do"))(**command)))
        except Exception as error:  # noqa: BLE001 - whatever a contender raises is its result
            text = f"{type(error).__name__}: {error}".strip()
            answer(json.dumps({"error": text[:500], "traceback": traceback.format_exc()}))


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    serve(sys.argv[1], json.loads(sys.argv[2]))
