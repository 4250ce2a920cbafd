"""The context of a request, through Django's own handlers."""

from __future__ import annotations

import asyncio
import re

import pytest
from asgiref.sync import iscoroutinefunction
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext

from auditable import MissingContextError, audit_context
from auditable.context import current_context
from auditable.middleware import AuditMiddleware
from auditable.models import AuditEntry
from tests import settings as project

from .urls import a_file
from .who import entry, named, on_one_connection

FIRST = ["auditable.middleware.AuditMiddleware", *project.MIDDLEWARE]
LAST = [*project.MIDDLEWARE, "auditable.middleware.AuditMiddleware"]
NOBODY = ("anonymous", "", "")

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.context.urls")]

at_both_ends = pytest.mark.parametrize("place", [FIRST, LAST], ids=["first", "last"], indirect=True)


@pytest.fixture(autouse=True)
def place(request):
    with override_settings(MIDDLEWARE=getattr(request, "param", FIRST)):
        yield


@pytest.fixture
def alice():
    return User.objects.create_user("alice", password="secret")


@pytest.fixture
def as_alice(alice, client):
    client.force_login(alice)
    return client


def a(user: User) -> tuple[str, str, str]:
    return ("user", str(user.pk), user.username)


# --- The user


@at_both_ends
def test_a_request_in_which_nobody_is_logged_in_is_anonymous(client):
    client.get("/write/")
    assert named() == [NOBODY]


@at_both_ends
def test_the_user_of_the_session_counts(as_alice, alice):
    as_alice.get("/write/")
    assert named() == [a(alice)]


@at_both_ends
@on_one_connection
async def test_the_user_of_the_session_counts_in_coroutines(async_client):
    alice = await User.objects.acreate(username="alice")
    await async_client.aforce_login(alice)
    await async_client.get("/slow-async/?note=x")
    await async_client.get("/in-a-thread/")
    await async_client.get("/asked-async/")
    await async_client.get("/write/")
    assert [entry.actor_repr async for entry in AuditEntry.objects.all()] == ["alice"] * 9


@at_both_ends
def test_a_login_in_mid_request_counts_from_there(client, alice):
    client.get("/log-in/")
    assert named() == [NOBODY, a(alice)]


@at_both_ends
def test_a_logout_in_mid_request_counts_from_there(as_alice, alice):
    as_alice.get("/log-out/")
    assert named() == [a(alice), NOBODY]


@at_both_ends
@on_one_connection
async def test_logins_and_logouts_of_coroutines_count_from_there(async_client):
    alice = await User.objects.acreate(username="alice")
    await async_client.get("/log-in-async/")
    await async_client.get("/log-out-async/")
    types = [kind async for kind in AuditEntry.objects.order_by("pk").values_list("actor_repr")]
    assert types == [("",), (alice.username,), (alice.username,), ("",)]


@at_both_ends
def test_a_request_that_writes_nothing_asks_for_no_user(as_alice):
    with CaptureQueriesContext(connection) as queries:
        as_alice.get("/nothing/")
    assert len(queries) == 0


@at_both_ends
def test_a_user_whom_a_coroutine_has_asked_for_is_not_asked_for_again(as_alice, alice):
    with CaptureQueriesContext(connection) as queries:
        as_alice.get("/asked-async/")
    assert named() == [a(alice)]
    assert len([query for query in queries if "auth_user" in query["sql"]]) == 1


@at_both_ends
def test_a_block_inside_stands_over_the_request_and_the_request_comes_back(as_alice, alice):
    as_alice.get("/nested/", headers={"X-Correlation-ID": "id-1"})
    assert named() == [("service", "importer", "importer"), a(alice)]
    assert list(
        AuditEntry.objects.order_by("pk").values_list("reason", "correlation_id", "metadata")
    ) == [("inner", "id-1", {"line": 1}), ("", "id-1", {})]


