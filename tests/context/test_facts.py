"""Who and why, as entries keep it."""

from __future__ import annotations

import datetime
import math
import uuid
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection, models, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from auditable import MissingContextError, audit_context
from auditable.context import FrozenActor
from auditable.facts import current_facts, freeze
from auditable.models import AuditEntry
from auditable.text import clean, jsonable
from tests.ledger.models import ApiKey, Clerk, Payout, Transfer, Writeoff

from .who import entry, named

ALICE = User(pk=7, username="alice", email="alice@example.com", first_name="Alice")


# --- Actors, frozen


@pytest.mark.parametrize(
    ("actor", "frozen"),
    [
        (ALICE, FrozenActor("user", "7", "alice")),
        (SimpleLazyObject(lambda: ALICE), FrozenActor("user", "7", "alice")),
        (
            SimpleLazyObject(lambda: SimpleLazyObject(lambda: ALICE)),
            FrozenActor("user", "7", "alice"),
        ),
        (User(username="new"), FrozenActor("user", "", "new")),
        (None, FrozenActor("anonymous", "", "")),
        (SimpleLazyObject(lambda: None), FrozenActor("anonymous", "", "")),
        (AnonymousUser(), FrozenActor("anonymous", "", "")),
        ("importer", FrozenActor("service", "importer", "importer")),
        (Clerk(pk=3, name="carla"), FrozenActor("user", "3", "carla", "ledger.clerk")),
        (ApiKey(pk=3, secret="x"), FrozenActor("service", "3", "ledger.apikey 3", "ledger.apikey")),
        (FrozenActor("user", "9", "gone"), FrozenActor("user", "9", "gone")),
        ("s" * 300, FrozenActor("service", "s" * 255, "s" * 255)),
        (
            "nul\0 and \ud800",
            FrozenActor("service", "nul\ufffd and \ufffd", "nul\ufffd and \ufffd"),
        ),
    ],
)
def test_an_actor_is_kept_as_kind_key_and_name(actor, frozen):
    assert freeze(actor) == frozen


def test_a_proxy_of_the_user_model_is_the_user():
    class Boss(User):
        class Meta:
            proxy = True
            app_label = "ledger"

    assert freeze(Boss(pk=7, username="alice")) == FrozenActor("user", "7", "alice")


def test_a_user_that_is_no_model_counts_by_what_it_tells():
    class TokenUser:
        pk = uuid.UUID(int=5)
        is_authenticated = True

    assert freeze(TokenUser()) == FrozenActor("user", str(uuid.UUID(int=5)), "")


def test_the_display_name_is_configurable():
    with override_settings(AUDITABLE={"ACTOR_REPR": lambda user: user.first_name}):
        assert freeze(ALICE).repr == "Alice"
    assert freeze(ALICE).repr == "alice"


@pytest.mark.django_db
def test_an_entry_keeps_the_actor_as_he_was_when_it_was_written():
    alice = User.objects.create_user("alice")
    with audit_context(actor=alice):
        transfer = Transfer.objects.create(amount=1)
        alice.username = "alicia"
        transfer.amount = 2
        transfer.save()
    key = str(alice.pk)
    alice.save()
    alice.delete()
    assert named() == [("user", key, "alice"), ("user", key, "alicia")]


@pytest.mark.django_db
def test_a_user_who_gets_his_key_in_the_block_has_it_in_the_entries_after():
    new = User(username="new")
    with audit_context(actor=new):
        Transfer.objects.create()
        new.save()
        Transfer.objects.create()
    assert named() == [("user", "", "new"), ("user", str(new.pk), "new")]


@pytest.mark.django_db
def test_an_entry_holds_all_that_the_context_says():
    alice, bob = User.objects.create_user("alice"), User.objects.create_user("bob")
    with audit_context(
        actor=alice,
        on_behalf_of=bob,
        reason=gettext_lazy("Chargeback"),
        correlation_id=uuid.UUID(int=1),
        ticket=881,
    ):
        Transfer.objects.create()
    found = entry()
    assert (found.actor_type, found.actor_id, found.actor_repr) == ("user", str(alice.pk), "alice")
    assert (found.reason, found.correlation_id) == ("Chargeback", str(uuid.UUID(int=1)))
    assert found.metadata == {
        "ticket": 881,
        "on_behalf_of": {"type": "user", "id": str(bob.pk), "repr": "bob"},
    }


@pytest.mark.django_db
def test_one_can_act_on_behalf_of_a_user_of_another_model():
    carla = Clerk.objects.create(name="carla")
    with audit_context(actor="importer", on_behalf_of=carla):
        Transfer.objects.create()
    assert entry().metadata == {
        "on_behalf_of": {
            "type": "user",
            "id": str(carla.pk),
            "repr": "carla",
            "model": "ledger.clerk",
        }
    }


def test_metadata_of_two_contexts_do_not_mix():
    with audit_context(actor="one", file="a.csv"):
        outer = current_facts()
        with audit_context(line=7):
            assert current_facts().metadata == {"file": "a.csv", "line": 7}
        assert current_facts() == outer
        assert outer.metadata == {"file": "a.csv"}


def test_what_is_asked_again_in_a_context_is_not_made_again():
    with audit_context(actor=ALICE, reason="memo"):
        assert current_facts() is current_facts()


# --- Text that every database takes


