"""What auditing costs: `python -m tests.benchmarks --help`."""
