import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from easyaudit.models import CRUDEvent

from tests.benchmarks.contenders.base import Clone, Contender, Diff, last_id
from tests.benchmarks.honesty import Record, canonical, values

ACTIONS = {CRUDEvent.CREATE: "create", CRUDEvent.UPDATE: "update", CRUDEvent.DELETE: "delete"}


class EasyAudit(Contender):
    """django-easy-audit: signals; one table; the whole row as JSON, and a diff as text."""

    log_tables: tuple[str, ...] = ("easyaudit_crudevent",)
    clones: tuple[Clone, ...] = (
        Clone(
            table="easyaudit_crudevent",
            columns={"object_id": "CAST({key} AS varchar)", "datetime": "{moment}"},
        ),
    )

    def trail(self, payment: Any) -> Sequence[Any]:
        events = CRUDEvent.objects.filter(content_type=self._type(), object_id=payment.pk)
        return [_decoded(event) for event in events]

    def trails(self, payments: Sequence[Any]) -> Mapping[Any, Sequence[Any]]:
        found: dict[str, list[Any]] = {str(payment.pk): [] for payment in payments}
        for event in CRUDEvent.objects.filter(content_type=self._type(), object_id__in=list(found)):
            found[event.object_id].append(_decoded(event))
        return {int(pk): changes for pk, changes in found.items()}

    def diff_of(self, item: Any) -> Diff:
        return item

    def _type(self) -> ContentType:
        return ContentType.objects.get_for_model(self.Payment)

    def mark(self) -> int:
        return last_id("easyaudit_crudevent")

    def records(self, since: int) -> Iterator[Record]:
        columns = ("event_type", "object_id", "changed_fields", "object_json_repr", "user_id")
        rows = CRUDEvent.objects.filter(pk__gt=since).order_by("pk").values_list(*columns)
        for kind, pk, changed, row, user in rows:
            action = ACTIONS[kind]
            state = values(json.loads(row)[0]["fields"])
            changes = (json.loads(changed) if changed else None) or {}
            yield Record(
                action=action,
                pk=pk,
                old=state if action == "delete" else _old(changes),
                new=None if action == "delete" else state,
                actor=str(user) if user else None,
            )


def _decoded(event: CRUDEvent) -> Diff:
    if event.event_type == CRUDEvent.UPDATE:
        return json.loads(event.changed_fields)
    fields = json.loads(event.object_json_repr)[0]["fields"]
    return {name: (None, value) for name, value in fields.items()}


def _old(changes: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: canonical(name, change[0]) for name, change in changes.items()}


CONTENDER = EasyAudit
