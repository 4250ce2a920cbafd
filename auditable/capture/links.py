"""Many-to-many fields: what a through table's rows say of the object that declares the field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from inspect import getattr_static
from typing import Any

from django.db import router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import ManyToManyField

from ..facts import Facts
from ..recorder import record
from ..tables import Entry, Image, Link, Step, column_of, pk_text

__all__ = ["merge_set_on", "record_steps"]


@dataclass
class Delta:
    """Keys added to and removed from one object's field."""

    added: list[Any] = field(default_factory=list)
    removed: list[Any] = field(default_factory=list)

    def changes(self, name: str) -> dict[str, Any]:
        sides = {"add": self.added, "remove": self.removed}
        found = {side: keys for side, keys in sides.items() if keys}
        return {name: found} if found else {}


Deltas = dict[Any, Delta]
"""By the through table's key to the declaring object."""


@dataclass
class Merge:
    """The deltas of one `set()`, which Django does by a `remove()` and an `add()`."""

    connection: BaseDatabaseWrapper
    found: dict[int, tuple[Link, Facts, Deltas]] = field(default_factory=dict)


_merge: ContextVar[Merge | None] = ContextVar("auditable_merge", default=None)


def record_steps(
    connection: BaseDatabaseWrapper, link: Link, facts: Facts, steps: Sequence[Step]
) -> None:
    """Record what became of rows of the link's through table."""
    merge = _merge.get()
    if merge is not None and merge.connection is connection:
        deltas = merge.found.setdefault(id(link), (link, facts, {}))[2]
        _collect(link, steps, deltas)
    else:
        deltas = {}
        _collect(link, steps, deltas)
        _write(connection, link, facts, deltas)


def merge_set_on(model_field: ManyToManyField[Any, Any]) -> None:
    """Have `set()` on either side of the field recorded as one entry an object."""
    remote: Any = model_field.remote_field
    descriptors = [getattr_static(model_field.model, model_field.name, None)]
    accessor = remote.get_accessor_name()
    if accessor:
        descriptors.append(getattr_static(remote.model, accessor, None))
    for descriptor in descriptors:
        manager = getattr(descriptor, "related_manager_cls", None)
        if manager is not None and not getattr(manager.set, "merges", False):
            # In the place where `cached_property` keeps the class it has made.
            descriptor.__dict__["related_manager_cls"] = _with_merging_set(manager)


def _with_merging_set(manager: type[Any]) -> type[Any]:
    def set_merged(self: Any, objs: Any, **kwargs: Any) -> None:
        using = router.db_for_write(self.through, instance=self.instance)
        with transaction.atomic(using=using, savepoint=False), _merging(using):
            manager.set(self, objs, **kwargs)

    set_merged.__name__ = "set"
    set_merged.__doc__ = manager.set.__doc__
    set_merged.alters_data = True  # type: ignore[attr-defined]
    set_merged.merges = True  # type: ignore[attr-defined]
    body = {
        "set": set_merged,
        "__module__": manager.__module__,
        "__qualname__": manager.__qualname__,
    }
    return type(manager.__name__, (manager,), body)


@contextmanager
def _merging(using: str) -> Iterator[None]:
    connection: Any = transaction.get_connection(using)
    merge = Merge(connection)
    token = _merge.set(merge)
    try:
        yield
    finally:
        _merge.reset(token)
    for link, facts, deltas in merge.found.values():
        _write(connection, link, facts, deltas)


def _collect(link: Link, steps: Sequence[Step], deltas: Deltas) -> None:
    for step in steps:
        before, after = _pair(link, step.before), _pair(link, step.after)
        if before == after:
            continue
        if before is not None:
            _take(deltas.setdefault(before[0], Delta()).removed, before[1])
        if after is not None:
            delta = deltas.setdefault(after[0], Delta())
            if after[1] in delta.removed:
                delta.removed.remove(after[1])  # moved to another row, still linked
            else:
                _take(delta.added, after[1])


def _take(keys: list[Any], key: Any) -> None:
    keys.append(key)


def _pair(link: Link, image: Image | None) -> tuple[Any, Any] | None:
    if image is None:
        return None
    source = image.values[link.source.field.attname]
    target = image.values[link.target.field.attname]
    return None if source is None or target is None else (source, target)


def _write(connection: BaseDatabaseWrapper, link: Link, facts: Facts, deltas: Deltas) -> None:
    name = link.field.name
    keys = _object_pks(connection, link, deltas)
    entries = [
        Entry(keys[source], changes)
        for source, delta in deltas.items()
        if (changes := delta.changes(name))
    ]
    if entries:
        record(connection, link.model, facts, "update", entries)


def _object_pks(connection: BaseDatabaseWrapper, link: Link, deltas: Deltas) -> dict[Any, str]:
    """The log's key of each declaring object, by the through table's key to it."""
    key: Any = link.source.field
    target = key.target_field
    if target.primary_key:
        return {source: pk_text([source]) for source in deltas}
    rows = (
        link.model._base_manager.using(connection.alias)
        .filter(**{f"{target.name}__in": [link.source.codec.decode(source) for source in deltas]})
        .values_list(target.name, "pk")
    )
    pk: Any = link.model._meta.pk
    encode_pk = column_of(pk).codec.encode
    return {link.source.codec.encode(key): pk_text([encode_pk(pk)]) for key, pk in rows}
