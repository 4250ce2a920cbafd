"""The log read as a whole: rows as the entries tell of them, to compare with the rows there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditable.codecs import codec_of
from auditable.registry import options_of
from tests.shop.models import Cell, Contract, Document, Invoice, Lease, Payment

if TYPE_CHECKING:
    from django.db.models import Model

    from .trails import Told

MODELS: tuple[type[Model], ...] = (Payment, Document, Cell, Contract, Lease, Invoice)

State = dict[tuple[str, str], dict[str, Any]]


def fold(entries: list[Told]) -> State:
    """The rows that the entries tell of; fails where one does not continue the one before."""
    state: State = {}
    for action, label, pk, changes in entries:
        if action == "create":
            assert (label, pk) not in state
            assert {old for old, _new in changes.values()} == {None}
            state[label, pk] = {name: new for name, (_old, new) in changes.items()}
            continue
        row = state[label, pk]
        for name, change in changes.items():
            if isinstance(change, dict):
                _fold_links(row.setdefault(name, []), **change)
            else:
                assert row[name] == change[0], (label, pk, name)
                assert action == "delete" or change[0] != change[1]
                row[name] = change[1]
        if action == "delete":
            assert changes.keys() == row.keys() - {"tags"}
            assert not row.get("tags")
            del state[label, pk]
    for row in state.values():
        if not row.get("tags", True):
            del row["tags"]
    return state


def _fold_links(keys: list[Any], add: tuple[Any, ...] = (), remove: tuple[Any, ...] = ()) -> None:
    for key in remove:
        keys.remove(key)
    assert not set(add) & set(keys)
    keys.extend(add)
    keys.sort()


def live() -> State:
    """The named columns of every row, as they are."""
    state: State = {}
    for model in MODELS:
        options = options_of(model)
        assert options is not None
        fields: list[Any] = [model._meta.get_field(name) for name in options.fields]
        for row in model._base_manager.all():
            key = row._meta.pk.value_to_string(row) if isinstance(row.pk, tuple) else str(row.pk)
            if isinstance(row, Cell):
                key = f'[{row.row},"{row.column}"]'
            state[model._meta.label_lower, key] = {
                field.name: codec_of(field).encode(getattr(row, field.attname))
                for field in fields
                if not field.many_to_many
            }
    for link in Payment.tags.through._base_manager.order_by("tag_id"):
        state["shop.payment", str(link.payment_id)].setdefault("tags", []).append(link.tag_id)
    return state
