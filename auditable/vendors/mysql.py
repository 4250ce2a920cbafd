"""MariaDB (and MySQL, as far as it has what is used here)."""

from .base import Vendor

__all__ = ["MySQL"]


class MySQL(Vendor):
    """The driver turns `executemany` of an INSERT into one statement of many rows."""
