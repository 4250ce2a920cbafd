"""How each kind of event is written, in every style that the ORM has.

Nothing here knows that it is audited: this is the code that a project has anyway.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group, User
from django.db.models import Case, F, Value, When

from .events import Event
from .models import (
    Customer,
    Payment,
    PaymentStatus,
    Payout,
    PayoutStatus,
    Refund,
    RefundStatus,
    Risk,
    Tag,
)

Writer = Callable[[Event], None]
BatchWriter = Callable[[list[Event]], None]


@dataclass(frozen=True, slots=True)
class Play:
    """How events of one kind are played."""

    style: str
    """The ORM calls it is made of, as shown in the summary."""

    write: BatchWriter
    """Write a batch; a batch of one for most kinds."""


PLAYS: dict[str, Play] = {}


def plays_batch(kind: str, style: str) -> Callable[[BatchWriter], BatchWriter]:
    """Register how a batch of events is written."""

    def register(write: BatchWriter) -> BatchWriter:
        PLAYS[kind] = Play(style, write)
        return write

    return register


def plays(kind: str, style: str) -> Callable[[Writer], Writer]:
    """Register how a single event is written."""

    def register(write: Writer) -> Writer:
        PLAYS[kind] = Play(style, lambda events: write(events[0]))
        return write

    return register


def payment_of(event: Event) -> Payment:
    """Load the payment that an event is about."""
    return Payment.objects.get(reference=event.subject)


def tags_of(event: Event) -> list[Tag]:
    """Load the tags that an event names; new ones are made."""
    return [Tag.objects.get_or_create(name=name)[0] for name in event.listed("tags")]


# Staff


@plays("staff.joined", "create(), m2m.add()")
def staff_joined(event: Event) -> None:
    user = User.objects.create_user(
        event.subject,
        password=event.data.get("password"),
        is_staff=True,
        is_superuser="superuser" in event.data,
    )
    user.groups.add(Group.objects.get_or_create(name=event["group"])[0])


@plays("staff.left", "save(update_fields=…)")
def staff_left(event: Event) -> None:
    user = User.objects.get(username=event.subject)
    user.is_active = False
    user.save(update_fields=["is_active"])


@plays("staff.erased", "m2m.clear(), delete()")
def staff_erased(event: Event) -> None:
    user = User.objects.get(username=event.subject)
    user.groups.clear()
    user.delete()


# Customers


@plays_batch("customer.imported", "bulk_create()")
def customer_imported(events: list[Event]) -> None:
    Customer.objects.bulk_create(Customer(reference=e.subject, **e.data) for e in events)


@plays_batch("customer.synced", "bulk_create(update_conflicts=True)")
def customer_synced(events: list[Event]) -> None:
    Customer.objects.bulk_create(
        [Customer(reference=e.subject, **e.data) for e in events],
        update_conflicts=True,
        unique_fields=["reference"],
        update_fields=["name", "email", "country"],
    )


@plays("customer.edited", "update_or_create()")
def customer_edited(event: Event) -> None:
    Customer.objects.update_or_create(reference=event.subject, defaults={"name": event["name"]})


@plays("risk.reviewed", "update(Case(When(…)))")
def risk_reviewed(event: Event) -> None:
    grade = Case(
        When(chargebacks__gt=2, then=Value(Risk.HIGH)),
        When(chargebacks__gt=0, then=Value(Risk.RAISED)),
        default=Value(Risk.LOW),
    )
    Customer.objects.update(risk=grade)


@plays("customer.merged", "related.update(), delete()")
def customer_merged(event: Event) -> None:
    kept = Customer.objects.get(reference=event["into"])
    gone = Customer.objects.get(reference=event.subject)
    gone.payments.update(customer=kept)
    gone.payouts.update(customer=kept)
    gone.delete()


@plays("customer.closed", "delete(), on_delete=SET_NULL")
def customer_closed(event: Event) -> None:
    Customer.objects.get(reference=event.subject).delete()


# Payments


@plays_batch("payment.imported", "bulk_create()")
def payment_imported(events: list[Event]) -> None:
    customers = {customer.reference: customer for customer in Customer.objects.all()}
    Payment.objects.bulk_create(
        Payment(
            reference=event.subject,
            customer=customers[event["customer"]],
            amount=Decimal(event["amount"]),
            currency=event["currency"],
            status=PaymentStatus.SETTLED,
            captured_at=event.moment("created"),
            created_at=event.moment("created"),
        )
        for event in events
    )


@plays("payment.authorised", "related.create()")
def payment_authorised(event: Event) -> None:
    Customer.objects.get(reference=event["customer"]).payments.create(
        reference=event.subject,
        amount=event["amount"],
        currency=event["currency"],
        payer_email=event["payer"],
        created_at=event.at,
    )


@plays("payment.captured", "save()")
def payment_captured(event: Event) -> None:
    payment = payment_of(event)
    payment.status = PaymentStatus.CAPTURED
    payment.fee = Decimal(event["fee"])
    payment.captured_at = event.at
    payment.save()


@plays("payment.corrected", "save()")
def payment_corrected(event: Event) -> None:
    payment = payment_of(event)
    payment.amount = Decimal(event["amount"])
    payment.save()


@plays("payment.tagged", "m2m.add()")
def payment_tagged(event: Event) -> None:
    payment_of(event).tags.add(*tags_of(event))


@plays("payment.untagged", "m2m.set()")
def payment_untagged(event: Event) -> None:
    payment_of(event).tags.set(tags_of(event))


@plays("payments.expired", "update(…)")
def payments_expired(event: Event) -> None:
    stale = Payment.objects.filter(
        status=PaymentStatus.AUTHORISED, created_at__lt=event.moment("before")
    )
    stale.update(status=PaymentStatus.EXPIRED)


@plays("fees.raised", "update(F(…))")
def fees_raised(event: Event) -> None:
    pending = Payment.objects.filter(status=PaymentStatus.CAPTURED, payout=None)
    pending.update(fee=F("fee") + Decimal(event["extra"]))


@plays("payers.forgotten", "update(…), unnamed column")
def payers_forgotten(event: Event) -> None:
    Payment.objects.filter(created_at__lt=event.moment("before")).update(payer_email="")


@plays("tag.retired", "reverse m2m.clear()")
def tag_retired(event: Event) -> None:
    tag = Tag.objects.get(name=event.subject)
    tag.payments.clear()
    tag.delete()


@plays("retention.purged", "QuerySet.delete(), cascade")
def retention_purged(event: Event) -> None:
    final = set(PaymentStatus) - {
        PaymentStatus.AUTHORISED,
        PaymentStatus.CAPTURED,
        PaymentStatus.DISPUTED,
    }
    Payment.objects.filter(created_at__lt=event.moment("before"), status__in=final).delete()


# Refunds


@plays("refund.requested", "related.create()")
def refund_requested(event: Event) -> None:
    payment_of(event).refunds.create(reference=event["refund"], amount=event["amount"])


@plays("refund.paid", "save(), update(F(…))")
def refund_paid(event: Event) -> None:
    refund = Refund.objects.get(reference=event.subject)
    refund.status = RefundStatus.PAID
    refund.save()
    Payment.objects.filter(pk=refund.payment_id).update(
        refunded=F("refunded") + refund.amount, status=event["status"]
    )


@plays("refund.rejected", "update(…)")
def refund_rejected(event: Event) -> None:
    Refund.objects.filter(reference=event.subject).update(status=RefundStatus.REJECTED)


# Disputes


@plays("dispute.opened", "asave(), F(…)")
def dispute_opened(event: Event) -> None:
    async_to_sync(open_dispute)(event)


async def open_dispute(event: Event) -> None:
    """Take a webhook of the card scheme, in an async view as it were."""
    payment = await Payment.objects.aget(reference=event.subject)
    payment.status = PaymentStatus.DISPUTED
    payment.disputes = F("disputes") + 1
    payment.evidence_due = date.fromisoformat(event["due"])
    await payment.asave()


@plays("dispute.noted", "save(update_fields=…), unnamed column")
def dispute_noted(event: Event) -> None:
    payment = payment_of(event)
    payment.note = event["note"]
    payment.save(update_fields=["note"])


@plays("dispute.won", "save(update_fields=…)")
def dispute_won(event: Event) -> None:
    payment = payment_of(event)
    payment.status = event["status"]
    payment.evidence_due = None
    payment.save(update_fields=["status", "evidence_due"])


@plays("dispute.lost", "update(…), update(F(…))")
def dispute_lost(event: Event) -> None:
    lost = Payment.objects.filter(reference=event.subject)
    lost.update(status=PaymentStatus.CHARGED_BACK, evidence_due=None)
    Customer.objects.filter(payments__in=lost).update(chargebacks=F("chargebacks") + 1)


# Payouts


@plays("payout.sent", "create(), related.add()")
def payout_sent(event: Event) -> None:
    payout = Payout.objects.create(
        reference=event.subject,
        customer=Customer.objects.get(reference=event["customer"]),
        amount=event["amount"],
        currency=event["currency"],
    )
    payout.payments.add(*Payment.objects.filter(reference__in=event.listed("payments")))


@plays("payout.paid", "save(), bulk_update()")
def payout_paid(event: Event) -> None:
    payout = Payout.objects.get(reference=event.subject)
    payout.status = PayoutStatus.PAID
    payout.save()
    settled = list(payout.payments.filter(status=PaymentStatus.CAPTURED))
    for payment in settled:
        payment.status = PaymentStatus.SETTLED
    Payment.objects.bulk_update(settled, ["status"])


@plays("payout.failed", "save(), related.clear()")
def payout_failed(event: Event) -> None:
    payout = Payout.objects.get(reference=event.subject)
    payout.status = PayoutStatus.FAILED
    payout.save()
    payout.payments.clear()
