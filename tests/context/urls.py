"""Views that write, for the tests of requests."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from asgiref.sync import sync_to_async
from django.contrib.auth import alogin, alogout, authenticate, login, logout
from django.contrib.auth.models import User
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import include, path

from auditable import audit_context
from auditable.context import current_context
from tests.ledger.models import Payout, Transfer

from . import api


def write(request: HttpRequest) -> HttpResponse:
    Transfer.objects.create(note=request.GET.get("note", ""))
    return HttpResponse("written")


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


def slow(request: HttpRequest) -> HttpResponse:
    """Several writes with pauses, so that requests overlap."""
    for _ in range(3):
        Transfer.objects.create(note=request.GET["note"])
        time.sleep(0.01)
        with audit_context(reason=request.GET["note"]):
            time.sleep(0.01)
            Transfer.objects.create(note=request.GET["note"])
    return HttpResponse("written")


async def slow_async(request: HttpRequest) -> HttpResponse:
    for _ in range(3):
        await Transfer.objects.acreate(note=request.GET["note"])
        await asyncio.sleep(0.01)
        async with audit_context(reason=request.GET["note"]):
            await asyncio.sleep(0.01)
            await Transfer.objects.acreate(note=request.GET["note"])
    return HttpResponse("written")


async def together(request: HttpRequest) -> HttpResponse:
    """Tasks of one request, each with a reason of its own."""

    async def one(number: int) -> None:
        with audit_context(reason=f"task {number}"):
            await asyncio.sleep(0)
            await Transfer.objects.acreate(amount=number)

    await asyncio.gather(*map(one, range(5)))
    return HttpResponse("written")


def log_in(request: HttpRequest) -> HttpResponse:
    Transfer.objects.create(note="before")
    user = authenticate(request, username="alice", password="secret")
    login(request, user)
    Transfer.objects.create(note="after")
    return HttpResponse("written")


def log_out(request: HttpRequest) -> HttpResponse:
    Transfer.objects.create(note="before")
    logout(request)
    Transfer.objects.create(note="after")
    return HttpResponse("written")


async def log_in_async(request: HttpRequest) -> HttpResponse:
    await Transfer.objects.acreate(note="before")
    await alogin(request, await User.objects.aget(username="alice"))
    await Transfer.objects.acreate(note="after")
    return HttpResponse("written")


async def log_out_async(request: HttpRequest) -> HttpResponse:
    await Transfer.objects.acreate(note="before")
    await alogout(request)
    await Transfer.objects.acreate(note="after")
    return HttpResponse("written")


async def asked_async(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    await Transfer.objects.acreate(note=user.get_username())
    return HttpResponse("written")


def nested(request: HttpRequest) -> HttpResponse:
    with audit_context(actor="importer", reason="inner", line=1):
        Transfer.objects.create()
    Transfer.objects.create()
    return HttpResponse("written")


def demanding(request: HttpRequest) -> HttpResponse:
    Payout.objects.create()
    return HttpResponse("written")


def failing(request: HttpRequest) -> HttpResponse:
    with audit_context(reason="never ends"):
        raise ValueError("failed")


def leaking(request: HttpRequest) -> HttpResponse:
    """Code that opens a context and never closes it."""
    audit_context(actor="leak", reason="leak", leak=True).__enter__()
    return HttpResponse("leaked")


def streaming(request: HttpRequest) -> HttpResponse:
    def rows():
        for number in range(3):
            Transfer.objects.create(amount=number)
            yield f"{number}{current_context().correlation_id}\n"

    return StreamingHttpResponse(rows())


async def streaming_async(request: HttpRequest) -> HttpResponse:
    async def rows():
        for number in range(3):
            await Transfer.objects.acreate(amount=number)
            yield f"{number}{current_context().correlation_id}\n"

    return StreamingHttpResponse(rows())


def a_file(request: HttpRequest) -> HttpResponse:
    return FileResponse(Path(__file__).open("rb"))


def own_header(request: HttpRequest) -> HttpResponse:
    return HttpResponse("own", headers={"X-Correlation-ID": "own"})


async def in_a_thread(request: HttpRequest) -> HttpResponse:
    await sync_to_async(Transfer.objects.create)(note="thread")
    return HttpResponse("written")


urlpatterns = [
    path("write/", write),
    path("nothing/", nothing),
    path("slow/", slow),
    path("slow-async/", slow_async),
    path("together/", together),
    path("log-in/", log_in),
    path("log-out/", log_out),
    path("log-in-async/", log_in_async),
    path("log-out-async/", log_out_async),
    path("asked-async/", asked_async),
    path("nested/", nested),
    path("demanding/", demanding),
    path("failing/", failing),
    path("leaking/", leaking),
    path("streaming/", streaming),
    path("streaming-async/", streaming_async),
    path("file/", a_file),
    path("own-header/", own_header),
    path("in-a-thread/", in_a_thread),
    path("api/", include(api)),
]