@at_both_ends
def test_what_a_model_demands_of_an_anonymous_request(as_alice, alice):
    as_alice.get("/demanding/")
    with pytest.raises(MissingContextError, match="nobody was logged in"), transaction.atomic():
        Client().get("/demanding/")
    assert named() == [a(alice)]


# --- Nothing leaks


def test_a_request_sees_nothing_of_what_was_before_it_and_leaves_nothing(client):
    with audit_context(actor="server", reason="start", correlation_id="before", leak=1):
        client.get("/write/")
        assert current_context().reason == "start"
    found = entry()
    assert named() == [NOBODY]
    assert (found.reason, found.metadata) == ("", {})
    assert found.correlation_id != "before"


def test_a_block_that_a_view_never_closes_does_not_reach_the_next_request(client):
    before = current_context()
    client.get("/leaking/")
    assert current_context() is before
    client.get("/write/")
    assert named() == [NOBODY]
    assert (entry().reason, entry().metadata) == ("", {})


def test_an_error_in_a_view_leaves_nothing(client):
    client.raise_request_exception = False
    before = current_context()
    response = client.get("/failing/")
    assert response.status_code == 500
    assert "X-Correlation-ID" in response.headers
    assert current_context() is before


@on_one_connection
async def test_tasks_of_one_request_share_its_user_and_not_their_reasons(async_client):
    await async_client.aforce_login(await User.objects.acreate(username="alice"))
    await async_client.get("/together/", headers={"X-Correlation-ID": "id-1"})
    found = [
        (entry.changes["amount"][1], entry.reason, entry.actor_repr, entry.correlation_id)
        async for entry in AuditEntry.objects.order_by("object_pk")
    ]
    assert sorted(found) == [(n, f"task {n}", "alice", "id-1") for n in range(5)]


@on_one_connection
async def test_interleaved_requests_of_coroutines_keep_their_users_and_ids_apart():
    async def visit(number: int) -> None:
        client = AsyncClient()
        await client.aforce_login(await User.objects.acreate(username=f"user-{number}"))
        await client.get(
            f"/slow-async/?note=user-{number}", headers={"X-Correlation-ID": f"user-{number}"}
        )

    await asyncio.gather(*map(visit, range(8)))
    rows = [row async for row in AuditEntry.objects.all()]
    assert len(rows) == 8 * 6
    transfers = {row.object_pk: row for row in rows}
    from tests.ledger.models import Transfer

    async for transfer in Transfer.objects.all():
        row = transfers[str(transfer.pk)]
        assert (row.actor_repr, row.correlation_id) == (transfer.note, transfer.note)
        assert row.reason in {"", transfer.note}


# --- Responses that go on after the view


def test_what_is_written_while_a_response_is_streamed_belongs_to_its_request(as_alice, alice):
    response = as_alice.get("/streaming/", headers={"X-Correlation-ID": "id-1"})
    chunks = []
    with audit_context(actor="server"):
        for chunk in response.streaming_content:
            chunks.append(chunk)
            assert current_context().actor == "server"
    assert chunks == [b"0id-1\n", b"1id-1\n", b"2id-1\n"]
    assert named() == [a(alice)] * 3
    assert set(AuditEntry.objects.values_list("correlation_id", flat=True)) == {"id-1"}


@on_one_connection
async def test_what_is_written_while_a_coroutine_streams_belongs_to_its_request(async_client):
    await async_client.aforce_login(await User.objects.acreate(username="alice"))
    response = await async_client.get("/streaming-async/", headers={"X-Correlation-ID": "id-1"})
    chunks = []
    async for chunk in response.streaming_content:
        chunks.append(chunk)
        assert current_context().correlation_id == ""
    assert chunks == [b"0id-1\n", b"1id-1\n", b"2id-1\n"]
    assert [(e.actor_repr, e.correlation_id) async for e in AuditEntry.objects.all()] == [
        ("alice", "id-1")
    ] * 3


def test_a_file_is_left_to_the_server_as_it_is(rf):
    response = AuditMiddleware(a_file)(rf.get("/"))
    assert response.file_to_stream is not None
    assert b"".join(response.streaming_content).startswith(b'"""Views that write')
    response.close()


