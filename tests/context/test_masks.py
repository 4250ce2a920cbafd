"""What stands in the log for what it must not hold."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import sys
import traceback
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test import RequestFactory, override_settings
from django.views.debug import ExceptionReporter

from auditable import AuditableError
from auditable.masks import digest, masked
from auditable.models import AuditEntry
from tests.ledger.models import BankAccount, Card, Mandate

IBAN, OTHER = "DE89370400440532013000", "GB29NWBK60161331926819"
KEYS = {"2026": "the secret of the year 2026", "2025": b"the secret of the year 2025"}


def changes() -> dict:
    return AuditEntry.objects.order_by("-pk")[0].changes


@pytest.mark.django_db
def test_a_masked_column_is_kept_as_a_digest_and_nothing_of_it_is_in_the_log():
    account = BankAccount.objects.create(owner="Ada", iban=IBAN, limit="1000.50")
    account.iban = OTHER
    account.save()
    BankAccount.objects.update(limit=Decimal("77777.77"))
    BankAccount.objects.all().delete()
    log = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert "Ada" in log
    for secret in (IBAN, OTHER, "1000.50", "77777.77"):
        assert secret not in log


@pytest.mark.django_db
def test_digests_tell_whether_two_values_were_equal():
    BankAccount.objects.create(owner="Ada", iban=IBAN)
    first = changes()["iban"][1]
    BankAccount.objects.create(owner="Bob", iban=IBAN)
    same = changes()["iban"][1]
    BankAccount.objects.create(owner="Cleo", iban=OTHER)
    assert first == same != changes()["iban"][1]


@pytest.mark.django_db
def test_a_value_that_means_the_same_is_no_change():
    account = BankAccount.objects.create(owner="Ada", limit="10")
    count = AuditEntry.objects.count()
    account.limit = Decimal("10.00")
    account.save()
    assert AuditEntry.objects.count() == count


@pytest.mark.django_db
def test_none_stays_none():
    account = BankAccount.objects.create(owner="Ada")
    assert changes()["iban"] == [None, None]
    account.iban = IBAN
    account.save()
    assert changes()["iban"] == [None, digest("ledger.bankaccount", "iban", IBAN)]


@pytest.mark.django_db
def test_the_same_secret_looks_different_in_another_model_and_another_field():
    assert digest("a.b", "iban", IBAN) != digest("a.b", "old_iban", IBAN)
    BankAccount.objects.create(owner="Ada", iban=IBAN)
    account = changes()["iban"][1]
    Mandate.objects.create(iban=IBAN)
    assert account != changes()["iban"][1]


def test_a_digest_is_the_hmac_that_the_documentation_says():
    with override_settings(AUDITABLE={"MASK_KEYS": KEYS}):
        found = digest("ledger.bankaccount", "iban", IBAN)
    text = f"ledger.bankaccount\0iban\0{IBAN}".encode()
    expected = hmac.new(b"the secret of the year 2026", text, hashlib.sha256).hexdigest()
    assert found == f"hmac-sha256:2026:{expected}"


def test_the_first_key_is_the_one_in_use_and_others_give_other_digests():
    with override_settings(AUDITABLE={"MASK_KEYS": KEYS}):
        now = digest("a.b", "c", IBAN)
    with override_settings(AUDITABLE={"MASK_KEYS": {"2025": KEYS["2025"]}}):
        before = digest("a.b", "c", IBAN)
    assert now.startswith("hmac-sha256:2026:")
    assert before.startswith("hmac-sha256:2025:")
    assert now.rpartition(":")[2] != before.rpartition(":")[2]


def test_without_a_key_of_its_own_the_digest_follows_the_secret_key_and_names_it():
    with override_settings(SECRET_KEY="one"):
        one = digest("a.b", "c", IBAN)
        assert digest("a.b", "c", IBAN) == one
    with override_settings(SECRET_KEY="two"):
        two = digest("a.b", "c", IBAN)
    assert re.fullmatch(r"hmac-sha256:[0-9a-f]{8}:[0-9a-f]{64}", one)
    assert one.split(":")[1] != two.split(":")[1]
    assert one.split(":")[2] != two.split(":")[2]
    assert hmac.new(b"one", f"a.b\0c\0{IBAN}".encode(), "sha256").hexdigest() not in one


def test_text_that_cannot_be_encoded_has_a_digest_too():
    assert digest("a.b", "c", "\ud800") != digest("a.b", "c", "\ufffd")


@pytest.mark.django_db
def test_a_mask_of_ones_own_is_given_the_value_and_its_text_is_kept():
    Card.objects.create(holder="Ada", number="4111111111111111")
    assert changes()["number"] == [None, "…1111"]


# --- Nothing of it in errors


def secretive(function):
    """Call it, and return every text that anyone could make of its error."""
    try:
        function()
    except AuditableError as error:
        kind = (type(error), error, error.__traceback__)
    else:
        raise AssertionError("no error")
    error = kind[1]
    assert error.__context__ is None
    assert error.__cause__ is None
    request = RequestFactory().get("/")
    texts = [str(error), repr(error), "".join(traceback.format_exception(error))]
    for debug in (True, False):
        with override_settings(DEBUG=debug):
            reporter = ExceptionReporter(request, *kind)
            texts += [reporter.get_traceback_html(), reporter.get_traceback_text()]
    return texts


def as_number(value: str) -> str:
    return str(int(value))


FAILING = {
    "raised ValueError": as_number,
    "returned NoneType, not str": lambda value: None,
    "returned bytes, not str": lambda value: value.encode(),
}


@pytest.mark.parametrize("failure", FAILING)
def test_a_mask_that_fails_tells_where_and_nothing_of_the_value(failure):
    def write(secret=IBAN[:10]) -> None:
        mask, hidden = FAILING[failure], secret + IBAN[10:]
        del secret
        try:
            masked("ledger.card", "pin", mask, hidden, hidden)
        finally:
            del hidden

    texts = secretive(write)
    assert texts[0].startswith(f"The mask of ledger.card.pin {failure}")
    if failure.startswith("raised"):
        assert f"{__file__}:" in texts[0]
    assert not [text for text in texts if IBAN in text]


SECRET = "hunter2-is-no-number"
WRITES = {
    "save of a new row": lambda card: Card(holder="Bob", pin=SECRET).save(),
    "save": lambda card: card.save(),
    "bulk_create": lambda card: Card.objects.bulk_create([Card(holder="Bob", pin=SECRET)]),
    "bulk_update": lambda card: Card.objects.bulk_update([card], ["pin"]),
    "update": lambda card: Card.objects.update(pin=SECRET),
}


def shown_by_our_frames(failed) -> list[tuple[str, str]]:
    """Where the debug page shows the secret, in functions of the library."""
    with override_settings(DEBUG=True):
        kind = (failed.type, failed.value, failed.tb)
        frames = ExceptionReporter(RequestFactory().get("/"), *kind).get_traceback_frames()
    ours = [frame for frame in frames if "/auditable/" in frame["filename"]]
    assert ours
    return [
        (frame["function"], name)
        for frame in ours
        for name, shown in frame["vars"]
        if SECRET in (shown if isinstance(shown, str) else repr(shown))
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_that_its_mask_fails_does_not_happen_and_no_frame_of_ours_shows_the_value(write):
    card = Card.objects.create(holder="Ada", number="4111111111111111")
    card.pin = SECRET
    with pytest.raises(AuditableError) as failed:
        write(card)
    assert SECRET not in "".join(traceback.format_exception(failed.value))
    assert shown_by_our_frames(failed) == []
    assert list(Card.objects.values_list("pin", flat=True)) == ["1234"]
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "write",
    [
        lambda: BankAccount(owner=None, iban=SECRET).save(),
        lambda: BankAccount.objects.bulk_create([BankAccount(owner=None, iban=SECRET)]),
        lambda: BankAccount.objects.update(owner=None),
        lambda: BankAccount.objects.update(owner=None, iban=IBAN),
        lambda: [setattr(found := BankAccount.objects.get(), "owner", None), found.save()],
    ],
)
def test_a_write_that_the_database_refuses_shows_the_value_in_no_frame_of_ours(write):
    BankAccount.objects.create(owner="Ada", iban=SECRET)
    with pytest.raises(IntegrityError) as failed:
        write()
    assert shown_by_our_frames(failed) == []


@pytest.mark.django_db(transaction=True)
def test_a_write_whose_entry_the_database_refuses_shows_the_value_in_no_frame_of_ours():
    account = BankAccount.objects.create(owner="Ada", iban=SECRET)

    def refuse(execute, sql, params, many, context):
        if sql.startswith("INSERT") and "auditable_auditentry" in sql:
            raise IntegrityError("refused")
        return execute(sql, params, many, context)

    account.iban = IBAN
    with connection.execute_wrapper(refuse), pytest.raises(IntegrityError) as failed:
        account.save()
    assert shown_by_our_frames(failed) == []
    assert BankAccount.objects.get().iban == SECRET


@pytest.mark.django_db
def test_nothing_is_logged(caplog):
    with caplog.at_level(logging.DEBUG, logger="auditable"):
        Card.objects.create(holder="Ada", number="4111111111111111")
        assert sys.exc_info() == (None, None, None)
    assert caplog.records == []
