"""The table "which write records what", row by row."""

from __future__ import annotations

import pickle
from datetime import date
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import connection, connections, models, transaction
from django.db.models import Case, Count, F, OuterRef, Subquery, Value, When

from auditable.models import AuditEntry
from tests.shop.models import (
    Apple,
    Cell,
    Contract,
    Customer,
    Document,
    Group,
    Holder,
    Invoice,
    Lease,
    Licence,
    Membership,
    Page,
    Payment,
    PaymentProxy,
    Pear,
    Plain,
    Tag,
)

from .trails import last, told

pytestmark = pytest.mark.django_db


def pay(**values: Any) -> Payment:
    return Payment.objects.create(**values)


def updates(since: int) -> dict[str, Any]:
    found = told(since=since)
    assert {action for action, *_ in found} <= {"update"}
    return {pk: changes for _action, _label, pk, changes in found}


class TestUpdate:
    def test_constants_filtered_by_the_column_that_changes(self) -> None:
        one, two, three = pay(status="new"), pay(status="new"), pay(status="paid")
        since = last()
        assert Payment.objects.filter(status="new").update(status="paid") == 2
        expected = {"status": ["new", "paid"]}
        assert updates(since) == {str(one.pk): expected, str(two.pk): expected}
        assert str(three.pk) not in updates(since)

    def test_a_row_that_holds_the_value_already_counts_but_leaves_no_entry(self) -> None:
        one, two = pay(status="new"), pay(status="paid")
        since = last()
        assert Payment.objects.update(status="paid") == 2
        assert updates(since) == {str(one.pk): {"status": ["new", "paid"]}}
        assert two.pk

    def test_f_expressions_are_read_back(self) -> None:
        one = pay(amount="1.50")
        since = last()
        assert Payment.objects.update(amount=F("amount") * 2 + 1) == 1
        assert updates(since) == {str(one.pk): {"amount": ["1.50", "4.00"]}}

    def test_case_and_subquery(self) -> None:
        customer = Customer.objects.create(name="9")
        one, two = pay(customer=customer, amount=1), pay(amount=2)
        since = last()
        Payment.objects.update(
            status=Case(When(amount=1, then=Value("paid")), default=F("status")),
            amount=Subquery(Payment.objects.filter(pk=OuterRef("pk")).values("amount")[:1])
            if connection.vendor != "mysql"
            else F("amount"),
        )
        assert updates(since) == {str(one.pk): {"status": ["new", "paid"]}}
        assert two.pk

    def test_foreign_keys_by_instance_and_by_id(self) -> None:
        customer, other = Customer.objects.create(), Customer.objects.create()
        one = pay()
        since = last()
        Payment.objects.filter(pk=one.pk).update(customer=customer)
        Payment.objects.filter(pk__gte=0).update(customer_id=other.pk)
        assert [c for *_, c in told(since=since)] == [
            {"customer": [None, customer.pk]},
            {"customer": [customer.pk, other.pk]},
        ]

    def test_joins_excludes_distinct_and_aggregates_in_the_filter(self) -> None:
        customer = Customer.objects.create(name="x")
        one, two = pay(customer=customer), pay()
        tag = Tag.objects.create(name="t")
        one.tags.add(tag)
        since = last()
        assert Payment.objects.filter(customer__name="x").update(status="paid") == 1
        assert Payment.objects.exclude(customer__name="x").update(status="paid") == 1
        assert Payment.objects.filter(tags__name="t").distinct().update(amount=5) == 1
        tagged = Payment.objects.annotate(n=Count("tags")).filter(n__gte=1)
        assert tagged.update(amount=6) == 1
        assert [(pk, c) for *_, pk, c in told(since=since)] == [
            (str(one.pk), {"status": ["new", "paid"]}),
            (str(two.pk), {"status": ["new", "paid"]}),
            (str(one.pk), {"amount": ["0.00", "5.00"]}),
            (str(one.pk), {"amount": ["5.00", "6.00"]}),
        ]

    def test_no_row_and_no_named_column(self) -> None:
        pay()
        since = last()
        assert Payment.objects.filter(amount=77).update(amount=1) == 0
        assert Payment.objects.none().update(amount=1) == 0
        assert Payment.objects.update(note="x") == 1
        assert told(since=since) == []

    def test_a_changed_primary_key_ends_one_trail_and_begins_another(self) -> None:
        Document.every.create(key="a", title="t")
        since = last()
        assert Document.every.filter(key="a").update(key="b") == 1
        old = {"title": ["t", None], "deleted": [False, None], "parent": [None, None]}
        new = {"title": [None, "t"], "deleted": [None, False], "parent": [None, None]}
        assert told(since=since) == [
            ("delete", "shop.document", "a", old),
            ("create", "shop.document", "b", new),
        ]

    def test_a_changed_part_of_a_composite_key(self) -> None:
        Cell.objects.create(row=1, column="a", value=5)
        since = last()
        assert Cell.objects.update(row=F("row") + 10) == 1
        assert told(since=since) == [
            ("delete", "shop.cell", '[1,"a"]', {"value": [5, None]}),
            ("create", "shop.cell", '[11,"a"]', {"value": [None, 5]}),
        ]


