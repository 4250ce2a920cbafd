"""A payment beside its trail, and the way there."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from .models import Payment
from .wording import steps


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The payments that were disputed most, their trails in one query."""
    payments = (
        Payment.objects.select_related("customer")
        .prefetch_related("audit_trail")
        .order_by("-disputes", "-refunded", "pk")[:40]
    )
    deleted = Payment.audit_trail.filter(action="delete")[:8]
    return render(request, "payments/index.html", {"payments": payments, "deleted": deleted})


@login_required
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    """One payment; a deleted one is still told by its trail."""
    found = (
        Payment.objects.select_related("customer", "payout")
        .prefetch_related("tags", "refunds")
        .filter(pk=pk)
        .first()
    )
    trail = [(entry, list(steps(entry))) for entry in Payment.audit_trail.for_pk(pk)]
    if found is None and not trail:
        raise Http404
    context = {"pk": pk, "payment": found, "trail": trail}
    return render(request, "payments/payment.html", context, status=200 if found else 410)
