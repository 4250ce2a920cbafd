"""The processes that do the work, one a contender and database, driven from here."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks import databases

ROOT = Path(__file__).parents[2]


class LaneError(Exception):
    """The contender raised an error, or its process died."""


@dataclass
class Lane:
    """One contender on one database."""

    contender: str
    vendor: str
    folder: Path
    durable: bool = False
    suffix: str = ""
    """Tells apart several lanes of one contender."""

    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def database(self) -> str:
        return f"{self.contender}{self.suffix}"

    @property
    def settings(self) -> dict[str, Any]:
        return databases.settings(self.vendor, self.database, self.folder, durable=self.durable)

    def open(self, rows: int) -> None:
        databases.create(self.vendor, self.database, self.folder)
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.benchmarks.worker",
                self.contender,
                json.dumps(self.settings),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ask("start")
        self.ask("migrate", rows=rows)

    def ask(self, do: str, **arguments: Any) -> Mapping[str, Any]:
        process = self.process
        if process is None or process.stdin is None or process.stdout is None:
            raise LaneError("it was not started")
        try:
            process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise LaneError(f"the process ended with {process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LaneError(answer["error"], answer["traceback"])
        return answer

    def close(self) -> None:
        if self.process is not None:
            if self.process.stdin is not None:
                self.process.stdin.close()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        databases.drop(self.vendor, self.database, self.folder)