class TestBulk:
    def test_bulk_create(self) -> None:
        made = Payment.objects.bulk_create([Payment(amount=n) for n in range(3)])
        assert [(a, pk, c["amount"]) for a, _, pk, c in told(Payment)] == [
            ("create", str(p.pk), [None, f"{n}.00"]) for n, p in enumerate(made)
        ]

    def test_bulk_create_with_given_keys(self) -> None:
        made = Plain.objects.bulk_create([Plain(title="a"), Plain(title="b")])
        assert {(pk, c["title"][1]) for _, _, pk, c in told(Plain)} == {
            (str(p.pk), p.title) for p in made
        }

    def test_ignored_rows_leave_no_entry(self) -> None:
        pay(reference="a", amount=1)
        since = last()
        Payment.objects.bulk_create(
            [Payment(reference="a", amount=2), Payment(reference="b", amount=3)],
            ignore_conflicts=True,
        )
        made = Payment.objects.get(reference="b")
        assert [(a, pk, c["amount"]) for a, _, pk, c in told(since=since)] == [
            ("create", str(made.pk), [None, "3.00"])
        ]

    def test_upserts_create_or_update(self) -> None:
        old = pay(reference="a", amount=1, status="paid")
        since = last()
        objs = [
            Payment(reference="b", amount=3),
            Payment(reference="a", amount=2),
            Payment(reference="c", amount=4),
        ]
        unique = {} if connection.vendor == "mysql" else {"unique_fields": ["reference"]}
        made = Payment.objects.bulk_create(
            objs, update_conflicts=True, update_fields=["amount"], **unique
        )
        assert made == objs
        b, c = Payment.objects.get(reference="b"), Payment.objects.get(reference="c")
        if connection.features.can_return_rows_from_bulk_insert:
            assert [p.pk for p in made] == [b.pk, old.pk, c.pk]
        found = {pk: (a, c["amount"]) for a, _, pk, c in told(since=since)}
        assert found == {
            str(b.pk): ("create", [None, "3.00"]),
            str(c.pk): ("create", [None, "4.00"]),
            str(old.pk): ("update", ["1.00", "2.00"]),
        }

    def test_bulk_update(self) -> None:
        one, two = pay(amount=1), pay(amount=2)
        one.amount, two.amount = 10, 20
        two.status = "paid"
        since = last()
        assert Payment.objects.bulk_update([one, two], ["amount", "status"]) == 2
        assert updates(since) == {
            str(one.pk): {"amount": ["1.00", "10.00"]},
            str(two.pk): {"amount": ["2.00", "20.00"], "status": ["new", "paid"]},
        }

    def test_bulk_update_of_expressions(self) -> None:
        one = pay(amount=1)
        one.amount = F("amount") + 1
        since = last()
        Payment.objects.bulk_update([one], ["amount"])
        assert updates(since) == {str(one.pk): {"amount": ["1.00", "2.00"]}}

    def test_get_or_create_and_update_or_create(self) -> None:
        made, created = Payment.objects.get_or_create(reference="a", defaults={"amount": 1})
        Payment.objects.get_or_create(reference="a", defaults={"amount": 9})
        Payment.objects.update_or_create(reference="a", defaults={"amount": 2})
        assert created
        assert [(a, c["amount"]) for a, _, _, c in told()] == [
            ("create", [None, "1.00"]),
            ("update", ["1.00", "2.00"]),
        ]
        assert made.pk


