"""Sessions that were taken over: who is there, and in whose name; with the real packages."""

from __future__ import annotations

from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.core.signing import TimestampSigner
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext

from auditable import MissingContextError
from auditable.contrib import impersonation
from auditable.models import AuditEntry
from tests import settings as project
from tests.ledger.models import Transfer

from . import jobs
from .desk import Hijack, LogInAs
from .evidence import Entry, entries, principal, user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.contrib.desk")]

APPS = [*project.INSTALLED_APPS, "hijack", "loginas"]
THEIRS = [*project.MIDDLEWARE, "hijack.middleware.HijackUserMiddleware"]
OURS = "auditable.middleware.AuditMiddleware"

both = pytest.mark.parametrize("package", [Hijack, LogInAs])
only_hijack = pytest.mark.parametrize("package", [Hijack])
only_loginas = pytest.mark.parametrize("package", [LogInAs])


@pytest.fixture
def package(request):
    return request.param


@pytest.fixture(autouse=True)
def project_with_both():
    with override_settings(INSTALLED_APPS=APPS, MIDDLEWARE=[OURS, *THEIRS]):
        yield


@pytest.fixture
def named(package):
    with override_settings(AUDITABLE={"IMPERSONATOR": package.setting}):
        yield


@pytest.fixture
def root():
    return User.objects.create_superuser("root")


@pytest.fixture
def bob():
    return User.objects.create_user("bob")


@pytest.fixture
def as_root(root, client):
    client.force_login(root)
    return client


@pytest.fixture
def taken_over(package, named, as_root, bob):
    """The session of root, who is bob now."""
    package.take_over(as_root, bob)
    return as_root


def behalf(someone: User) -> dict[str, object]:
    return {"on_behalf_of": principal(someone)}


# --- Who is named


@both
@pytest.mark.parametrize("path", ["/write/", "/write-async/"])
@pytest.mark.parametrize("middleware", [[OURS, *THEIRS], [*THEIRS, OURS]], ids=["first", "last"])
def test_who_took_over_acts_on_behalf_of_the_other_user(taken_over, root, bob, path, middleware):
    with override_settings(MIDDLEWARE=middleware):
        taken_over.get(path, headers={"X-Correlation-ID": "id-1"})
    assert entries() == [Entry(user(root), "", "id-1", behalf(bob))]


@both
def test_before_and_after_it_he_acts_for_himself(package, named, as_root, root, bob):
    as_root.get("/write/")
    package.take_over(as_root, bob)
    as_root.get("/write/")
    package.release(as_root)
    as_root.get("/write/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [
        (user(root), {}),
        (user(root), behalf(bob)),
        (user(root), {}),
    ]


