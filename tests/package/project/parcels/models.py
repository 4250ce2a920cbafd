from django.db import models

from auditable import AuditedModel, auditable


@auditable(fields=["weight", "status"])
class Parcel(AuditedModel):
    weight = models.DecimalField(max_digits=6, decimal_places=2)
    status = models.CharField(max_length=16, default="packed")
    note = models.TextField(blank=True)
