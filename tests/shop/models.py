"""Models in every shape that the library must cope with."""

import datetime as dt
import uuid

from django.db import models
from django.db.models.functions import Lower

from auditable import AuditedModel, auditable


class Status(models.TextChoices):
    NEW = "new"
    PAID = "paid"
    REFUNDED = "refunded"


class Customer(models.Model):
    """Not audited: the other side of relations."""

    name = models.CharField(max_length=50)
    code = models.CharField(max_length=20, unique=True, null=True)


class Tag(models.Model):
    name = models.CharField(max_length=20)


class PaymentQuerySet(models.QuerySet["Payment"]):
    def paid(self) -> "PaymentQuerySet":
        return self.filter(status=Status.PAID)


class BuildsItsOwn(models.Manager["Payment"]):
    def get_queryset(self) -> PaymentQuerySet:
        return PaymentQuerySet(self.model, using=self._db)


@auditable(fields=["amount", "status", "customer", "tags"])
class Payment(AuditedModel):
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    status = models.CharField(max_length=16, choices=Status, default=Status.NEW)
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="payments")
    tags = models.ManyToManyField(Tag, related_name="payments")
    note = models.TextField(blank=True)
    reference = models.CharField(max_length=40, unique=True, null=True)

    objects = PaymentQuerySet.as_manager()
    built = BuildsItsOwn()


class PaymentProxy(Payment):
    class Meta:
        proxy = True


@auditable(fields=["title"])
class Plain(models.Model):
    """Audited without the base class, with a key of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=50)
    slug = models.CharField(max_length=50, blank=True)


@auditable(fields=["start"])
class Contract(AuditedModel):
    """The parent of multi-table children."""

    start = models.DateField(null=True)
    owner = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="contracts", to_field="code"
    )


@auditable(fields=["rent"])
class Lease(Contract):
    rent = models.IntegerField(default=0)


class Licence(Contract):
    """Not decorated: only its parent's columns are audited."""

    seats = models.IntegerField(default=0)


@auditable(fields=["price"])
class Priced(AuditedModel):
    price = models.IntegerField(default=0)

    class Meta:
        abstract = True


class Apple(Priced):
    sort = models.CharField(max_length=20, blank=True)


class Pear(Priced):
    owner = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="pears")


class Alive(models.Manager["Document"]):
    def get_queryset(self) -> models.QuerySet["Document"]:
        return super().get_queryset().filter(deleted=False)


@auditable(fields=["title", "deleted", "parent"])
class Document(AuditedModel):
    """Soft deletion, a self-reference and a string key."""

    key = models.CharField(max_length=20, primary_key=True, db_column="doc_key")
    title = models.CharField(max_length=50, db_column="doc_title")
    deleted = models.BooleanField(default=False)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    objects = Alive()
    every = models.Manager()


@auditable(fields=["value"])
class Cell(AuditedModel):
    """A composite primary key."""

    pk = models.CompositePrimaryKey("row", "column")
    row = models.IntegerField()
    column = models.CharField(max_length=5)
    value = models.IntegerField(default=0)


@auditable(fields=["gross", "net"])
class Invoice(AuditedModel):
    """A generated column, of a named and of an unnamed one."""

    net = models.IntegerField(default=0)
    tax = models.IntegerField(default=0)
    gross = models.GeneratedField(
        expression=models.F("net") + models.F("tax"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    lowered = models.GeneratedField(
        expression=Lower("memo"), output_field=models.CharField(max_length=20), db_persist=True
    )
    memo = models.CharField(max_length=20, default="")


def fallback() -> int | None:
    found = Customer.objects.filter(name="fallback").first()
    return found.pk if found else None


@auditable(fields=["first", "second", "third"])
class Holder(AuditedModel):
    """Every side effect of a deletion, on keys to one target."""

    first = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="+")
    second = models.ForeignKey(
        Customer, models.SET_DEFAULT, null=True, default=None, related_name="+"
    )
    third = models.ForeignKey(Customer, models.SET(fallback), null=True, related_name="+")
    fourth = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="+")


@auditable(fields=["members", "friends"])
class Group(AuditedModel):
    name = models.CharField(max_length=20, blank=True)
    members = models.ManyToManyField(Customer, through="Membership", related_name="groups")
    friends = models.ManyToManyField("self")


class Membership(models.Model):
    group = models.ForeignKey(Group, models.CASCADE)
    customer = models.ForeignKey(Customer, models.CASCADE)
    role = models.CharField(max_length=20, blank=True)


@auditable(fields=["text"])
class Page(AuditedModel):
    """Ordered with respect to its book."""

    book = models.ForeignKey(Customer, models.CASCADE)
    text = models.CharField(max_length=20, blank=True)

    class Meta:
        order_with_respect_to = "book"


@auditable(fields=["iban", "pin"], mask_fields=["iban"], require_reason=True)
class Account(AuditedModel):
    iban = models.CharField(max_length=34)
    pin = models.IntegerField(default=0)


class Unaudited(models.Model):
    name = models.CharField(max_length=20)


@auditable(
    fields=[
        *("big", "binary", "boolean", "char", "date", "datetime", "decimal", "float"),
        *("integer", "ip", "json", "small", "text", "time", "uuid", "duration"),
    ]
)
class Everything(AuditedModel):
    """A column of each kind."""

    big = models.BigIntegerField(null=True)
    binary = models.BinaryField(null=True)
    boolean = models.BooleanField(null=True)
    char = models.CharField(max_length=50, null=True)
    date = models.DateField(null=True)
    datetime = models.DateTimeField(null=True)
    decimal = models.DecimalField(max_digits=15, decimal_places=3, null=True)
    float = models.FloatField(null=True)
    integer = models.IntegerField(null=True)
    ip = models.GenericIPAddressField(null=True)
    json = models.JSONField(null=True)
    small = models.SmallIntegerField(null=True)
    text = models.TextField(null=True)
    time = models.TimeField(null=True)
    uuid = models.UUIDField(null=True)
    duration = models.DurationField(null=True)

    @classmethod
    def samples(cls) -> "list[Everything]":
        """Rows of ordinary and of awkward values, and one of nothing."""
        return [
            cls(),
            *(cls(big=value) for value in (0, 2**63 - 1, -(2**63))),
            *(cls(binary=value) for value in (b"", b"\x00\xff" * 60)),
            *(cls(boolean=value) for value in (True, False)),
            *(
                cls(char=value, text=value)
                for value in ("", "ü☃'\"\\/\n\r\t\x01\x1f\x7f\u2028", "🎈")
            ),
            *(cls(date=value) for value in (dt.date(1, 1, 1), dt.date(2026, 11, 23))),
            *(
                cls(datetime=dt.datetime(2026, 1, 2, 3, 4, 5, micro, tzinfo=dt.UTC))
                for micro in (0, 1, 120000)
            ),
            *(cls(time=dt.time(23, 59, 59, micro)) for micro in (0, 1, 999000)),
            *(cls(decimal=value) for value in ("0", "-0.001", "999999999999.999", "0.125")),
            *(cls(float=value) for value in (0.1 + 0.2, -0.0, 1.5, 1e15)),
            *(cls(integer=value, small=value) for value in (-1, 0, 32767)),
            *(cls(ip=value) for value in ("10.0.0.1", "2001:db8::1")),
            *(
                cls(json=value)
                for value in ({"b": [1, None, "x"], "a": {"ü": True}}, [], "text", 0)
            ),
            cls(uuid=uuid.UUID(int=5)),
            cls(duration=dt.timedelta(days=-1, microseconds=7)),
        ]
