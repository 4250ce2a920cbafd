"""Real servers, real requests, many at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest
import uvicorn
from asgiref.sync import SyncToAsync
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client, override_settings

from auditable.models import AuditEntry
from tests.ledger.models import Transfer

from .test_middleware import FIRST

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.context.urls"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
VISITORS, VISITS = 8, 3


@pytest.fixture(autouse=True)
def project():
    with override_settings(MIDDLEWARE=FIRST, STATICFILES_DIRS=[]):
        yield


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def wsgi(transactional_db) -> Iterator[tuple[str, int]]:
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = False
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def asgi(transactional_db) -> Iterator[tuple[str, int]]:
    server = uvicorn.Server(
        uvicorn.Config(get_asgi_application(), port=0, log_level="error", lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()
    server.should_exit = True
    thread.join()
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


def sessions() -> dict[str, str]:
    """Visitors by name, each with the cookie of a session; every other one is nobody."""
    found = {}
    for number in range(VISITORS):
        name = f"visitor-{number}"
        client = Client()
        if number % 2:
            client.force_login(User.objects.create_user(name))
        found[name] = client.cookies.output(header="", sep=";").split(";")[0].strip()
    return found


def visit(address: tuple[str, int], path: str, name: str, cookie: str) -> None:
    connection = HTTPConnection(*address, timeout=60)
    for _ in range(VISITS):
        headers = {"X-Correlation-ID": name} | ({"Cookie": cookie} if cookie else {})
        connection.request("GET", f"{path}?note={name}", headers=headers)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        assert response.headers["X-Correlation-ID"] == name
        response.read()
    connection.close()


def visit_all(address: tuple[str, int], path: str) -> None:
    cookies = sessions()
    with ThreadPoolExecutor(VISITORS) as pool:
        visits = [pool.submit(visit, address, path, *pair) for pair in cookies.items()]
        for done in visits:
            done.result()


def check() -> None:
    notes = {str(transfer.pk): transfer.note for transfer in Transfer.objects.all()}
    entries = list(AuditEntry.objects.all())
    assert len(entries) == len(notes) == VISITORS * VISITS * 6
    for entry in entries:
        name = notes[entry.object_pk]
        known = int(name[-1]) % 2
        assert entry.correlation_id == name
        assert entry.actor_repr == (name if known else "")
        assert entry.actor_type == ("user" if known else "anonymous")
        assert entry.reason in {"", name}


@pytest.mark.parametrize("path", ["/slow/", "/slow-async/"])
def test_requests_to_a_threaded_wsgi_server_keep_apart(wsgi, path):
    visit_all(wsgi, path)
    check()


@pytest.mark.parametrize("path", ["/slow/", "/slow-async/"])
def test_requests_to_an_asgi_server_keep_apart(asgi, path):
    visit_all(asgi, path)
    check()


# Django warns of a plain iterator that a coroutine serves.
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize("path", ["/streaming/", "/streaming-async/"])
def test_what_an_asgi_server_streams_belongs_to_its_request(asgi, path):
    cookies = sessions()
    connection = HTTPConnection(*asgi, timeout=60)
    headers = {"Cookie": cookies["visitor-1"], "X-Correlation-ID": "id-1"}
    connection.request("GET", path, headers=headers)
    assert connection.getresponse().read() == b"0id-1\n1id-1\n2id-1\n"
    connection.close()
    found = list(AuditEntry.objects.values_list("actor_repr", "correlation_id"))
    assert found == [("visitor-1", "id-1")] * 3
