import pghistory
from django.conf import settings

from tests.benchmarks import columns
from tests.benchmarks.names import NAMED

LEVEL = getattr(pghistory, settings.BENCHMARK_TRIGGER_LEVEL)


def track(*fields: str):
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        fields=list(fields),
        level=LEVEL,
    )


class Customer(columns.CustomerColumns):
    pass


@track(*NAMED)
class Payment(columns.PaymentColumns):
    pass


class Draft(columns.PaymentColumns):
    pass


@track("amount")
class Balance(columns.BalanceColumns):
    pass
