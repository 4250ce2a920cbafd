"""The log in the admin: to read, never to write."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from .changes import MISSING
from .models import AuditEntry

__all__ = ["AuditEntryAdmin"]


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists and shows entries; nobody, superusers included, adds, changes or deletes one."""

    list_display = ("timestamp", "action", "model_label", "object_pk", "actor_repr", "reason")
    list_filter = ("action", "actor_type")
    search_fields = ("=model_label", "=object_pk", "=actor_id", "=correlation_id")
    search_help_text = _("Model label, object key, actor key or correlation id, whole.")
    show_full_result_count = False
    actions = None
    fields = (
        "timestamp",
        "action",
        "model_label",
        "object_pk",
        "changed",
        "actor_type",
        "actor_id",
        "actor_repr",
        "reason",
        "correlation_id",
        "metadata",
    )
    readonly_fields = fields

    @admin.display(description=_("changes"))
    def changed(self, entry: AuditEntry) -> str:
        """The changes, a line a field."""
        return format_html_join("", "<div>{}: {} → {}</div>", map(_shown, entry.diff))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _shown(change: Any) -> tuple[str, str, str]:
    field, old, new = change
    return field, *("–" if side is MISSING or side is None else str(side) for side in (old, new))
