"""Who takes part. Importing this needs no configured Django; `load` does."""

from importlib import import_module, metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tests.benchmarks.contenders.specs import SPECS

if TYPE_CHECKING:
    from tests.benchmarks.contenders.base import Contender

__all__ = ["SPECS", "app_of", "load", "missing", "version_of"]


def app_of(name: str) -> str:
    return f"tests.benchmarks.contenders.{SPECS[name].package}"


def load(name: str) -> "Contender":
    """The contender itself; its models must be loaded."""
    module = import_module(f"{app_of(name)}.contender")
    return module.CONTENDER()


def missing(name: str) -> str | None:
    """Why this contender cannot take part, if so."""
    spec = SPECS[name]
    if spec.module is None or find_spec(spec.module):
        return None
    return f"{spec.distribution or spec.module} is not installed"


def version_of(name: str) -> str | None:
    distribution = SPECS[name].distribution
    return metadata.version(distribution) if distribution else None
