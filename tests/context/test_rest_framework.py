"""REST framework authenticates inside the view, after every middleware."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate
from rest_framework_simplejwt.tokens import AccessToken

from auditable.middleware import AuditMiddleware

from . import api
from .test_middleware import FIRST
from .who import named

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.context.urls")]

NOBODY = ("anonymous", "", "")


@pytest.fixture(autouse=True)
def project():
    jwt = {"SIGNING_KEY": "a signing key of 32 characters or more", "USER_ID_CLAIM": "user_id"}
    with override_settings(MIDDLEWARE=FIRST, SIMPLE_JWT=jwt):
        yield


@pytest.fixture
def alice():
    return User.objects.create_user("alice", password="secret")


@pytest.fixture
def client():
    return APIClient()


@pytest.fixture
def named_alice(alice):
    return ("user", str(alice.pk), "alice")


def test_a_session(client, alice, named_alice):
    client.force_login(alice)
    assert client.post("/api/session/").data == "written"
    assert named() == [named_alice]


def test_a_token(client, alice, named_alice):
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=alice).key}")
    assert client.post("/api/token/").data == "written"
    assert client.post("/api/function/").data == "written"
    assert named() == [named_alice] * 2


def test_a_token_stands_over_the_session(client, alice):
    bob = User.objects.create_user("bob")
    client.force_login(bob)
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=alice).key}")
    client.post("/api/token/")
    client.post("/api/session/")
    assert [name for _, _, name in named()] == ["alice", "bob"]


def test_a_jwt(client, alice, named_alice):
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(alice)}")
    assert client.post("/api/jwt/").data == "written"
    assert named() == [named_alice]


def test_a_jwt_whose_user_is_never_read(client, alice):
    token = AccessToken.for_user(alice)
    token["username"] = "alice"
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert client.post("/api/stateless/").data == "written"
    assert [(kind, key) for kind, key, _ in named()] == [("user", str(alice.pk))]


def test_force_authenticate_of_the_client(client, alice, named_alice):
    client.force_authenticate(alice)
    assert client.post("/api/token/").data == "written"
    assert named() == [named_alice]


def test_force_authenticate_of_a_request(alice, named_alice):
    request = APIRequestFactory().post("/api/token/")
    force_authenticate(request, user=alice)
    view = api.Write.as_view()
    assert AuditMiddleware(view)(request).data == "written"
    assert named() == [named_alice]


def test_a_login_inside_the_view(client, alice, named_alice):
    client.post("/api/log-in/")
    assert named() == [NOBODY, named_alice]


def test_nobody(client):
    client.post("/api/open/")
    assert named() == [NOBODY]
