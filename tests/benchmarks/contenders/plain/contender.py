from typing import ClassVar

from tests.benchmarks.contenders.base import Contender


class Plain(Contender):
    """The same model, not audited."""

    audits: ClassVar[bool] = False


CONTENDER = Plain
