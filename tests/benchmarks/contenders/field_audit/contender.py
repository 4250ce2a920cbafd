from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from field_audit.models import AuditAction, AuditEvent

from tests.benchmarks.contenders.base import Clone, Contender, Diff, NotAudited, last_id
from tests.benchmarks.honesty import Record, canonical


class FieldAudit(Contender):
    """django-field-audit: overridden methods; one table; a diff of JSON values."""

    log_tables: tuple[str, ...] = ("field_audit_auditevent",)
    clones: tuple[Clone, ...] = (
        Clone(
            table="field_audit_auditevent",
            columns={"object_pk": "{json_key}", "event_date": "{moment}"},
        ),
    )

    def update(self, rows: QuerySet[Any], **changes: Any) -> None:
        rows.update(audit_action=AuditAction.AUDIT, **changes)

    def bulk_create(self, payments: Sequence[Model]) -> None:
        self.Payment.objects.bulk_create(payments, audit_action=AuditAction.AUDIT)

    def bulk_update(self, payments: Sequence[Model], columns: Sequence[str]) -> None:
        raise NotAudited

    def delete(self, rows: QuerySet[Any]) -> None:
        rows.delete(audit_action=AuditAction.AUDIT)

    def trail(self, payment: Any) -> Sequence[Any]:
        events = AuditEvent.objects.by_model(self.Payment).filter(object_pk=payment.pk)
        return [event.delta for event in events.order_by("-pk")]

    def trails(self, payments: Sequence[Any]) -> Mapping[Any, Sequence[Any]]:
        found: dict[int, list[Any]] = {payment.pk: [] for payment in payments}
        events = AuditEvent.objects.by_model(self.Payment).filter(object_pk__in=list(found))
        for event in events.order_by("-pk"):
            found[event.object_pk].append(event.delta)
        return found

    def diff_of(self, item: Any) -> Diff:
        return {name: (change.get("old"), change.get("new")) for name, change in item.items()}

    def mark(self) -> int:
        return last_id("field_audit_auditevent")

    def records(self, since: int) -> Iterator[Record]:
        columns = ("is_create", "is_delete", "object_pk", "delta", "change_context")
        rows = AuditEvent.objects.filter(pk__gt=since).order_by("pk").values_list(*columns)
        for is_create, is_delete, pk, delta, context in rows:
            yield Record(
                action="create" if is_create else "delete" if is_delete else _kind(delta),
                pk=str(pk),
                old=_side(delta, "old"),
                new=_side(delta, "new"),
                actor=_key_of(context.get("username")),
            )


def _key_of(username: str | None) -> str | None:
    return str(User.objects.get(username=username).pk) if username else None


def _kind(delta: Mapping[str, Any]) -> str:
    """Events of bulk writes carry no flag: their one-sided deltas tell."""
    sides = {side for change in delta.values() for side in change}
    return {frozenset({"new"}): "create", frozenset({"old"}): "delete"}.get(
        frozenset(sides), "update"
    )


def _side(delta: Mapping[str, Any], side: str) -> dict[str, str | None]:
    return {name: canonical(name, change.get(side)) for name, change in delta.items()}


CONTENDER = FieldAudit
