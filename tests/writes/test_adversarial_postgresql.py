"""What only PostgreSQL has: triggers that change rows, collations, partitions, typed parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import F

from tests.columns.models import Odd
from tests.databases import DATABASE
from tests.shop.models import Cell, Invoice, Payment, Pear, Plain

from .folding import fold, live
from .test_concurrency import together
from .trails import last, told

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(DATABASE != "postgresql", reason="PostgreSQL's own"),
]


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def before_updates_of_pears(body: str) -> None:
    execute(
        f"CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body} END$$",
        "CREATE TRIGGER meddle BEFORE UPDATE ON shop_pear FOR EACH ROW EXECUTE FUNCTION meddle()",
    )


def test_a_change_that_the_collation_takes_for_none_is_told() -> None:
    execute(
        "CREATE COLLATION blind (provider=icu, locale='und-u-ks-level2', deterministic=false)",
        "ALTER TABLE shop_plain ALTER COLUMN title TYPE varchar(50) COLLATE blind",
    )
    plain = Plain.objects.create(title="ada")
    since = last()
    plain.title = "Ada"
    plain.save()
    assert Plain.objects.filter(title="ADA").update(title="ADA") == 1
    assert [changes for *_, changes in told(since=since)] == [
        {"title": ["ada", "Ada"]},
        {"title": ["Ada", "ADA"]},
    ]


def test_what_a_trigger_makes_of_an_assigned_value_is_told() -> None:
    before_updates_of_pears("NEW.price := NEW.price * 100; RETURN NEW;")
    pear = Pear.objects.create(price=1)
    since = last()
    pear.price = 2
    pear.save()
    assert Pear.objects.update(price=F("price") + 1) == 1
    assert [changes["price"] for *_, changes in told(since=since)] == [[1, 200], [200, 20100]]


def test_an_update_that_a_trigger_swallows_is_neither_counted_nor_told() -> None:
    before_updates_of_pears("IF NEW.price > 5 THEN RETURN NULL; END IF; RETURN NEW;")
    Pear.objects.bulk_create([Pear(price=1), Pear(price=5)])
    since = last()
    assert Pear.objects.update(price=F("price") + 1) == 1
    assert [changes["price"] for *_, changes in told(since=since)] == [[1, 2]]


def test_a_row_moves_to_another_partition() -> None:
    execute(
        'ALTER TABLE "Odd Table\'s" RENAME TO whole',
        'CREATE TABLE "Odd Table\'s" (LIKE whole INCLUDING DEFAULTS INCLUDING IDENTITY) '
        "PARTITION BY LIST (col1)",
        'CREATE TABLE ones PARTITION OF "Odd Table\'s" FOR VALUES IN (1)',
        'CREATE TABLE others PARTITION OF "Odd Table\'s" DEFAULT',
    )
    odd = Odd.objects.create(col1=1)
    odd.col1 = 2
    odd.save()
    Odd.objects.bulk_create([Odd(col1=1), Odd(col1=2)])
    since = last()
    assert Odd.objects.update(col1=F("col1") % 2 + 1) == 3
    assert sorted(changes["col1"] for *_, changes in told(since=since)) == [[1, 2], [2, 1], [2, 1]]
    assert Odd.objects.all().delete()[0] == 3


@pytest.mark.django_db(transaction=True)
class TestConnections:
    @pytest.fixture(params=["server_side_binding", "prepare_threshold"])
    def _option(self, request: Any) -> Iterator[None]:
        options = connection.settings_dict["OPTIONS"]
        connection.close()
        options[request.param] = True if request.param == "server_side_binding" else 0
        try:
            yield
        finally:
            connection.close()
            del options[request.param]

    @pytest.mark.usefixtures("_option")
    def test_parameters_that_the_server_binds(self) -> None:
        payment = Payment.objects.create(amount=1, status="%s")
        for number in range(8):
            payment.amount = number
            payment.save()
        Payment.objects.bulk_create([Payment(status="'"), Payment()])
        Payment.objects.update(amount=F("amount") + 1)
        Cell.objects.bulk_create([Cell(row=1, column="é"), Cell(row=2, column="%")])
        Cell.objects.filter(column="%").update(value=4)
        Invoice.objects.create(net=3)
        Payment.objects.filter(status="'").delete()
        assert fold(told()) == live()

    @pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
    def test_a_row_that_another_transaction_has_changed(self, level: str) -> None:
        """The snapshot is no longer the newest: the server refuses, and no entry stays."""
        payment = Payment.objects.create(amount=1)
        with pytest.raises(Exception, match="could not serialize"), transaction.atomic():
            execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            payment.refresh_from_db()
            together(lambda: Payment.objects.filter(pk=payment.pk).update(amount=2))
            payment.amount = 3
            payment.save()
        assert fold(told()) == live()
        assert len(told()) == 2

    def test_writes_without_autocommit(self) -> None:
        connections["default"].set_autocommit(False)
        try:
            payment = Payment.objects.create(amount=1)
            payment.amount = 2
            payment.save()
            transaction.commit()
            Payment.objects.update(amount=3)
            transaction.rollback()
        finally:
            connections["default"].set_autocommit(True)
        assert fold(told()) == live()
        assert [action for action, *_ in told()] == ["create", "update"]
