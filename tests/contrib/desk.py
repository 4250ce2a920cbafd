"""A support desk whose people take over the sessions of customers, with either package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from auditable import audit_context
from tests.ledger.models import Payout, Transfer

from . import jobs

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client


class Hijack:
    """django-hijack."""

    setting = "auditable.contrib.impersonation.hijack"

    @staticmethod
    def take_over(client: Client, user: User) -> None:
        answer = client.post("/hijack/acquire/", {"user_pk": user.pk, "next": "/nothing/"})
        assert (answer.status_code, answer.url) == (302, "/nothing/")

    @staticmethod
    def release(client: Client) -> None:
        assert client.post("/hijack/release/").status_code == 302


class LogInAs:
    """django-loginas."""

    setting = "auditable.contrib.impersonation.loginas"

    @staticmethod
    def take_over(client: Client, user: User) -> None:
        assert client.post(f"/as/login/user/{user.pk}/").status_code == 302
        assert client.session["_auth_user_id"] == str(user.pk)

    @staticmethod
    def release(client: Client) -> None:
        assert client.get("/as/logout/").status_code == 302


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


def write(request: HttpRequest) -> HttpResponse:
    Transfer.objects.create()
    return HttpResponse("written")


async def write_async(request: HttpRequest) -> HttpResponse:
    await Transfer.objects.acreate()
    return HttpResponse("written")


def write_often(request: HttpRequest) -> HttpResponse:
    for _ in range(5):
        Transfer.objects.create()
    return HttpResponse("written")


def demanding(request: HttpRequest) -> HttpResponse:
    Payout.objects.create()
    return HttpResponse("written")


def in_blocks(request: HttpRequest) -> HttpResponse:
    """What a view says of the actor itself."""
    given: list[dict[str, Any]] = [
        {"actor": request.user},
        {"on_behalf_of": "a third"},
        {"actor": "importer"},
    ]
    for facts in given:
        with audit_context(**facts):
            Transfer.objects.create()
    return HttpResponse("written")


def enqueue(request: HttpRequest) -> HttpResponse:
    jobs.write.enqueue()
    return HttpResponse("enqueued")


urlpatterns = [
    path("", nothing),
    path("accounts/profile/", nothing),
    path("nothing/", nothing),
    path("write/", write),
    path("write-async/", write_async),
    path("write-often/", write_often),
    path("demanding/", demanding),
    path("in-blocks/", in_blocks),
    path("enqueue/", enqueue),
    path("hijack/", include("hijack.urls")),
    path("as/", include("loginas.urls")),
]
