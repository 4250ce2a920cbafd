from auditable import AuditedModel, auditable
from tests.benchmarks import columns
from tests.benchmarks.names import NAMED


class Customer(columns.CustomerColumns):
    pass


@auditable(fields=NAMED)
class Payment(columns.PaymentColumns, AuditedModel):
    pass


class Draft(columns.PaymentColumns):
    pass


@auditable(fields=["amount"])
class Balance(columns.BalanceColumns, AuditedModel):
    pass
