from django.db import models

from auditable import AuditedModel, auditable


@auditable(fields=["rate"])
class Tariff(AuditedModel):
    rate = models.DecimalField(max_digits=6, decimal_places=2)
