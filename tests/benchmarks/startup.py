"""What a library adds to the start of a process: run alone, prints seconds and bytes as JSON."""

import json
import sys
import time
from pathlib import Path
from typing import Any


def measure_startup(contender: str, database: dict[str, Any]) -> dict[str, float]:
    from tests.benchmarks.configuration import settings_for
    from tests.benchmarks.measure import resident

    configured = settings_for(contender, database)
    # Django itself is in the process already, as in any that serves: the rest is what is loaded.
    import django
    from django.conf import settings

    settings.configure(**configured)
    before, start = resident(), time.perf_counter()
    django.setup()
    return {"seconds": time.perf_counter() - start, "bytes": resident() - before}


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    print(json.dumps(measure_startup(sys.argv[1], json.loads(sys.argv[2]))))