class TestDelete:
    def test_a_queryset(self) -> None:
        one, two = pay(), pay()
        since = last()
        assert Payment.objects.all().delete()[0] == 2
        assert {(a, pk) for a, _, pk, _ in told(since=since)} == {
            ("delete", str(one.pk)),
            ("delete", str(two.pk)),
        }

    def test_raw_delete_is_seen_too(self) -> None:
        one = pay()
        since = last()
        Payment.objects.all()._raw_delete("default")
        assert [(a, pk) for a, _, pk, _ in told(since=since)] == [("delete", str(one.pk))]

    def test_a_cascade_from_an_undecorated_parent(self) -> None:
        customer = Customer.objects.create(code="c")
        pear = Pear.objects.create(owner=customer, price=3)
        contract = Contract.objects.create(owner=customer)
        since = last()
        customer.delete()
        assert {(a, label, pk) for a, label, pk, _ in told(since=since)} == {
            ("delete", "shop.pear", str(pear.pk)),
            ("delete", "shop.contract", str(contract.pk)),
        }

    def test_side_effects_on_named_keys(self) -> None:
        customer = Customer.objects.create()
        spare = Customer.objects.create(name="fallback")
        held = Holder.objects.create(first=customer, second=customer, third=customer)
        since = last()
        customer.delete()
        key = customer.pk or held.first_id
        merged: dict[str, Any] = {}
        for changes in [c for a, _, pk, c in told(since=since)]:
            merged |= changes
        assert merged == {
            "first": [key, None],
            "second": [key, None],
            "third": [key, spare.pk],
        }

    def test_a_chain_of_self_references(self) -> None:
        a = Document.every.create(key="a")
        b = Document.every.create(key="b", parent=a)
        Document.every.create(key="c", parent=b)
        since = last()
        a.delete()
        assert {(x, pk) for x, _, pk, _ in told(since=since) if x == "delete"} == {
            ("delete", "a"),
            ("delete", "b"),
            ("delete", "c"),
        }


class TestManagers:
    def test_reverse_managers(self) -> None:
        customer, other = Customer.objects.create(), Customer.objects.create()
        one, two = pay(), pay()
        since = last()
        customer.payments.add(one, two)
        customer.payments.update(amount=3)
        customer.payments.remove(one)
        customer.payments.set([one])
        customer.payments.clear()
        other.payments.create(amount=8)
        told_of_one = [c for _, _, pk, c in told(since=since) if pk == str(one.pk)]
        assert told_of_one == [
            {"customer": [None, customer.pk]},
            {"amount": ["0.00", "3.00"]},
            {"customer": [customer.pk, None]},
            {"customer": [None, customer.pk]},
            {"customer": [customer.pk, None]},
        ]
        assert two.pk

    @pytest.mark.parametrize("manager", ["objects", "built", "_base_manager", "_default_manager"])
    def test_every_manager_and_pickled_querysets(self, manager: str) -> None:
        one = pay()
        since = last()
        queryset = getattr(Payment, manager).filter(pk__in=[one.pk])
        revived = Payment.objects.all()
        revived.query = pickle.loads(pickle.dumps(queryset.query))
        revived.update(amount=1)
        models.QuerySet(Payment).update(amount=2)
        assert [c for *_, c in told(since=since)] == [
            {"amount": ["0.00", "1.00"]},
            {"amount": ["1.00", "2.00"]},
        ]

    def test_nothing_about_the_managers_has_changed(self) -> None:
        assert type(Document.objects).__name__ == "Alive"
        assert Payment._default_manager is Payment._meta.default_manager
        assert type(Payment.objects.all()).__name__ == "PaymentQuerySet"
        call_command("makemigrations", "auditable", check=True, dry_run=True, verbosity=0)


