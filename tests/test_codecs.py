"""Values as the log keeps them, compared with what each database makes of them."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from auditable.changes import same
from auditable.codecs import UNFORESEEN, codec_of
from tests.columns.models import Colour, Defaulted, Pointer, Sample, Size
from tests.databases import DATABASE
from tests.shop.models import Customer, Document, Invoice, Plain
from tests.writes.trails import last, told

if TYPE_CHECKING:
    from django.db.models import Model

pytestmark = pytest.mark.django_db

only_postgresql = pytest.mark.skipif(DATABASE != "postgresql", reason="PostgreSQL's own")
only_sqlite = pytest.mark.skipif(DATABASE != "sqlite", reason="others check the type")


def between(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(characters, max_size=50)
zones = st.sampled_from([dt.UTC, ZoneInfo("Asia/Kathmandu"), dt.timezone(dt.timedelta(hours=-9))])
datetimes = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(9000, 1, 1), timezones=zones)
uuids = st.uuids(version=4)  # MariaDB refuses some that are of no version
words = st.text("ab-_", min_size=1, max_size=20)
floats = st.floats(-1e15, 1e15, allow_subnormal=False)
numbers = between(64) | floats
decimals = st.decimals(-(10**9), 10**9, places=2)
jsons = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
).filter(lambda value: value is not None)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "big": between(64),
    "binary": st.binary(max_size=80),
    "boolean": st.booleans() | st.sampled_from([0, 1, "True", "f"]),
    "char": texts | st.integers(0).map(lambda n: n % 10**40),
    "colour": st.sampled_from(Colour),
    "date": st.dates(dt.date(1000, 1, 1)) | st.dates(dt.date(1000, 1, 1)).map(str),
    "datetime": datetimes | datetimes.map(str),
    "decimal": decimals | decimals.map(str) | st.integers(-(10**9), 10**9),
    "duration": st.timedeltas(dt.timedelta(-(10**5)), dt.timedelta(10**5)),
    "email": words.map("{}@example.org".format),
    "file": words,
    "filepath": words,
    "float": floats | st.integers(-(10**9), 10**9),
    "integer": between(32) | between(32).map(str),
    "ip": st.ip_addresses().map(str),
    "json": jsons,
    "positive": st.integers(0, 2**31 - 1),
    "positive_big": st.integers(0, 2**63 - 1),
    "positive_small": st.integers(0, 2**15 - 1),
    "size": st.sampled_from(Size),
    "slug": words,
    "small": between(16),
    "text": st.text(characters),
    "time": st.times() | st.times().map(str),
    "upper": words,
    "url": words.map("https://example.org/{}".format),
    "uuid": uuids | uuids.map(str) | uuids.map(lambda value: value.hex),
    "wide": st.decimals(-(10**19), 10**19, places=10),
    "words": st.lists(words, min_size=1, max_size=4).map(tuple),
}


def check(model: type[Model], name: str, value: Any) -> Any:
    """Save `value`; the log says what the column holds, now and after it is saved again."""
    field: Any = model._meta.get_field(name)
    codec, since = codec_of(field), last()
    row = model(**{field.attname: value})
    row.save()
    read = getattr(model._base_manager.get(pk=row.pk), field.attname)
    stored = codec.encode(read)
    assert same(json.loads(json.dumps(stored)), stored)
    foreseen = codec.foresee(value)
    assert foreseen is UNFORESEEN or same(foreseen, stored)
    ((_action, _label, _pk, changes),) = told(model, since=since)
    assert same(changes[name], [None, stored])
    decoded = codec.decode(stored)
    assert decoded == read or decoded != decoded
    since = last()
    row.save()
    model._base_manager.get(pk=row.pk).save()
    model._base_manager.filter(pk=row.pk).update(**{field.attname: value})
    assert told(model, since=since) == []
    return stored


@pytest.mark.parametrize("name", sorted(VALUES))
def test_the_log_says_what_the_column_holds(name: str) -> None:
    @given(VALUES[name])
    @settings(max_examples=30)
    def holds(value: Any) -> None:
        check(Sample, name, value)

    holds()


def test_every_field_is_sampled() -> None:
    assert {field.name for field in Sample._meta.concrete_fields} == {"id", *VALUES}


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("binary", b"\x00\xff", "AP8="),
        ("colour", Colour.RED, "r"),
        (
            "datetime",
            dt.datetime(2026, 1, 2, 3, tzinfo=ZoneInfo("Asia/Kathmandu")),
            "2026-01-01T21:15:00+00:00",
        ),
        ("decimal", "10", "10.00"),
        ("decimal", Decimal("1e3"), "1000.00"),
        ("decimal", Decimal("-0"), "0.00"),
        ("decimal", 0.1, "0.10"),
        ("duration", dt.timedelta(days=-1, microseconds=7), "-P0DT23H59M59.999993S"),
        ("float", 10, 10.0),
        ("integer", "7", 7),
        ("ip", "2001:0db8:0:0::1", "2001:db8::1"),
        ("ip", "::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("json", {"b": [1, None], "a": "ü"}, {"a": "ü", "b": [1, None]}),
        ("size", Size.LARGE, 2),
        ("upper", "abc", "ABC"),
        ("uuid", uuid.UUID(int=5).hex, "00000000-0000-0000-0000-000000000005"),
        ("words", ("a", "b"), "a|b"),
    ],
)
def test_canonical_values(name: str, value: Any, stored: Any) -> None:
    assert check(Sample, name, value) == stored


@pytest.mark.filterwarnings("ignore:DateTimeField:RuntimeWarning")
def test_naive_datetimes_are_of_the_default_time_zone() -> None:
    assert check(Sample, "datetime", dt.datetime(2026, 1, 2)) == "2026-01-02T00:00:00+00:00"
    assert check(Sample, "datetime", dt.date(2026, 1, 2)) == "2026-01-02T00:00:00+00:00"


def test_a_value_that_is_changed_in_place() -> None:
    sample = Sample.objects.create(json={"a": [1]})
    since = last()
    sample.json["a"].append(2)
    sample.save()
    assert told(since=since)[0][3] == {"json": [{"a": [1]}, {"a": [1, 2]}]}


def test_foreign_keys_are_the_key_they_point_at() -> None:
    plain, document = Plain.objects.create(), Document.objects.create(key="d")
    customer = Customer.objects.create(code="c")
    assert check(Pointer, "plain", plain.pk) == str(plain.pk)
    assert check(Pointer, "plain", str(plain.pk)) == str(plain.pk)
    assert check(Pointer, "document", document.pk) == "d"
    assert check(Pointer, "customer", customer.code) == "c"


def test_what_the_database_computes_is_read_back() -> None:
    since = last()
    Defaulted.objects.create()
    Defaulted.objects.bulk_create([Defaulted(number=1)])
    Invoice.objects.create(net=2, tax=3)
    assert [changes for *_, changes in told(since=since)] == [
        {"number": [None, 7], "word": [None, "seven"]},
        {"number": [None, 1], "word": [None, "seven"]},
        {"gross": [None, 5], "net": [None, 2]},
    ]


@only_postgresql
def test_what_is_not_a_number() -> None:
    assert check(Sample, "float", float("nan")) == "NaN"
    with connection.cursor() as cursor:  # Django itself does not store it
        cursor.execute("UPDATE columns_sample SET decimal = 'NaN'")
    since = last()
    Sample.objects.update(decimal=1)
    assert told(since=since)[0][3] == {"decimal": ["NaN", "1.00"]}


@only_postgresql
def test_the_columns_of_postgresql() -> None:
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange, NumericRange

    from tests.columns.models import Special

    check(Special, "numbers", [1, None, 3])
    check(Special, "moments", [dt.date(2026, 1, 2)])
    check(Special, "pairs", {"a": "1", "b": None})
    check(Special, "span", NumericRange(1, 5))
    moment = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    check(Special, "period", DateTimeTZRange(moment, None))


@only_sqlite
@pytest.mark.parametrize("name", sorted(VALUES))
@pytest.mark.parametrize("garbage", ["what is this?", "", -1.5])
def test_what_the_column_does_not_allow_is_no_obstacle(name: str, garbage: Any) -> None:
    row = Sample.objects.create(binary=b"", file="a")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute(f'UPDATE columns_sample SET "{name}" = %s', [garbage])
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    since = last()
    Sample(pk=row.pk, binary=b"x", file="b").save()
    ((action, _label, _pk, changes),) = told(since=since)
    assert action == "update"
    # The driver itself reads a text that is no date, and an empty boolean, as nothing.
    if name not in ("boolean", "date", "datetime", "time"):
        assert name in changes
