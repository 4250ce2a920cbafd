from auditlog.models import AuditlogHistoryField
from auditlog.registry import auditlog

from tests.benchmarks import columns
from tests.benchmarks.names import NAMED


class Customer(columns.CustomerColumns):
    pass


class Payment(columns.PaymentColumns):
    history = AuditlogHistoryField()


class Draft(columns.PaymentColumns):
    pass


class Balance(columns.BalanceColumns):
    pass


auditlog.register(Payment, include_fields=list(NAMED))
auditlog.register(Balance, include_fields=["amount"])
