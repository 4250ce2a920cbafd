"""Masks: what the log holds in place of a value that it must not hold.

A digest proves that a value changed, and whether two values of one column are equal, and tells
nothing else to one who has not the key. `hmac-sha256:KEY:HEX` is the HMAC-SHA-256 of
`label NUL field NUL canonical text`, so that equal values of two columns have nothing in common.
"""

import hmac
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.utils.encoding import force_bytes

from . import conf
from .exceptions import AuditableError
from .text import clean

__all__ = ["masked"]


def masked(
    label: str,
    field_name: str,
    mask: Callable[[Any], str] | None,
    canonical_text: str,
    value: Any,
) -> str:
    """What stands for a value in the log.

    Args:
        label: of the model that holds the column.
        field_name: name of the field.
        mask: what makes the text, of the value; `None` for the keyed digest.
        canonical_text: the value as the log would hold it.
        value: the value.

    Raises:
        AuditableError: the mask raised, or did not return text. The error says where, and holds
            nothing of the value.
    """
    # The frame has the value: no debug page may show it. Django and Sentry know this name.
    __traceback_hide__ = True
    if mask is None:
        return digest(label, field_name, canonical_text)
    failure = ""
    try:
        text: object = mask(value)
    except Exception as error:  # noqa: BLE001 - its text and its frames may hold the value
        failure = f"raised {type(error).__name__}{_where(error)}"
    else:
        if isinstance(text, str):
            return clean(text)
        failure = f"returned {type(text).__name__}, not str"
        del text
    # Outside the handler, so that the error has no context to be shown along with it.
    del value, canonical_text
    raise AuditableError(f"The mask of {label}.{field_name} {failure}. Nothing was written.")


def digest(label: str, field_name: str, canonical_text: str) -> str:
    """The keyed digest of a value, with the name of its key."""
    __traceback_hide__ = True
    name, keyed = _current_key()
    hashing = keyed.copy()
    hashing.update(f"{label}\0{field_name}\0{canonical_text}".encode("utf-8", "surrogatepass"))
    return f"hmac-sha256:{name}:{hashing.hexdigest()}"


def _current_key() -> tuple[str, "hmac.HMAC"]:
    keys = conf.mask_keys()
    if not keys:
        return _derived(force_bytes(settings.SECRET_KEY))
    name = next(iter(keys))
    return name, _keyed(force_bytes(keys[name]))


@lru_cache(maxsize=8)
def _derived(secret: bytes) -> tuple[str, "hmac.HMAC"]:
    key = hmac.digest(secret, b"auditable.masks", "sha256")
    name = hmac.digest(key, b"name", "sha256").hex()[:8]
    return name, _keyed(key)


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> "hmac.HMAC":
    return hmac.new(key, digestmod=sha256)


def _where(error: BaseException) -> str:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f" at {last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else ""