class TestShapes:
    def test_proxies_share_the_trail(self) -> None:
        proxy = PaymentProxy.objects.create(amount=1)
        PaymentProxy.objects.update(amount=2)
        proxy.delete()
        assert {label for _, label, _, _ in told()} == {"shop.payment"}
        assert len(proxy.audit_trail.all()) == 3

    def test_children_have_their_parents_columns_in_the_parents_trail(self) -> None:
        lease = Lease.objects.create(start=date(2026, 1, 1), rent=1)
        Lease.objects.update(rent=2, start=date(2026, 1, 2))
        lease.refresh_from_db()
        lease.start, lease.rent = date(2026, 1, 3), 3
        lease.save()
        assert told() == [
            ("create", "shop.contract", str(lease.pk), {"start": [None, "2026-01-01"]}),
            ("create", "shop.lease", str(lease.pk), {"rent": [None, 1]}),
            ("update", "shop.contract", str(lease.pk), {"start": ["2026-01-01", "2026-01-02"]}),
            ("update", "shop.lease", str(lease.pk), {"rent": [1, 2]}),
            ("update", "shop.contract", str(lease.pk), {"start": ["2026-01-02", "2026-01-03"]}),
            ("update", "shop.lease", str(lease.pk), {"rent": [2, 3]}),
        ]
        assert lease.audit_trail.count() == 6
        lease.delete()
        assert {label for a, label, *_ in told() if a == "delete"} == {
            "shop.contract",
            "shop.lease",
        }

    def test_an_undecorated_child(self) -> None:
        licence = Licence.objects.create(seats=1)
        Licence.objects.update(seats=2)
        assert [(a, label) for a, label, *_ in told()] == [("create", "shop.contract")]
        licence.delete()
        assert licence.audit_trail.count() == 2

    def test_subclasses_of_a_decorated_abstract_model(self) -> None:
        Apple.objects.create(price=1)
        Pear.objects.create(price=2)
        assert [label for _, label, *_ in told()] == ["shop.apple", "shop.pear"]

    def test_soft_deletion_and_a_filtering_manager(self) -> None:
        document = Document.objects.create(key="a", title="t")
        document.deleted = True
        document.save()
        document.title = "u"
        document.save()
        Document.every.filter(deleted=True).update(title="v")
        assert [c for a, *_, c in told() if a == "update"] == [
            {"deleted": [False, True]},
            {"title": ["t", "u"]},
            {"title": ["u", "v"]},
        ]

    def test_composite_keys(self) -> None:
        cell = Cell.objects.create(row=1, column="a", value=1)
        cell.value = 2
        cell.save()
        Cell.objects.filter(row=1).update(value=F("value") + 1)
        cell.value = 9
        Cell.objects.bulk_update([cell], ["value"])
        assert [e.changes["value"] for e in cell.audit_trail] == [[3, 9], [2, 3], [1, 2], [None, 1]]
        cell.delete()
        assert Cell.audit_trail.for_pk((1, "a")).count() == 5

    def test_generated_columns(self) -> None:
        invoice = Invoice.objects.create(net=10, tax=1)
        invoice.tax = 2
        invoice.save()
        Invoice.objects.update(net=20)
        assert [c for *_, c in told()] == [
            {"gross": [None, 11], "net": [None, 10]},
            {"gross": [11, 12]},
            {"gross": [12, 22], "net": [10, 20]},
        ]

    def test_the_copy_idiom(self) -> None:
        one = pay(amount=1)
        first = one.pk
        one.pk = None
        one._state.adding = True
        one.save()
        assert [(a, pk) for a, _, pk, _ in told()] == [
            ("create", str(first)),
            ("create", str(one.pk)),
        ]

    def test_overwriting_a_row_by_its_key(self) -> None:
        one = pay(amount=1)
        since = last()
        Payment(pk=one.pk, amount=2).save()
        assert updates(since) == {str(one.pk): {"amount": ["1.00", "2.00"]}}

    def test_order_with_respect_to(self) -> None:
        book = Customer.objects.create()
        pages = [Page.objects.create(book=book, text=text) for text in "ab"]
        book.set_page_order([page.pk for page in reversed(pages)])
        assert [a for a, *_ in told()] == ["create", "create"]


