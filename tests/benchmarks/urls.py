"""The views that the benchmark's requests reach."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.urls import path

from tests.benchmarks.contenders.base import Contender

contender: Contender | None = None
"""Set by the work before the first request."""


def idle(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


def change(request: HttpRequest, pk: int) -> HttpResponse:
    if contender is None or not request.user.is_authenticated:
        return HttpResponse(status=403)
    payment = contender.Payment.objects.get(pk=pk)
    payment.amount += Decimal("0.01")
    contender.save_in_request(payment)
    return HttpResponse(status=204)


urlpatterns = [path("idle/", idle), path("payments/<int:pk>/", change)]
