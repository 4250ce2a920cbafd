"""The decorator's arguments, validated in the file that wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import Field, ManyToManyField, Model

__all__ = ["AuditOptions", "Mask"]

Mask = Callable[[Any], str]
"""Turns a value into the text that the log keeps in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """What `@auditable(…)` was told about one model."""

    fields: tuple[str, ...]
    """Names of the critical fields, in the order given, masked ones included."""

    masks: Mapping[str, Mask | None] = field(default_factory=dict)
    """Of those, the ones kept only as a digest (`None`) or as what a callable makes of them."""

    require_actor: bool = False
    """Refuse a write that no actor answers for."""

    require_reason: bool = False
    """Refuse a write that gives no reason."""

    @classmethod
    def of(
        cls,
        *,
        fields: Iterable[str],
        mask_fields: Iterable[str] | Mapping[str, Mask] = (),
        require_actor: bool = False,
        require_reason: bool = False,
    ) -> AuditOptions:
        """Normalise the decorator's arguments; raise `ImproperlyConfigured` on a wrong type."""
        masks = _masks(mask_fields)
        named = _names("fields", fields)
        extra = tuple(name for name in masks if name not in named)
        if not named and not extra:
            raise ImproperlyConfigured(
                "auditable(fields=[…]) names no field: name the critical columns of the model."
            )
        return cls(
            fields=named + extra,
            masks=masks,
            require_actor=require_actor,
            require_reason=require_reason,
        )

    def check_against(self, model: type[Model]) -> None:
        """Raise `ImproperlyConfigured` unless every name is an auditable field of `model`."""
        valid = auditable_names(model)
        for name in self.fields:
            if name not in valid:
                raise ImproperlyConfigured(_refusal(model, name, valid))
        for name in self.masks:
            if isinstance(model._meta.get_field(name), ManyToManyField):
                raise ImproperlyConfigured(
                    f"{model._meta.label}: many-to-many field {name!r} cannot be masked."
                )


def auditable_names(model: type[Model]) -> list[str]:
    """Names of the fields of `model` whose values the log can hold."""
    opts = model._meta
    return [
        found.name
        for found in (*opts.local_fields, *opts.local_many_to_many)
        if found.many_to_many or getattr(found, "column", None) is not None
    ]


def _names(argument: str, names: Iterable[str]) -> tuple[str, ...]:
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise ImproperlyConfigured(
            f"auditable({argument}={names!r}): give a list of field names, "
            f"such as {argument}=[{names!r}]."
        )
    listed = tuple(names)
    for position, name in enumerate(listed):
        if not isinstance(name, str):
            raise ImproperlyConfigured(
                f"auditable({argument}=…): {name!r} is not a string; give the names of fields."
            )
        if name in listed[:position]:
            raise ImproperlyConfigured(f"auditable({argument}=…): {name!r} is named twice.")
    return listed


def _masks(mask_fields: Iterable[str] | Mapping[str, Mask]) -> Mapping[str, Mask | None]:
    if not isinstance(mask_fields, Mapping):
        return dict.fromkeys(_names("mask_fields", mask_fields))
    for name, mask in mask_fields.items():
        if not callable(mask):
            raise ImproperlyConfigured(
                f"auditable(mask_fields=…): the mask of {name!r} is not callable: {mask!r}."
            )
    return dict(mask_fields)


def _refusal(model: type[Model], name: str, valid: list[str]) -> str:
    label = model._meta.label
    close = get_close_matches(name, valid, n=1)
    owner = next((found.name for found in model._meta.fields if found.attname == name), None)
    if owner is not None:
        close = [owner]
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return (
        f"{label} has no field {name!r} that can be audited{_why(model, name)}.{hint} "
        f"Valid names: {', '.join(sorted(valid))}."
    )


def _why(model: type[Model], name: str) -> str:
    try:
        found: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return ""
    if found.auto_created and not found.concrete:
        return " (it is a reverse relation: audit the field on the model that declares it)"
    if isinstance(found, Field) and found.model is not model and found.name == name:
        return f" (it is a column of {found.model._meta.label}: decorate that model)"
    return ""
