from field_audit import audit_fields
from field_audit.models import AuditingManager

from tests.benchmarks import columns
from tests.benchmarks.names import NAMED


class Customer(columns.CustomerColumns):
    pass


@audit_fields(*NAMED, audit_special_queryset_writes=True)
class Payment(columns.PaymentColumns):
    objects = AuditingManager()


class Draft(columns.PaymentColumns):
    pass


@audit_fields("amount", audit_special_queryset_writes=True)
class Balance(columns.BalanceColumns):
    objects = AuditingManager()
