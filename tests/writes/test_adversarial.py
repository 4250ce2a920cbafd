"""Writes that are rare, yet allowed: recorded truly, and done as Django does them without."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.db.models import F, JSONField, OuterRef, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from auditable import audit_disabled
from auditable.codecs import codec_of
from auditable.registry import options_of
from tests.columns.models import Moment, Odd, Sealed, Shout
from tests.shop.models import Account, Cell, Customer, Everything, Payment, Pear, Plain

from .trails import last, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


def follow(model: type[Model], since: int) -> None:
    """The entries, each continuing the one before, lead to the rows as they are."""
    rows: dict[str, dict[str, Any]] = {}
    for action, _label, pk, changes in told(model, since=since):
        if action == "create":
            assert pk not in rows
            rows[pk] = dict.fromkeys(changes)
        for name, (old, new) in changes.items():
            assert rows[pk][name] == old
            assert action != "update" or old != new
            rows[pk][name] = new
        if action == "delete":
            del rows[pk]
    options = options_of(model)
    assert options is not None
    fields: list[Any] = [model._meta.get_field(name) for name in options.fields]
    assert rows == {
        str(row.pk): {f.name: codec_of(f).encode(getattr(row, f.attname)) for f in fields}
        for row in model._base_manager.all()
    }


@pytest.fixture(params=["batches of many", "batches of two"])
def _batches(request: Any, settings: SettingsWrapper) -> None:
    if request.param == "batches of two":
        settings.AUDITABLE = {"BATCH_SIZE": 2}


@pytest.mark.usefixtures("_batches")
def test_columns_of_odd_names() -> None:
    since = last()
    odd = Odd.objects.create(col1=1, value="%s")
    odd.spaced, odd.words = 2, "%%'\""
    odd.save()
    Odd.objects.bulk_create(Odd(col1=n, value=str(n)) for n in range(5))
    assert Odd.objects.filter(col1__gte=1).update(new2=F("col1") + 1, words=Lower("value")) == 5
    assert Odd.objects.filter(words__contains="%").update(returned0=F("spaced"), value="%") == 1
    assert Odd.objects.filter(spaced=0, col1__lt=2).delete()[0] == 2
    follow(Odd, since)


@pytest.mark.usefixtures("_batches")
def test_raw_sql_may_name_a_column_without_its_table() -> None:
    since = last()
    odd = Odd.objects.create(col1=2)
    Odd.objects.bulk_create(Odd(col1=n) for n in range(4))
    assert Odd.objects.update(returned0=RawSQL("col1 + new2", ())) == 5
    assert Odd.objects.extra(where=["col1 > %s"], params=[1]).update(new2=F("col1")) == 3
    odd.spaced = RawSQL("col1 + %s", (1,))
    odd.save(update_fields=["spaced"])
    assert Odd.objects.filter(pk=odd.pk).update(spaced=RawSQL("col1 + new2", ())) == 1
    follow(Odd, since)


def test_a_key_that_is_stored_otherwise_than_it_was_assigned() -> None:
    since = last()
    Shout.objects.create(key="a").save()
    Shout.objects.bulk_create([Shout(key="b"), Shout(key="c")])
    Shout.objects.bulk_update([Shout(key="b", size=4)], ["size"])
    Shout.objects.filter(key="a").update(size=F("size") + 1)
    targeted = connection.features.supports_update_conflicts_with_target
    Shout.objects.bulk_create(
        [Shout(key="a", size=7), Shout(key="d", size=8)],
        update_conflicts=True,
        update_fields=["size"],
        unique_fields=["key"] if targeted else None,
    )
    assert Shout.objects.filter(key="a").update(key="e") == 1
    Shout.objects.get(key="d").delete()
    assert [pk for *_, pk, _changes in told(Shout, since=since)][-3:] == ["A", "E", "D"]
    follow(Shout, since)


def test_a_key_in_another_spelling_than_its_own() -> None:
    since = last()
    Payment(pk="7000001", amount="1.239").save(force_insert=True)
    Payment(pk="7000002", amount=Value(3) + Value(2)).save(force_insert=True)
    Payment.objects.bulk_create([Payment(pk="7000003", amount="1.239"), Payment(pk=7000004)])
    follow_keys = [pk for *_, pk, _changes in told(Payment, since=since)]
    assert follow_keys == ["7000001", "7000002", "7000003", "7000004"]


def test_a_moment_as_a_primary_key_moves() -> None:
    since = last()
    moment, later = (dt.datetime(2026, 1, day, 3, 4, 5, 6, tzinfo=dt.UTC) for day in (1, 2))
    Moment.objects.create(at=moment)
    assert Moment.objects.filter(at=moment).update(at=later) == 1
    assert [action for action, *_ in told(Moment, since=since)] == ["create", "delete", "create"]
    assert told(Moment, since=since)[-1][3] == {"at": [None, later.isoformat()]}


def test_keys_that_move_in_part() -> None:
    Cell.objects.bulk_create([Cell(row=1, column="a"), Cell(row=2, column="a")])
    since = last()
    assert Cell.objects.filter(column="a").update(row=F("row") + 10, column="b", value=3) == 2
    assert sorted(pk for action, _, pk, _ in told(Cell, since=since) if action == "create") == [
        '[11,"b"]',
        '[12,"b"]',
    ]


@pytest.mark.usefixtures("_batches")
def test_a_column_that_the_database_deciphers() -> None:
    since = last()
    sealed = Sealed.objects.create(secret="one")
    sealed.secret, sealed.size = "two", 1
    sealed.save()
    Sealed.objects.bulk_create(Sealed(secret=str(n)) for n in range(4))
    Sealed.objects.update(secret="three", size=F("size") + 1)
    Sealed.objects.filter(pk=sealed.pk).update(secret="four")
    Sealed.objects.filter(size=1).delete()
    if connection.features.can_return_rows_from_bulk_insert:
        Sealed.objects.bulk_create([sealed, Sealed(secret="five")], ignore_conflicts=True)
    follow(Sealed, since)
    assert "sealed:" not in str(told(Sealed, since=since))


@pytest.mark.usefixtures("_batches")
@pytest.mark.parametrize("auditing", [nullcontext, audit_disabled])
def test_an_assigned_subquery_of_no_rows_updates_as_it_does_without_the_log(
    auditing: Callable[[], Any],
) -> None:
    pears = Pear.objects.bulk_create([Pear(price=1), Pear(price=2), Pear(price=3)])
    since = last()
    nothing = Subquery(Pear.objects.none().values("price")[:1])
    with auditing():
        assert Pear.objects.update(price=nothing) == 0
        assert Pear.objects.filter(pk=pears[0].pk).update(price=nothing) == 0
    assert told(since=since) == []
    assert [pear.price for pear in Pear.objects.order_by("pk")] == [1, 2, 3]


def test_a_subquery_of_the_same_table() -> None:
    since = last()
    Pear.objects.bulk_create(Pear(price=n) for n in range(5))
    if connection.vendor == "mysql":
        pytest.skip("MariaDB allows none")
    least = Pear.objects.filter(price__gt=OuterRef("price")).order_by("price").values("price")[:1]
    assert Pear.objects.filter(price__lt=4).update(price=Subquery(least)) == 4
    assert sorted(pear.price for pear in Pear.objects.all()) == [1, 2, 3, 4, 4]
    follow(Pear, since)


@pytest.mark.usefixtures("_batches")
def test_between_null_and_the_null_of_json_is_nothing_to_tell() -> None:
    rows = Everything.objects.bulk_create([Everything(), Everything(), Everything(json=0)])
    since = last()
    null = Value(None, JSONField())
    Everything.objects.update(json=null)
    Everything.objects.filter(pk=rows[0].pk).update(json=None)
    Everything.objects.update(json=None)
    assert [changes for *_, changes in told(since=since)] == [{"json": [0, None]}]


@pytest.mark.parametrize("how", [{"of": ("self",)}, {"skip_locked": True}, {"nowait": True}])
def test_an_update_of_a_queryset_that_was_to_lock_rows(how: dict[str, Any]) -> None:
    customer = Customer.objects.create(name="x")
    Payment.objects.bulk_create([Payment(customer=customer), Payment(customer=customer)])
    since = last()
    locking = Payment.objects.select_for_update(**how)
    with transaction.atomic():
        assert locking.filter(customer__name="x").update(amount=F("amount") + 1) == 2
        assert locking.select_related("customer").filter(status="new").update(status="paid") == 2
        assert Account.objects.select_for_update(**how).update(iban="x") == 0
        assert locking.filter(customer__name="x").delete()[0] == 2
    assert [action for action, *_ in told(since=since)] == ["update"] * 4 + ["delete"] * 2


def test_thousands_of_objects_get_the_keys_of_their_own_rows() -> None:
    made = Pear.objects.bulk_create(Pear(price=n) for n in range(5000))
    held = dict(Pear.objects.values_list("pk", "price"))
    assert all(held[pear.pk] == pear.price for pear in made)
    assert [(pk, changes["price"][1]) for *_, pk, changes in told(Pear)] == [
        (str(pear.pk), pear.price) for pear in made
    ]


def test_texts_of_every_character_that_json_escapes() -> None:
    since = last()
    text = "".join(map(chr, [*range(1, 160), 0x2028, 0xFEFF, 0x1F388])).replace("\r", "")
    Everything.objects.bulk_create([Everything(text=text), Everything(json={text: text})])
    plain = Plain.objects.create(title=text[20:60])
    Cell.objects.bulk_create([Cell(row=1, column=text[n : n + 5]) for n in (0, 5, 30, 155)])
    values = [c for *_, c in told(since=since)]
    assert values[0]["text"] == [None, text]
    assert values[1]["json"] == [None, {text: text}]
    assert plain.audit_trail[0].diff[0].new == text[20:60]
    assert {(e.action, e.diff[0].new) for cell in Cell.objects.all() for e in cell.audit_trail} == {
        ("create", 0)
    }
