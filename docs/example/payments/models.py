"""What a payment provider keeps: shops, their payments, refunds and payouts."""

from django.db import models
from django.urls import reverse

from auditable import AuditedModel, auditable


class Risk(models.TextChoices):
    """How closely a shop is watched."""

    LOW = "low"
    RAISED = "raised"
    HIGH = "high"


class PaymentStatus(models.TextChoices):
    """Where a payment stands."""

    AUTHORISED = "authorised"
    EXPIRED = "expired"
    CAPTURED = "captured"
    SETTLED = "settled"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"


class RefundStatus(models.TextChoices):
    """Where a refund stands."""

    REQUESTED = "requested"
    PAID = "paid"
    REJECTED = "rejected"


class PayoutStatus(models.TextChoices):
    """Where a payout stands."""

    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"


class Tag(models.Model):
    """A label. Not decorated: its rows are not recorded, and writing them costs nothing more."""

    name = models.CharField(max_length=32, unique=True)

    def __str__(self) -> str:
        return self.name


@auditable(fields=["reference", "name", "email", "risk", "chargebacks"])
class Customer(AuditedModel):
    """A shop that takes payments through us."""

    reference = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=80)
    email = models.EmailField()
    country = models.CharField(max_length=2)
    risk = models.CharField(max_length=8, choices=Risk, default=Risk.LOW)
    chargebacks = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


@auditable(fields=["reference", "customer", "amount", "currency", "status"])
class Payout(AuditedModel):
    """What we send to a shop's bank: the sum of some of its payments."""

    reference = models.CharField(max_length=24, unique=True)
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, blank=True, related_name="payouts"
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=8, choices=PayoutStatus, default=PayoutStatus.SENT)

    def __str__(self) -> str:
        return self.reference


@auditable(
    fields=[
        "reference",
        "customer",
        "payout",
        "amount",
        "currency",
        "fee",
        "refunded",
        "status",
        "disputes",
        "captured_at",
        "evidence_due",
        "tags",
    ]
)
class Payment(AuditedModel):
    """Money that a payer owes a shop."""

    reference = models.CharField(max_length=16, unique=True)
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, blank=True, related_name="payments"
    )
    payout = models.ForeignKey(
        Payout, models.SET_NULL, null=True, blank=True, related_name="payments"
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    fee = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    refunded = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    status = models.CharField(
        max_length=16, choices=PaymentStatus, default=PaymentStatus.AUTHORISED
    )
    disputes = models.PositiveSmallIntegerField(default=0)
    captured_at = models.DateTimeField(null=True, blank=True)
    evidence_due = models.DateField(null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="payments")

    # Not named, so the log never holds them: personal data, and what staff jot down.
    payer_email = models.EmailField(blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Return the page that shows the payment beside its trail."""
        return reverse("payments:payment", args=[self.pk])


@auditable(fields=["reference", "payment", "amount", "status"])
class Refund(AuditedModel):
    """Money that goes back to the payer."""

    reference = models.CharField(max_length=16, unique=True)
    payment = models.ForeignKey(Payment, models.CASCADE, related_name="refunds")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    status = models.CharField(max_length=16, choices=RefundStatus, default=RefundStatus.REQUESTED)

    def __str__(self) -> str:
        return self.reference
