"""Reading the log: the trail of one object, of all objects of a model, of many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, overload

from django.apps import apps
from django.db.models import Manager, Model, Q, QuerySet

from .context import Actor
from .exceptions import AppendOnlyError
from .facts import freeze
from .registry import is_audited
from .tables import object_pk_of

if TYPE_CHECKING:
    from .models import AuditEntry

__all__ = ["AuditEntryQuerySet", "Trail", "TrailDescriptor", "remember_key"]

REFUSAL = (
    "The audit log is append-only: entries are evidence and are neither changed nor deleted. "
    "Record a correction as a new change of the audited object."
)


class AuditEntryQuerySet(QuerySet["AuditEntry"]):
    """Entries of the log; refuses every call that would change or delete one."""

    def for_model(self, model: type[Model]) -> AuditEntryQuerySet:
        """The entries of all objects of `model`, parents' columns included."""
        return self.filter(model_label__in=_labels(model))

    def for_object(self, instance: Model) -> AuditEntryQuerySet:
        """The entries of one object, parents' columns included; none if it was never saved."""
        keys = _keys(instance)
        if not keys:
            return self.none()
        # As Django's related managers do: a trail that comes by prefetch never needs its filter.
        self._defer_next_filter = True
        return self.filter(_among(keys))

    def by(self, actor: Actor) -> AuditEntryQuerySet:
        """The entries that `actor` answers for; none of one who was never saved.

        Args:
            actor: whatever `audit_context(actor=…)` takes: a user, the name of a service or an
                API key, or `None` for the entries of nobody.
        """
        frozen = freeze(actor)
        if not frozen.id and (frozen.type == "user" or frozen.model):
            return self.none()
        entries = self.filter(actor_type=frozen.type, actor_id=frozen.id)
        if frozen.model:
            return entries.filter(metadata__actor_model=frozen.model)
        return entries.exclude(metadata__has_key="actor_model")

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(REFUSAL)

    def delete(self) -> NoReturn:
        raise AppendOnlyError(REFUSAL)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(REFUSAL)

    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]
    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def _fetch_all(self) -> None:
        fetched = self._result_cache is not None
        super()._fetch_all()
        if not fetched and self._result_cache and isinstance(self._result_cache[0], Model):
            # Entries that came together look up their actors together.
            for entry in self._result_cache:
                entry.__dict__["_peers"] = self._result_cache


if TYPE_CHECKING:

    class EntryManager(Manager["AuditEntry"]):
        """What checkers cannot infer of `from_queryset`."""

        def get_queryset(self) -> AuditEntryQuerySet: ...
        def for_model(self, model: type[Model]) -> AuditEntryQuerySet: ...
        def for_object(self, instance: Model) -> AuditEntryQuerySet: ...
        def by(self, actor: Actor) -> AuditEntryQuerySet: ...

else:
    EntryManager = Manager.from_queryset(AuditEntryQuerySet, "EntryManager")


class Trail(EntryManager):
    """The entries of one object, or of all objects of a model, newest first.

    Offers what a manager offers, and can be iterated, indexed and sliced itself.
    """

    def __init__(self, audited: type[Model], instance: Model | None = None) -> None:
        super().__init__()
        self.audited = audited
        self.instance = instance
        self.model = apps.get_model("auditable", "AuditEntry")

    def get_queryset(self) -> AuditEntryQuerySet:
        if self.instance is None:
            return self._entries().for_model(self.audited)
        cached = getattr(self.instance, "_prefetched_objects_cache", {}).get("audit_trail")
        return self._entries().for_object(self.instance) if cached is None else cached

    def for_pk(self, pk: Any) -> AuditEntryQuerySet:
        """The trail of the object with that primary key, in any spelling, deleted or not.

        `pk` is a value of the key's type or its text; a tuple for a composite key.
        """
        entries: AuditEntryQuerySet = self.get_queryset()
        return entries.filter(object_pk=object_pk_of(self.audited, pk))

    def _entries(self) -> AuditEntryQuerySet:
        database = self._db or (self.instance._state.db if self.instance is not None else None)
        return AuditEntryQuerySet(self.model, using=database).order_by("-id")

    def __iter__(self) -> Iterator[AuditEntry]:
        return iter(self.get_queryset())

    @overload
    def __getitem__(self, index: int) -> AuditEntry: ...
    @overload
    def __getitem__(self, index: slice) -> AuditEntryQuerySet: ...
    def __getitem__(self, index: Any) -> Any:
        return self.get_queryset()[index]

    def __repr__(self) -> str:
        of = self.audited._meta.label if self.instance is None else repr(self.instance)
        return f"<{type(self).__name__} of {of}>"

    __str__ = __repr__


