"""One kind of work: how to set it up, do it, and check what became of it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from tests.benchmarks import rows
from tests.benchmarks.contenders.base import Contender
from tests.benchmarks.honesty import Finding, Record, Verdict, judge, values


class Work(ABC):
    name: ClassVar[str]

    def __init__(self, contender: Contender, size: int) -> None:
        self.contender = contender
        self.size = size
        self.expected: list[Record] = []
        """What the last sample changed: one record a row."""

    def arrange(self) -> None:  # noqa: B027 - most have nothing to arrange
        """Once, before the first sample."""

    @abstractmethod
    def prepare(self) -> None:
        """Before each sample, untimed: all that is not the work itself."""

    @abstractmethod
    def run(self) -> Any:
        """The work, timed."""

    def cleanup(self) -> None:  # noqa: B027 - nor to clean up
        """After each sample, untimed."""

    def verify(self, mark: Any) -> Verdict:
        """Look at the rows and at what the log gained since `mark`."""
        undone = self._undone()
        if undone:
            return Verdict(Finding.WRONG, undone)
        if not self.contender.audits:
            return Verdict(Finding.UNASKED)
        found = self.contender.records(mark)
        return judge(self.expected, found, exact=self.contender.exact)

    def payments(self, count: int, start: int = 0) -> list[Any]:
        """Rows of the base data, freshly loaded."""
        return list(self.contender.Payment.objects.order_by("pk")[start : start + count])

    def expect(self, action: str, before: Sequence[Any], after: Sequence[Any]) -> None:
        """Expect an entry with these columns for each pair of `(pk, columns)`."""
        self.expected = [
            Record(action=action, pk=str(pk), old=values(old), new=values(new))
            for (pk, old), (_, new) in zip(before, after, strict=True)
        ]

    def _undone(self) -> str:
        """What the tables themselves should hold and do not."""
        keys = [int(record.pk) for record in self.expected]
        held = rows.state_of(self.contender.Payment, keys)
        for record in self.expected:
            row = held.get(record.pk)
            if record.action == "delete":
                if row is not None:
                    return f"row {record.pk} is still there"
            elif row is None or not (record.new or {}).items() <= values(row).items():
                return f"row {record.pk} holds {row}, not {record.new}"
        return ""


def named(payment: Any) -> dict[str, Any]:
    return {
        "amount": payment.amount,
        "status": payment.status,
        "customer": payment.customer_id,
    }


NOTHING: dict[str, Any] = {"amount": None, "status": None, "customer": None}
