"""The tables that every contender audits: 3 named columns, 9 that nobody asked for."""

from django.db import models

from tests.benchmarks.names import STATUSES


class CustomerColumns(models.Model):
    name = models.CharField(max_length=100)

    class Meta:
        abstract = True


class PaymentColumns(models.Model):
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    status = models.CharField(max_length=16, choices=[(name, name) for name in STATUSES])
    customer = models.ForeignKey(
        "shop.Customer", models.SET_NULL, null=True, related_name="%(class)s_set"
    )
    reference = models.CharField(max_length=40)
    currency = models.CharField(max_length=3, default="EUR")
    description = models.TextField(blank=True)
    created_at = models.DateTimeField()
    due_on = models.DateField()
    fee = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    is_test = models.BooleanField(default=False)
    payload = models.JSONField(default=dict)

    class Meta:
        abstract = True


class BalanceColumns(models.Model):
    """A narrow table, for the update of a million rows."""

    owner = models.IntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        abstract = True