class ObjectTrail(Trail):
    """The trail of one object; can be named in `prefetch_related()`."""

    def get_prefetch_querysets(
        self, instances: Sequence[Model], querysets: Sequence[AuditEntryQuerySet] | None = None
    ) -> tuple[Any, ...]:
        """Speak Django's prefetch protocol: all trails of `instances` in one query."""
        if querysets and len(querysets) != 1:
            raise ValueError("querysets argument of get_prefetch_querysets() should have length 1.")
        entries = querysets[0] if querysets else self._entries()
        owners: dict[tuple[str, str], str] = {}
        keys: dict[str, set[str]] = {}
        for instance in instances:
            for label, key in _keys(instance):
                owners[label, key] = _identity(instance)
                keys.setdefault(label, set()).add(key)
        wanted = Q(pk__in=())
        for label, found in keys.items():
            wanted |= Q(model_label=label, object_pk__in=found)
        return (
            entries.filter(wanted),
            lambda entry: owners[entry.model_label, entry.object_pk],
            _identity,
            False,
            "audit_trail",
            False,
        )

    def _apply_rel_filters(self, queryset: AuditEntryQuerySet) -> AuditEntryQuerySet:
        assert self.instance is not None
        return queryset.for_object(self.instance)


class TrailDescriptor:
    """`instance.audit_trail`, and `Model.audit_trail`."""

    def __get__(self, instance: Model | None, owner: type[Model]) -> Trail:
        return Trail(owner) if instance is None else ObjectTrail(type(instance), instance)

    def __set__(self, instance: Model, value: object) -> NoReturn:
        raise AppendOnlyError(REFUSAL)


def remember_key(instance: Model) -> None:
    """Keep the key that Django takes off a deleted instance, so that its trail can be read."""
    instance._state.audited_keys = _keys(instance)  # type: ignore[attr-defined]


def _labels(model: type[Model]) -> list[str]:
    return [lineage._meta.label_lower for lineage in _lineage(model)]


def _lineage(model: type[Model]) -> list[type[Model]]:
    """The audited ones among the concrete model and its multi-table parents."""
    concrete = model._meta.concrete_model or model
    every = [concrete, *(parent._meta.concrete_model for parent in concrete._meta.all_parents)]
    audited = [found for found in dict.fromkeys(every) if found is not None and is_audited(found)]
    return audited or [concrete]


def _keys(instance: Model) -> list[tuple[str, str]]:
    """(label, object_pk) of each table that holds a part of `instance`."""
    if not instance._is_pk_set():  # type: ignore[attr-defined]
        return getattr(instance._state, "audited_keys", [])
    return [
        (table._meta.label_lower, object_pk_of(table, instance._get_pk_val(table._meta)))
        for table in _lineage(type(instance))
    ]


def _identity(instance: Model) -> str:
    keys = _keys(instance)
    return "/".join(keys[0]) if keys else ""


def _among(keys: Sequence[tuple[str, str]]) -> Q:
    wanted = Q()
    for label, object_pk in keys:
        wanted |= Q(model_label=label, object_pk=object_pk)
    return wanted
