import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import reversion
from django.db.models import Model, QuerySet
from reversion.models import Version

from tests.benchmarks.contenders.base import Clone, Contender, last_id
from tests.benchmarks.contenders.snapshots import diffs
from tests.benchmarks.honesty import Record, values


class Reversion(Contender):
    """django-reversion: signals; two tables for all models; snapshots of the named columns."""

    log_tables: tuple[str, ...] = ("reversion_version", "reversion_revision")
    clones: tuple[Clone, ...] = (
        Clone(
            table="reversion_revision",
            columns={"id": "{base} + {n}", "date_created": "{moment}"},
        ),
        Clone(
            table="reversion_version",
            columns={
                "id": "{base} + {n}",
                "object_id": "CAST({key} AS varchar)",
                "revision_id": "{base} + {n}",
            },
        ),
    )

    def create(self, payment: Model) -> None:
        with reversion.create_revision():
            payment.save(force_insert=True)

    def save(self, payment: Model, update_fields: Sequence[str] | None = None) -> None:
        with reversion.create_revision():
            payment.save(update_fields=update_fields)

    def delete(self, rows: QuerySet[Any]) -> None:
        with reversion.create_revision():
            rows.delete()

    def trail(self, payment: Any) -> Sequence[Any]:
        versions = Version.objects.get_for_object(payment).select_related("revision")
        return diffs(version.field_dict for version in versions)

    def trails(self, payments: Sequence[Any]) -> Mapping[Any, Sequence[Any]]:
        found: dict[str, list[Any]] = {str(payment.pk): [] for payment in payments}
        versions = Version.objects.get_for_model(self.Payment).filter(object_id__in=list(found))
        for version in versions.select_related("revision"):
            found[version.object_id].append(version.field_dict)
        return {int(pk): diffs(snapshots) for pk, snapshots in found.items()}

    def mark(self) -> int:
        return last_id("reversion_version")

    def records(self, since: int) -> Iterator[Record]:
        versions = Version.objects.filter(pk__gt=since).order_by("pk")
        columns = ("object_id", "serialized_data", "revision__user_id")
        for pk, data, user in versions.values_list(*columns):
            yield Record(
                action="save",
                pk=pk,
                new=values(json.loads(data)[0]["fields"]),
                actor=str(user) if user else None,
            )


CONTENDER = Reversion
