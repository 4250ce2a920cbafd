import os

from django.db import models

from auditable import AuditedModel, auditable

# The project makes its first migration before it audits anything: auditing must add nothing to it.
if os.environ.get("BEFORE_AUDITING"):
    Base, audited = models.Model, lambda model: model
else:
    Base, audited = AuditedModel, auditable(fields=["weight", "status"])


@audited
class Parcel(Base):
    weight = models.DecimalField(max_digits=6, decimal_places=2)
    status = models.CharField(max_length=16, default="packed")
    note = models.TextField(blank=True)
