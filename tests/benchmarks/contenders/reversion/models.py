import reversion

from tests.benchmarks import columns
from tests.benchmarks.names import NAMED


class Customer(columns.CustomerColumns):
    pass


@reversion.register(fields=NAMED)
class Payment(columns.PaymentColumns):
    pass


class Draft(columns.PaymentColumns):
    pass


@reversion.register(fields=["amount"])
class Balance(columns.BalanceColumns):
    pass
