"""From the actor in an entry back to the live one."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject

from auditable import audit_context
from auditable.actors import ActorDescriptor
from auditable.models import AuditEntry
from tests.ledger.models import ApiKey, Clerk, Transfer
from tests.shop.models import Cell, Tag

pytestmark = pytest.mark.django_db


def write(actor: object) -> AuditEntry:
    with audit_context(actor=actor):
        Transfer.objects.create()
    return AuditEntry.objects.order_by("-pk")[0]


def test_the_actor_of_an_entry_is_the_live_user():
    alice = User.objects.create_user("alice")
    found = write(alice)
    alice.username = "alicia"
    alice.save()
    assert found.actor == alice
    assert (found.actor.username, found.actor_repr) == ("alicia", "alice")


def test_nobody_a_service_and_a_process_have_no_live_actor():
    Transfer.objects.create()
    assert [found.actor for found in (write(None), write("importer"))] == [None, None]
    assert [found.actor for found in AuditEntry.objects.all()] == [None] * 3


def test_a_user_who_is_gone_is_none():
    alice = User.objects.create_user("alice")
    found = write(alice)
    alice.delete()
    assert found.actor is None


def test_an_inactive_user_is_not_gone():
    alice = User.objects.create_user("alice", is_active=False)
    assert write(alice).actor == alice


def test_actors_of_other_models_are_found_in_theirs():
    carla, key = Clerk.objects.create(name="carla"), ApiKey.objects.create(secret="x")
    assert write(carla).actor == carla
    assert write(key).actor == key


def test_users_of_two_models_with_one_key_are_not_confused():
    alice = User.objects.create_user("alice")
    carla = Clerk.objects.create(pk=alice.pk, name="carla")
    write(alice), write(carla)
    assert {type(found.actor) for found in AuditEntry.objects.all()} == {User, Clerk}


def test_a_page_of_entries_looks_up_its_actors_in_one_query_for_each_model():
    users = [User.objects.create_user(f"user {number}") for number in range(5)]
    clerks = [Clerk.objects.create(name=f"clerk {number}") for number in range(5)]
    for actor in (*users, *clerks, "importer", None, *users):
        write(actor)
    page = list(AuditEntry.objects.order_by("pk"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert [found.actor for found in page] == [*users, *clerks, None, None, *users]
    assert len(queries) == 2


def test_an_entry_fetched_alone_costs_one_query_once():
    alice = User.objects.create_user("alice")
    found = AuditEntry.objects.get(pk=write(alice).pk)
    with CaptureQueriesContext(connection) as queries:
        assert found.actor == found.actor == alice
    assert len(queries) == 1


def test_a_key_or_a_model_that_makes_no_sense_is_none():
    entries = [
        AuditEntry(actor_type="user", actor_id="not a number", metadata={}),
        AuditEntry(actor_type="user", actor_id="", metadata={}),
        AuditEntry(actor_type="user", actor_id="1", metadata={"actor_model": "gone.model"}),
        AuditEntry(actor_type="user", actor_id="1", metadata={"actor_model": "no label"}),
    ]
    assert [found.actor for found in entries] == [None] * 4


ACTORS = {
    "a user": lambda: User.objects.create_user("alice", pk=1),
    "another user": lambda: User.objects.create_user("bob", pk=2),
    "a user of another model": lambda: Clerk.objects.create(pk=1, name="carla"),
    "a key": lambda: ApiKey.objects.create(pk=1, secret="x"),
    "a key of another model": lambda: Tag.objects.create(pk=1),
    "a composite key": lambda: Cell.objects.create(row=1, column="a"),
    "a service": lambda: "importer",
    "a service of the name of a key": lambda: "1",
    "a lazy service": lambda: SimpleLazyObject(lambda: "exporter"),
    "nobody": lambda: None,
}


@pytest.mark.parametrize("asked", ACTORS)
def test_the_entries_of_an_actor_are_those_of_no_other(asked):
    actors = {name: make() for name, make in ACTORS.items()}
    Transfer.objects.create()  # by the process
    entries = {name: write(actor) for name, actor in actors.items()}
    assert list(AuditEntry.objects.by(actors[asked])) == [entries[asked]]
    assert list(Transfer.audit_trail.by(actors[asked])) == [entries[asked]]


def test_the_entries_of_a_user_behind_a_lazy_object_are_found():
    alice = User.objects.create_user("alice")
    found = write(alice)
    assert AuditEntry.objects.by(SimpleLazyObject(lambda: alice)).get() == found


def test_nobody_logged_in_is_nobody():
    found = write(AnonymousUser())
    assert AuditEntry.objects.by(AnonymousUser()).get() == found
    assert AuditEntry.objects.by(None).get() == found


@pytest.mark.parametrize("unsaved", [User(username="new"), Clerk(name="new"), ApiKey(secret="x")])
def test_one_who_was_never_saved_has_no_entries(unsaved):
    write(unsaved)
    assert not AuditEntry.objects.by(unsaved).exists()


def test_facts_of_ones_own_do_not_hide_the_entries_of_a_user():
    alice = User.objects.create_user("alice")
    with audit_context(actor=alice, on_behalf_of=Clerk.objects.create(name="carla"), ticket=1):
        Transfer.objects.create()
    assert AuditEntry.objects.by(alice).count() == 1


def test_the_class_shows_the_descriptor():
    assert isinstance(AuditEntry.actor, ActorDescriptor)
