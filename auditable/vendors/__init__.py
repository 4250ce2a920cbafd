"""What depends on the database: a file a vendor, chosen by `connection.vendor`."""

from django.db.backends.base.base import BaseDatabaseWrapper

from .base import Vendor
from .mysql import MySQL
from .postgresql import PostgreSQL
from .sqlite import SQLite

__all__ = ["Vendor", "vendor_of"]

_vendors: dict[str, Vendor] = {
    "mysql": MySQL(),
    "postgresql": PostgreSQL(),
    "sqlite": SQLite(),
}
_any = Vendor()


def vendor_of(connection: BaseDatabaseWrapper) -> Vendor:
    """What is special about the database behind `connection`."""
    return _vendors.get(connection.vendor, _any)