# --- The correlation id


def test_an_id_is_made_up_and_comes_back_with_the_response(client):
    ids = []
    for _ in range(2):
        ids.append(client.get("/write/").headers["X-Correlation-ID"])
        assert entry().correlation_id == ids[-1]
    assert ids[0] != ids[1]
    assert ids == sorted(ids)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


@pytest.mark.parametrize("given", ["a", "4bf92f35-77b3", "Root=1-67:abc/x+y@z~_.", "x" * 64])
def test_an_id_that_the_caller_gives_is_kept(client, given):
    response = client.get("/write/", headers={"X-Correlation-ID": given})
    assert response.headers["X-Correlation-ID"] == entry().correlation_id == given


@pytest.mark.parametrize(
    "given", ["", " ", "x" * 65, "two words", "a\nb", "ä", "a'b", "<b>", "a\0"]
)
def test_an_id_that_is_too_long_or_of_other_characters_is_replaced(client, given):
    response = client.get("/write/", headers={"X-Correlation-ID": given})
    assert response.headers["X-Correlation-ID"] == entry().correlation_id != given
    assert re.fullmatch("[0-9a-f]{32}", entry().correlation_id)


def test_the_header_is_configurable_and_can_be_switched_off(client):
    headers = {"X-Correlation-ID": "one", "X-Request-ID": "two"}
    with override_settings(AUDITABLE={"CORRELATION_HEADER": "X-Request-ID"}):
        response = client.get("/write/", headers=headers)
        assert response.headers["X-Request-ID"] == entry().correlation_id == "two"
        assert "X-Correlation-ID" not in response.headers
    with override_settings(AUDITABLE={"CORRELATION_HEADER": None}):
        response = client.get("/write/", headers=headers)
        assert not {"X-Request-ID", "X-Correlation-ID"} & set(response.headers)
        assert re.fullmatch("[0-9a-f]{32}", entry().correlation_id)


def test_a_header_that_the_view_sets_is_left(client):
    assert client.get("/own-header/").headers["X-Correlation-ID"] == "own"


# --- Facts of the request


def test_no_fact_of_the_request_is_kept_by_itself(client):
    client.get("/write/?note=secret")
    assert entry().metadata == {}


def test_method_path_and_address_are_kept_where_the_settings_ask_for_them(client):
    with override_settings(AUDITABLE={"REQUEST_FACTS": ["method", "path", "client_address"]}):
        client.post("/write/?note=secret", REMOTE_ADDR="192.0.2.7")
    assert entry().metadata == {
        "method": "POST",
        "path": "/write/",
        "client_address": "192.0.2.7",
    }


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "192.0.2.7"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.9, 198.51.100.1, 192.0.2.1", "198.51.100.1"),
        (2, "198.51.100.1", "192.0.2.7"),
        (1, None, "192.0.2.7"),
        (1, "unknown", "192.0.2.7"),
        (1, "198.51.100.1:4711", "198.51.100.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "<script>", "192.0.2.7"),
    ],
)
def test_a_forwarded_address_counts_behind_proxies_of_our_own_only(
    client, proxies, forwarded, address
):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    asked = {"REQUEST_FACTS": ["client_address"], "TRUSTED_PROXIES": proxies}
    with override_settings(AUDITABLE=asked):
        client.get("/write/", headers=headers, REMOTE_ADDR="192.0.2.7")
    assert entry().metadata == {"client_address": address}


# --- Sync or async


def test_the_middleware_is_a_coroutine_function_where_what_it_calls_is_one(rf):
    def answer(request):
        return HttpResponse("sync")

    async def answer_async(request):
        return HttpResponse("async")

    sync, asynchronous = AuditMiddleware(answer), AuditMiddleware(answer_async)
    assert not iscoroutinefunction(sync)
    assert iscoroutinefunction(asynchronous)
    assert sync(rf.get("/")).content == b"sync"
    assert asyncio.run(asynchronous(rf.get("/"))).content == b"async"
