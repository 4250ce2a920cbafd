"""The one table of the log."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.base import ModelState
from django.db.models.signals import post_init, pre_init
from django.utils.translation import gettext_lazy as _

from .actors import ActorDescriptor
from .changes import MISSING, Change
from .codecs import codec_of
from .exceptions import AppendOnlyError
from .indexes import AppendedIndex, SparseCharField, SparseIndex
from .registry import options_of
from .trail import REFUSAL, AuditEntryQuerySet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["AuditEntry"]


class AuditEntry(models.Model):
    """One recorded change of one object: who changed which columns, when, from what to what.

    No foreign key points out of the log, so that an entry outlives the user, the object and
    the model it speaks of.
    """

    class Action(models.TextChoices):
        """What happened to the row."""

        CREATE = "create", _("create")
        UPDATE = "update", _("update")
        DELETE = "delete", _("delete")

    id = models.BigAutoField(primary_key=True)
    timestamp = models.DateTimeField(_("timestamp"))
    action = models.CharField(_("action"), max_length=16, choices=Action)
    model_label = models.CharField(_("model"), max_length=255)
    object_pk = models.CharField(_("object key"), max_length=255)
    changes = models.JSONField(_("changes"))
    actor_type = SparseCharField(_("actor type"), left_out="system", max_length=16, blank=True)
    actor_id = models.CharField(_("actor key"), max_length=255, blank=True)
    actor_repr = models.CharField(_("actor"), max_length=255, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    correlation_id = SparseCharField(_("correlation id"), max_length=64, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    actor = ActorDescriptor()
    """The live user behind the entry, or None: gone, or never a user."""

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ("-id",)
        default_permissions = ("view",)
        indexes = (
            # Every entry pays for each of these. The primary key closes an index by itself on
            # SQLite and MariaDB; on PostgreSQL equal keys are stored once.
            models.Index(fields=("model_label", "object_pk"), name="auditable_trail"),
            AppendedIndex(fields=("timestamp",), name="auditable_timestamp"),
            SparseIndex(fields=("actor_id",), sparse="actor_type", name="auditable_actor"),
            SparseIndex(
                fields=("correlation_id",), sparse="correlation_id", name="auditable_correlation"
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.model_label} {self.object_pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new entry; raise `AppendOnlyError` for a stored one."""
        if not self._state.adding:
            raise AppendOnlyError(REFUSAL)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Raise `AppendOnlyError`."""
        raise AppendOnlyError(REFUSAL)

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any
    ) -> Self:
        # What Django's `__init__` does for a whole row, without its 9 µs an entry: half the time
        # of reading a long trail.
        if (
            len(values) != len(cls._meta.concrete_fields)
            or pre_init.receivers
            or post_init.receivers
        ):
            return super().from_db(db, field_names, values, **kwargs)
        entry = cls.__new__(cls)
        state = entry._state = ModelState()
        state.adding, state.db = False, db
        vars(state).update({name: mode for name, mode in kwargs.items() if mode is not None})
        vars(entry).update(zip(field_names, values, strict=True))
        return entry

    @cached_property
    def diff(self) -> tuple[Change, ...]:
        """The changes, typed, in the order in which the decorator names the fields.

        Of a many-to-many field, `old` lists the keys removed and `new` the keys added. Values of
        a field that the model no longer has stay in their JSON form.
        """
        decoders = _decoders(self.model_label)
        changes = self.changes.items()
        if len(changes) > 1 and decoders is not None:
            changes = sorted(changes, key=lambda item: decoders.rank(item[0]))
        decode = _none if decoders is None else decoders.get
        return tuple([_change(name, change, decode(name), self.action) for name, change in changes])


def _change(name: str, change: Any, decode: Callable[[Any], Any] | None, action: str) -> Change:
    if isinstance(change, dict):
        removed, added = change.get("remove", []), change.get("add", [])
        return Change(
            name, *([*map(decode, keys)] if decode else keys for keys in (removed, added))
        )
    old, new = change
    if decode is not None:
        old, new = decode(old), decode(new)
    if action == "create":
        return Change(name, MISSING, new)
    return Change(name, old, MISSING if action == "delete" else new)


class _Decoders(dict[str, "Callable[[Any], Any] | None"]):
    """How to read the values of one model's fields, found at first use of each."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__()
        self.model = model
        options = options_of(model)
        self.masked = frozenset(options.masks if options else ())
        self.order = {name: place for place, name in enumerate(options.fields if options else ())}

    def rank(self, name: str) -> tuple[int, str]:
        """Where a field stands in a diff: as decorated, then what is decorated no longer."""
        return self.order.get(name, len(self.order)), name

    def get(self, name: str, default: Any = None) -> Callable[[Any], Any] | None:
        if name not in self:
            self[name] = None if name in self.masked else self._find(name)
        return self[name]

    def _find(self, name: str) -> Callable[[Any], Any] | None:
        try:
            field: Any = self.model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        if field.many_to_many:
            through = field.remote_field.through._meta
            return codec_of(through.get_field(field.m2m_reverse_field_name())).decode
        return codec_of(field).decode if isinstance(field, models.Field) else None


@cache
def _decoders_of(model: Any) -> _Decoders:
    return _Decoders(model)


def _decoders(label: str) -> _Decoders | None:
    """The decoders of a model by its label; None if there is no such model."""
    app, _dot, name = label.partition(".")
    # `apps.get_model()` costs 3 µs, at every entry.
    model: Any = apps.all_models[app].get(name) if app in apps.all_models else None
    return None if model is None else _decoders_of(model)


def _none(name: str) -> None:
    """The decoder of a field of a model that is gone."""