class Odd:
    def __str__(self) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        ("text", "text"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (Decimal("1.50"), "1.50"),
        (uuid.UUID(int=1), str(uuid.UUID(int=1))),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (b"\xff", "b'\\xff'"),
        (gettext_lazy("Chargeback"), "Chargeback"),
        (models.TextChoices("Status", "NEW").NEW, "NEW"),
        (Odd(), "odd"),
        ({"a": (1, Odd())}, {"a": [1, "odd"]}),
        ({1: {2: math.inf}}, {"1": {"2": "inf"}}),
        (frozenset({1}), [1]),
        ("\0\ud800", "\ufffd\ufffd"),
        ({"\0": "\0"}, {"\ufffd": "\ufffd"}),
    ],
)
def test_metadata_are_stored_as_json_or_as_their_text(value, stored):
    assert jsonable(value) == stored
    assert type(jsonable(value)) is type(stored)


def test_metadata_that_hold_themselves_end_somewhere():
    endless: dict[str, object] = {}
    endless["self"] = endless
    assert "..." in str(jsonable(endless))


@given(st.text(st.characters()), st.integers(0, 20))
def test_clean_text_is_text_and_clean_text_stays(text, size):
    cleaned = clean(text, size)
    cleaned.encode()
    if len(text) <= size and not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        assert cleaned == text
    assert len(cleaned) <= size
    assert clean(cleaned, size) == cleaned


def test_two_surrogates_that_belong_together_become_their_character():
    assert clean("\ud83d\ude00") == "\N{GRINNING FACE}"


TROUBLE = "\0 \ud800 \N{GRINNING FACE} " + "x" * 300


@pytest.mark.django_db
def test_no_text_of_the_context_fails_the_write():
    class Troubled(Clerk):
        class Meta:
            proxy = True
            app_label = "ledger"

    troubled = Troubled(pk=1, name=TROUBLE)
    with audit_context(
        actor=troubled,
        on_behalf_of=TROUBLE,
        reason=TROUBLE,
        correlation_id=TROUBLE,
        **{"trouble": TROUBLE, TROUBLE: math.nan},
    ):
        Transfer.objects.create()
    found, clean_text = entry(), "\ufffd \ufffd \N{GRINNING FACE} " + "x" * 300
    assert found.actor_repr == clean_text[:255]
    assert found.reason == clean_text
    assert found.correlation_id == clean_text[:64]
    assert found.metadata == {
        "trouble": clean_text,
        clean_text: "nan",
        "actor_model": "ledger.clerk",
        "on_behalf_of": {"type": "service", "id": clean_text[:255], "repr": clean_text[:255]},
    }


# --- Facts that are demanded


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("actor", "found"),
    [
        (None, "nobody was logged in"),
        (AnonymousUser(), "nobody was logged in"),
        (User(username="new"), "'new' has no primary key yet"),
    ],
)
def test_a_write_that_no_actor_answers_for_is_refused_where_one_is_demanded(actor, found):
    with (
        audit_context(actor=actor),
        pytest.raises(MissingContextError) as refused,
        transaction.atomic(),
    ):
        Payout.objects.create()
    assert str(refused.value) == (
        f"ledger.payout may not be written without an actor: {found}. Nothing was written. "
        "Write it inside `with audit_context(actor=request.user):`."
    )
    assert not Payout.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_a_write_that_no_context_reaches_is_refused_where_an_actor_is_demanded():
    refusal = "no context reached it, only '.*' is known"
    with pytest.raises(MissingContextError, match=refusal), transaction.atomic():
        Payout.objects.create()
    assert not Payout.objects.exists()


@pytest.mark.django_db
def test_a_user_and_a_service_answer_for_a_write():
    alice = User.objects.create_user("alice")
    for actor in (alice, "importer", ApiKey.objects.create(secret="x")):
        with audit_context(actor=actor):
            Payout.objects.create()
    assert Payout.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "  "])
def test_a_write_without_a_reason_is_refused_where_one_is_demanded(reason):
    with (
        audit_context(actor="importer", reason=reason),
        pytest.raises(MissingContextError) as refused,
        transaction.atomic(),
    ):
        Writeoff.objects.create()
    assert str(refused.value) == (
        "ledger.writeoff may not be written without a reason: none was given. "
        'Nothing was written. Write it inside `with audit_context(reason="…"):`.'
    )
    with audit_context(actor="importer", reason="lost case"):
        Writeoff.objects.create()
    assert Writeoff.objects.count() == 1


WRITES = {
    "save": lambda payout: payout.save(),
    "create": lambda payout: Payout.objects.create(amount=2),
    "bulk_create": lambda payout: Payout.objects.bulk_create([Payout(amount=2)]),
    "update": lambda payout: Payout.objects.update(amount=2),
    "bulk_update": lambda payout: Payout.objects.bulk_update([payout], ["amount"]),
    "delete": lambda payout: payout.delete(),
    "delete all": lambda payout: Payout.objects.all().delete(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_write_is_refused_before_anything_is_written(write):
    with audit_context(actor="importer"):
        payout = Payout.objects.create(amount=1)
    payout.amount = 2
    with (
        CaptureQueriesContext(connection) as queries,
        pytest.raises(MissingContextError),
        transaction.atomic(),
    ):
        write(payout)
    statements = [query["sql"] for query in queries]
    assert not [sql for sql in statements if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert list(Payout.objects.values_list("amount", flat=True)) == [1]
    assert AuditEntry.objects.count() == 1