@both
def test_the_other_user_himself_acts_for_himself(taken_over, bob):
    own = Client()
    own.force_login(bob)
    own.get("/write/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [(user(bob), {})]


@both
def test_without_the_setting_only_the_other_user_is_known(package, as_root, bob):
    package.take_over(as_root, bob)
    as_root.get("/write/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [(user(bob), {})]


@both
def test_what_a_view_says_itself_stands(taken_over, root, bob):
    taken_over.get("/in-blocks/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [
        (user(root), behalf(bob)),
        (user(root), {"on_behalf_of": {"type": "service", "id": "a third", "repr": "a third"}}),
        (("service", "importer", "importer"), {}),
    ]


@both
def test_a_model_that_demands_an_actor_has_one(taken_over, root, bob):
    taken_over.get("/demanding/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [(user(root), behalf(bob))]


@both
def test_a_task_that_is_enqueued_then_knows_both(taken_over, root, bob):
    taken_over.get("/enqueue/")
    (entry,) = entries()
    assert entry.actor == user(root)
    assert entry.metadata == {"task": jobs.write.module_path, **behalf(bob)}


@both
def test_after_a_logout_nobody_is_there(package, taken_over):
    taken_over.logout()
    taken_over.get("/write/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [(("anonymous", "", ""), {})]


@both
def test_who_took_over_is_named_when_the_other_user_is_gone(taken_over, root, bob):
    bob.delete()
    taken_over.get("/write/")
    (entry,) = entries()
    assert entry.actor == user(root)
    assert entry.metadata == {"on_behalf_of": {"type": "anonymous"}}


@both
def test_who_took_over_and_is_gone_since_is_named_by_his_key(taken_over, root, bob):
    key = str(root.pk)
    root.delete()
    taken_over.get("/write/")
    taken_over.get("/demanding/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [
        (("user", key, ""), behalf(bob))
    ] * 2


# --- One session after the other


@only_hijack
def test_the_first_of_several_acts_and_the_last_is_the_one_for_whom(package, taken_over, root, bob):
    User.objects.filter(pk=bob.pk).update(is_superuser=True)
    carol = User.objects.create_user("carol")
    package.take_over(taken_over, carol)
    taken_over.get("/write/")
    package.release(taken_over)
    taken_over.get("/write/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [
        (user(root), behalf(carol)),
        (user(root), behalf(bob)),
    ]


@only_loginas
def test_loginas_knows_the_last_but_one_only(package, taken_over, bob):
    User.objects.filter(pk=bob.pk).update(is_superuser=True)
    carol = User.objects.create_user("carol")
    package.take_over(taken_over, carol)
    taken_over.get("/write/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [(user(bob), behalf(carol))]


# --- The signature of loginas


def remember(client: object, signed: str) -> None:
    session = client.session
    session["loginas_from_user"] = signed
    session.save()


@only_loginas
@pytest.mark.parametrize("signed", ["{key}", "{key}:1x:forged", "{key}:"])
def test_a_signature_that_is_not_ours_names_an_unknown_user(taken_over, root, bob, signed):
    remember(taken_over, signed.format(key=root.pk))
    taken_over.get("/write/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [
        (("user", "", "unknown"), behalf(bob))
    ]
    with pytest.raises(MissingContextError):
        taken_over.get("/demanding/")


@only_loginas
def test_a_signature_too_old_for_the_way_back_names_him_still(taken_over, root, bob):
    with mock.patch("time.time", return_value=1_000_000_000):
        remember(taken_over, TimestampSigner().sign(root.pk))
    taken_over.get("/write/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [(user(root), behalf(bob))]


# --- What it costs


def queries(client: object, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(path)
    return len(captured)


@both
@pytest.mark.parametrize(
    ("path", "more"), [("/nothing/", 0), ("/write/", 1), ("/write-often/", 1), ("/enqueue/", 1)]
)
def test_it_takes_one_query_in_a_request_that_writes(package, taken_over, path, more):
    with_it = queries(taken_over, path)
    package.release(taken_over)
    assert with_it == queries(taken_over, path) + more


# --- Functions of one's own


def of_a_header(request: object) -> object:
    return request.headers.get("X-Agent")


@pytest.mark.parametrize("setting", [of_a_header, f"{__name__}.of_a_header"])
def test_a_function_of_ones_own_tells_who_is_behind_the_user(as_root, root, setting):
    with override_settings(AUDITABLE={"IMPERSONATOR": setting}):
        as_root.get("/write/", headers={"X-Agent": "desk 7"})
        as_root.get("/write/")
    assert [(entry.actor, entry.metadata) for entry in entries()] == [
        (("service", "desk 7", "desk 7"), behalf(root)),
        (user(root), {}),
    ]


def failing(request: object) -> object:
    raise LookupError("no such desk")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("setting", "error"), [(failing, LookupError), (f"{__name__}.missing", ImportError)]
)
def test_where_that_function_fails_or_is_not_found_nothing_is_written(as_root, setting, error):
    with override_settings(AUDITABLE={"IMPERSONATOR": setting}), pytest.raises(error):
        as_root.get("/write/")
    assert (Transfer.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize("find", [impersonation.hijack, impersonation.loginas])
def test_a_request_without_a_session_was_not_taken_over(find):
    assert find(RequestFactory().get("/")) is None


# --- The user behind it


def taken_over_by(user: User) -> object:
    request = RequestFactory().get("/")
    request.session = {"hijack_history": [str(user.pk)]}
    return request


def test_someone_else_who_takes_over_in_the_same_request_is_found(root, bob):
    request = taken_over_by(root)
    assert impersonation.hijack(request) == root
    request.session = taken_over_by(bob).session
    assert impersonation.hijack(request) == bob


def test_a_user_whom_the_default_manager_hides_is_found(root):
    hiding = mock.Mock(spec=User.objects, **{"filter.return_value": User.objects.none()})
    with mock.patch.dict(vars(User._meta), default_manager=hiding):
        assert User._default_manager is hiding
        assert impersonation.hijack(taken_over_by(root)) == root
