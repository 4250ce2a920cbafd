"""Sessions taken over: who is behind the user of a request.

Name the function of the package that you use in the settings:

    AUDITABLE = {"IMPERSONATOR": "auditable.contrib.impersonation.hijack"}
"""

from importlib import import_module
from typing import Any

from django.contrib.auth import get_user_model
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest

from ..context import FrozenActor

__all__ = ["hijack", "loginas"]

REMEMBERED = "_auditable_impersonator"


def hijack(request: HttpRequest) -> object:
    """The user who took over the session with django-hijack."""
    history = _session(request).get("hijack_history")
    return _user(request, history[0]) if history else None


def loginas(request: HttpRequest) -> object:
    """The user who took over the session with django-loginas."""
    flag: str = import_module("loginas.settings").USER_SESSION_FLAG
    signed = _session(request).get(flag)
    if not signed:
        return None
    try:
        return _user(request, TimestampSigner().unsign(signed))
    except BadSignature:
        return FrozenActor("user", "", "unknown")  # taken over all the same


def _session(request: HttpRequest) -> Any:
    return getattr(request, "session", {})


def _user(request: HttpRequest, key: str) -> object:
    """The user with that key, read once a request."""
    remembered = getattr(request, REMEMBERED, None)
    if remembered is None or remembered[0] != key:
        found = get_user_model()._base_manager.filter(pk=key).first()
        # Gone since then, and answers for it all the same.
        remembered = key, found or FrozenActor("user", key, "")
        setattr(request, REMEMBERED, remembered)
    return remembered[1]
