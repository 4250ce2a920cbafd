from simple_history.models import HistoricalRecords

from tests.benchmarks import columns
from tests.benchmarks.names import OTHERS


class Customer(columns.CustomerColumns):
    pass


class Payment(columns.PaymentColumns):
    history = HistoricalRecords(excluded_fields=list(OTHERS))


class Draft(columns.PaymentColumns):
    pass


class Balance(columns.BalanceColumns):
    history = HistoricalRecords(excluded_fields=["owner"])
