"""What changed between two states of a row: pure, no database in sight."""

from typing import Any, Final, Generic, NamedTuple

from typing_extensions import TypeVar

__all__ = ["MISSING", "Change", "same"]

V = TypeVar("V", default=Any)


class _Missing:
    """The side of a change that does not exist: before a creation, after a deletion."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


class Change(NamedTuple, Generic[V]):
    """One field's step from one value to another; unpacks as `field, old, new`."""

    field: str
    """Name of the field on the model."""

    old: V
    """What the row held before; `MISSING` for a creation."""

    new: V
    """What the row held after; `MISSING` for a deletion."""

    def __str__(self) -> str:
        if self.old is MISSING:
            return f"{self.field}: {_shown(self.new)}"
        return f"{self.field}: {_shown(self.old)} → {_shown(self.new)}"


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values say the same: as `==`, but `true` is not 1."""
    if one.__class__ is not other.__class__:
        if bool in (one.__class__, other.__class__):
            return False
        return bool(one == other)
    if one.__class__ is dict:
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if one.__class__ is list:
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _shown(value: Any) -> str:
    if value is MISSING:
        return "(gone)"
    return "(none)" if value is None else str(value)