class TestManyToMany:
    def test_either_side_and_only_what_is_new(self) -> None:
        payment, tag, other = pay(), Tag.objects.create(), Tag.objects.create()
        since = last()
        payment.tags.add(tag)
        payment.tags.add(tag, other)
        payment.tags.remove(other)
        payment.tags.remove(other)
        tag.payments.clear()
        tag.payments.set([payment])
        tag.delete()
        assert [c["tags"] for *_, c in told(since=since)] == [
            {"add": [tag.pk or 1]} if tag.pk else {"add": [other.pk - 1]},
            {"add": [other.pk]},
            {"remove": [other.pk]},
            {"remove": [other.pk - 1]},
            {"add": [other.pk - 1]},
            {"remove": [other.pk - 1]},
        ]

    def test_a_through_model_of_ones_own(self) -> None:
        group, customer, other = (
            Group.objects.create(),
            Customer.objects.create(),
            Customer.objects.create(),
        )
        group.members.add(customer, through_defaults={"role": "r"})
        Membership.objects.bulk_create([Membership(group=group, customer=other)])
        Membership.objects.filter(customer=other).update(role="x")
        Membership.objects.filter(customer=customer).delete()
        assert [c["members"] for *_, c in told()] == [
            {"add": [customer.pk]},
            {"add": [other.pk]},
            {"remove": [customer.pk]},
        ]

    def test_a_moved_link_leaves_one_and_joins_the_other(self) -> None:
        one, two = Group.objects.create(), Group.objects.create()
        customer = Customer.objects.create()
        one.members.add(customer)
        since = last()
        Membership.objects.update(group=two)
        assert [(pk, c["members"]) for _, _, pk, c in told(since=since)] == [
            (str(one.pk), {"remove": [customer.pk]}),
            (str(two.pk), {"add": [customer.pk]}),
        ]

    def test_symmetrical(self) -> None:
        one, two = Group.objects.create(), Group.objects.create()
        one.friends.add(two)
        assert {(pk, str(c)) for _, _, pk, c in told()} == {
            (str(one.pk), str({"friends": {"add": [two.pk]}})),
            (str(two.pk), str({"friends": {"add": [one.pk]}})),
        }


def test_fixtures(tmp_path: Any) -> None:
    one = pay(amount=1)
    fixture = tmp_path / "f.json"
    call_command("dumpdata", "shop.payment", output=str(fixture), verbosity=0)
    since = last()
    Payment.objects.update(amount=2)
    call_command("loaddata", str(fixture), verbosity=0)
    assert [c for *_, c in told(since=since)] == [
        {"amount": ["1.00", "2.00"]},
        {"amount": ["2.00", "1.00"]},
    ]
    assert one.pk


def test_entries_go_where_a_savepoint_goes() -> None:
    one = pay(amount=1)
    since = last()
    one.amount = 2
    with transaction.atomic():
        one.save()
        transaction.set_rollback(True)
    assert told(since=since) == []
    one.save()
    assert updates(since) == {str(one.pk): {"amount": ["1.00", "2.00"]}}


@pytest.mark.django_db(databases=["default", "other"])
def test_the_log_is_on_the_alias_that_was_written() -> None:
    one = Payment.objects.using("other").create(amount=1)
    one.amount = 2
    one.save(using="other")
    assert told() == []
    assert len(told(using="other")) == 2
    assert one.audit_trail.count() == 2
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_async_twins() -> None:
    one = await Payment.objects.acreate(amount=1)
    one.amount = 2
    await one.asave()
    await Payment.objects.aupdate(amount=3)
    await Payment.objects.abulk_create([Payment()])
    await one.adelete()
    actions = [entry.action async for entry in AuditEntry.objects.order_by("pk")]
    assert actions == ["create", "update", "update", "create", "delete"]
    await sync_to_async(connections.close_all)()
