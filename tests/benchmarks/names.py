"""The columns of a payment, for whoever must know them before Django is set up."""

NAMED = ("amount", "status", "customer")
OTHERS = (
    "reference",
    "currency",
    "description",
    "created_at",
    "due_on",
    "fee",
    "attempts",
    "is_test",
    "payload",
)
STATUSES = ("new", "authorised", "captured", "refunded")
