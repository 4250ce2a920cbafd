"""What the results say: tables, plots, and whether the honesty checks held."""

from tests.benchmarks.report.failures import failures
from tests.benchmarks.report.plots import write_plots
from tests.benchmarks.report.tables import markdown

__all__ = ["failures", "markdown", "write_plots"]
