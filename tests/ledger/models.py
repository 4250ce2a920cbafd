"""Audited models that demand facts, hold secrets, and have clerks of their own."""

from django.db import models

from auditable import AuditedModel, auditable


@auditable(fields=["amount"])
class Transfer(AuditedModel):
    amount = models.IntegerField(default=0)
    note = models.CharField(max_length=50, blank=True)


@auditable(fields=["amount"], require_actor=True)
class Payout(AuditedModel):
    amount = models.IntegerField(default=0)


@auditable(fields=["amount"], require_actor=True, require_reason=True)
class Writeoff(AuditedModel):
    amount = models.IntegerField(default=0)


def last_four(number: str) -> str:
    return f"…{number[-4:]}"


def leaky(pin: str) -> str:
    return str(int(pin))


@auditable(fields=["holder"], mask_fields={"number": last_four, "pin": leaky})
class Card(AuditedModel):
    holder = models.CharField(max_length=50)
    number = models.CharField(max_length=19)
    pin = models.CharField(max_length=32, default="1234")


@auditable(fields=["owner"], mask_fields=["iban", "limit"])
class BankAccount(AuditedModel):
    owner = models.CharField(max_length=50)
    iban = models.CharField(max_length=34, null=True)
    old_iban = models.CharField(max_length=34, blank=True)
    limit = models.DecimalField(max_digits=12, decimal_places=2, null=True)


@auditable(mask_fields=["iban"], fields=["iban"])
class Mandate(AuditedModel):
    """Holds the same secret as an account, in another model."""

    iban = models.CharField(max_length=34, null=True)


class Clerk(models.Model):
    """Someone who acts and is no user of the project's user model."""

    name = models.CharField(max_length=50)

    is_authenticated = True

    def get_username(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A service that is a row."""

    secret = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.secret
