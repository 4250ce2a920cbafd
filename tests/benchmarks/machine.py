"""On what, with what and when a run was made; no names of hosts or paths."""

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders import missing, version_of


def description(options: Any) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory": _memory(),
        },
        "python": platform.python_version(),
        "django": metadata.version("django"),
        "driver": _version("psycopg"),
        "databases": {},
        "contenders": {
            name: version_of(name) for name in options.contenders if missing(name) is None
        },
        "rounds": options.scale.rounds,
        "quick": options.quick,
        "durable": options.durable,
        "cpu": options.cpu,
    }


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _memory() -> str:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / 2**30:.0f} GiB"
