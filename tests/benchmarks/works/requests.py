"""Requests through Django's handler, session and authentication, and the middleware."""

from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any, ClassVar

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler

from tests.benchmarks import urls
from tests.benchmarks.works.base import Work


class Requests(Work):
    method: ClassVar[str]
    paths: list[str]

    def arrange(self) -> None:
        urls.contender = self.contender
        self.user, _ = User.objects.get_or_create(username="clerk")
        self.cookie = f"sessionid={_session_of(self.user)}"
        self.handler = WSGIHandler()

    def run(self) -> None:
        for path in self.paths:
            self.request(path)

    def request(self, path: str) -> None:
        response = self.handler(_environ(self.method, path, self.cookie), _ignore)
        response.close()
        if response.status_code != 204:
            raise RuntimeError(f"{path} answered {response.status_code}")


class RequestIdle(Requests):
    """A request that writes nothing and does not ask who it is from."""

    name: ClassVar[str] = "request_idle"
    method: ClassVar[str] = "GET"

    def prepare(self) -> None:
        self.paths = ["/idle/"] * self.size


class RequestWrite(Requests):
    """A request of a logged-in user that loads a payment and saves it with a change."""

    name: ClassVar[str] = "request_write"
    method: ClassVar[str] = "POST"

    def prepare(self) -> None:
        payments = self.payments(self.size)
        self.paths = [f"/payments/{payment.pk}/" for payment in payments]
        before = [(payment.pk, {"amount": payment.amount}) for payment in payments]
        after = [(pk, {"amount": old["amount"] + Decimal("0.01")}) for pk, old in before]
        self.expect("update", before, after)
        actor = str(self.user.pk)
        self.expected = [replace(record, actor=actor) for record in self.expected]


def _session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _environ(method: str, path: str, cookie: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": "0",
        "HTTP_COOKIE": cookie,
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _ignore(*answer: Any) -> Any:
    """Nobody is there to be answered."""
