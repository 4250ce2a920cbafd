"""One call under a profiler, as text."""

import cProfile
import io
import pstats
from collections.abc import Callable


def profiled(call: Callable[[], object], tool: str) -> str:
    return _pyinstrument(call) if tool == "pyinstrument" else _cprofile(call)


def _cprofile(call: Callable[[], object]) -> str:
    profile = cProfile.Profile()
    profile.runcall(call)
    out = io.StringIO()
    statistics = pstats.Stats(profile, stream=out).strip_dirs()
    statistics.sort_stats("cumulative").print_stats(45)
    statistics.sort_stats("tottime").print_stats(30)
    return out.getvalue()


def _pyinstrument(call: Callable[[], object]) -> str:
    from pyinstrument import Profiler

    profiler = Profiler(interval=0.0001)
    with profiler:
        call()
    return profiler.output_text(unicode=True, color=False, show_all=True)
